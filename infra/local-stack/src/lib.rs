//! The whole system on one machine: the local stack.
//!
//! The table with its stream (embedded, or any DynamoDB), and the functions that are deployed, in the emulator: behind the
//! stream's event source mapping, behind the queue of unfinished profiles, and behind the HTTP API. Table, mappings, filter and
//! routes are those of `infra/template.yaml`.

mod api;
mod dynamodb;
mod engine;
mod error;
mod folder;
mod functions;
mod glance;
mod options;
mod provision;
mod sample;
mod set_aside;
mod stack;
mod template;

pub use dynamodb_connection::{ConnectionError, DYNAMODB_ADDRESS, TABLE_NAME};
pub use error::StackError;
pub use get_aggregations::Envelope;
pub use glance::Glance;
pub use lambda_emulator::{Condition, CorsError, DeadLetter, FilterError, Queue, RouteError};
pub use options::{Options, Storage};
pub use sample::{EXAMPLE_DATE, EXAMPLE_PROFILE};
pub use stack::Stack;
pub use template::TemplateError;
