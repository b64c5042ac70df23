//! What tests share: an embedded DynamoDB with a table of their own to test against.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot start should fail loudly"
)]

mod engine;
mod events;
mod hook;
mod lines;
mod own_table;
mod template;
mod texts;

pub use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
pub use engine::{Engine, TABLE, attribute, create_table, create_table_of, other_dynamodb};
pub use events::get_event;
pub use hook::{
    Hook, answer, body, forgetful_client, hooked_client, hooked_client_of, hooked_http_client,
    operation,
};
pub use lines::Lines;
pub use own_table::OwnTable;
pub use template::metrics_in_template;
pub use texts::ODD_TEXTS;
