//! What calls a Lambda function, without AWS: the event source mappings of a DynamoDB stream and of a queue, and API Gateway's
//! HTTP API, around any handler in this process.
//!
//! - [`Function`]: a handler with a name and a time-out. A handler gets the event and the context that Lambda would give it.
//! - [`StreamMapping`]: reads a DynamoDB stream and invokes a function with its records. It knows filters, batches, partial
//!   failures, retries, bisecting and dead letters.
//! - [`Queue`] and [`QueueMapping`]: a queue with visibility, redrive and retention, and a function that is invoked with its
//!   messages.
//! - [`HttpApi`]: serves routes on a socket and invokes a function with each request, in payload format 2.0.
//!
//! ```
//! use std::time::Duration;
//!
//! use lambda_emulator::{Function, HttpApi};
//! use serde_json::json;
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let greet = Function::new("greet", Duration::from_secs(3), async |event| {
//!     let name = &event.payload["pathParameters"]["name"];
//!     Ok(json!({"statusCode": 200, "body": format!("hello {name}")}))
//! });
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! let api = HttpApi::default()
//!     .claims_without_token(serde_json::Map::new())
//!     .route("GET /greetings/{name}", greet)?
//!     .start(listener);
//! api.stop(Duration::from_secs(5)).await;
//! # Ok(())
//! # }
//! ```
//!
//! What does this crate not do?
//!
//! - It verifies no token: the claims of a JWT are passed on as they are. Serve on loopback only; requests to other hosts are
//!   refused.
//! - Stream records carry keys, not images of items.
//! - It knows no batching window.
//! - A queue has no delay, no attributes of its own and no order.
//! - Filters know equality and `prefix`; routes know no greedy parameters (`{proxy+}`); requests have no body.

mod failures;
mod filter;
mod function;
mod http_api;
mod queue;
mod service;
mod stream;

pub use filter::{Filter, FilterError};
pub use function::{Function, HandlerError};
pub use http_api::{Cors, CorsError, HttpApi, RouteError};
pub use queue::{Queue, QueueError, QueueMapping, QueueSettings};
pub use service::Service;
pub use stream::{Condition, DeadLetter, StreamMapping, StreamSettings};
