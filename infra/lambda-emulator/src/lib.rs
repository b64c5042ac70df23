//! What calls a Lambda function, without AWS: a DynamoDB stream's event source mapping and API Gateway's HTTP API, around
//! any handler in this process.
//!
//! - [`Function`]: a handler with a name and a time-out. A handler gets the event and the context that Lambda would give it.
//! - [`StreamMapping`]: reads a DynamoDB stream and invokes a function with its records. It knows filters, batches, partial
//!   failures, retries, bisecting and dead letters.
//! - [`HttpApi`]: serves routes on a socket and invokes a function with each request, in payload format 2.0.
//!
//! What does this crate not do?
//!
//! - It verifies no token: the claims of a JWT are passed on as they are. Serve on loopback only.
//! - It invokes one batch of a shard at a time, as a parallelization factor of 1 does, and knows no batching window.
//! - Filters know equality and `prefix`; routes know no greedy parameters (`{proxy+}`); requests have no body.

mod failures;
mod filter;
mod function;
mod http_api;
mod service;
mod stop;
mod stream;

pub use filter::{Filter, FilterError};
pub use function::{Function, Handler, HandlerError, InvocationError};
pub use http_api::{HttpApi, RouteError};
pub use service::Service;
pub use stop::Stop;
pub use stream::{Condition, DeadLetter, StreamMapping, StreamSettings};
