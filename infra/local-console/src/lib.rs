//! The console: a page in a browser on what the local stack holds, and what the page asks beside the API.
//!
//! - `GET /` and `GET /console/..`: the page.
//! - `GET /_local/profiles`: all profiles, to be searched; `GET /_local/segments`: how many of them are in which segment. Both
//!   come from a scan of the table that is kept until something changes.
//! - `POST /_local/dynamodb`: the requests of DynamoDB that the page makes, to the stack's own table.
//!
//! It is for the stack's own machine: nobody is asked who they are. Whoever serves it lets requests to loopback through only.
//! Pages of other origins can read nothing, since no answer allows it; and they can write nothing, since a write must come from
//! the console's own page.

mod base;
mod changes;
mod codes;
mod dynamodb;
mod headers;
mod page;
mod problem;
mod profile;
mod profiles;
mod question;
mod refusal;
mod segments;
mod snapshot;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::middleware::map_response;
use axum::routing::{get, post};
use table::Table;

use base::Base;
pub use changes::Changes;
use dynamodb::Dynamodb;
pub use page::About;

/// A console, before it is served.
#[derive(Clone, Debug)]
pub struct Console {
    /// What the page says of the stack.
    pub about: About,
    /// A client of the DynamoDB that the table is in.
    pub client: Client,
    /// The table that [`About::table_name`] names.
    pub table: Table,
    /// Whoever recalculates profiles tells it of them.
    pub changes: Changes,
}

impl Console {
    /// The routes of the console.
    pub fn routes(self) -> Router {
        let dynamodb = Dynamodb::new(self.client, self.about.table_name.clone());
        let base = Arc::new(Base::new(self.table, self.changes));
        Router::new()
            .route("/", get(page::index))
            .with_state(page::index_of(&self.about))
            .route("/console/{*path}", get(page::file))
            .route("/_local/profiles", get(profiles::answer))
            .route("/_local/segments", get(segments::answer))
            .with_state(base)
            .route("/_local/dynamodb", post(dynamodb::answer))
            .with_state(Arc::new(dynamodb))
            .layer(map_response(headers::add))
    }
}
