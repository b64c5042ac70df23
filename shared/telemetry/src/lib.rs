//! What the functions tell of themselves: logs and metrics, both as one JSON object a line on standard output, where Lambda
//! collects them.
//!
//! Neither ever holds an item, an id of a person, a token or an event. What ties the lines of an invocation together is
//! `function_request_id`.

mod logs;
mod metrics;

pub use logs::{chain, run, subscriber};
pub use metrics::{ColdStart, Line, Measured, Metrics, WrittenOnDrop, emf, no_metrics};
