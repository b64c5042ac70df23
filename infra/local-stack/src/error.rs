//! Why the local stack cannot start or go on.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use dynamodb_connection::ConnectionError;
use lambda_emulator::{CorsError, QueueError, RouteError};

use crate::template::TemplateError;

/// Why the local stack cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The template cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template's route cannot be served.
    #[error("invalid template")]
    Route(#[from] RouteError),
    /// Pages of these origins cannot be let in.
    #[error("--cors-origins cannot be used: expected origins such as http://localhost:5173")]
    Cors(#[from] CorsError),
    /// The template's table cannot be created.
    #[error("invalid table in the template: {0}")]
    Definition(String),
    /// The DynamoDB to use is not on this machine.
    #[error(
        "--endpoint-url {0} is not loopback: the local stack would write to that DynamoDB; allow that with --allow-non-loopback"
    )]
    RemoteEndpoint(String),
    /// Other machines would reach what listens at an address.
    #[error("{flag} {address} is not a loopback address: {reason}")]
    NotLoopback {
        /// The flag that sets it.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why that is refused.
        reason: &'static str,
    },
    /// An address cannot be listened on.
    #[error(
        "cannot listen on {address}: {}; choose another address with {flag}",
        told(reason)
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The flag that sets it.
        flag: &'static str,
        /// What the system says.
        reason: io::Error,
    },
    /// The embedded engine's file does not take an index.
    #[error("cannot index the database")]
    Index(#[source] Box<dyn Error + Send + Sync>),
    /// The data folder cannot be used.
    #[error("cannot use the data folder `{}`", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process holds the data folder.
    #[error("another process is using the data folder `{}`; choose another with --data, or --in-memory", .0.display())]
    FolderHeld(PathBuf),
    /// The database in the data folder cannot be opened.
    #[error("cannot open the database `{}`: {reason}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What the engine says.
        reason: String,
    },
    /// There is no room for a database that is not kept.
    #[error("cannot make a temporary folder for the database")]
    TemporaryFolder(#[source] io::Error),
    /// The queue of unfinished profiles cannot be opened.
    #[error("the queue of unfinished profiles cannot be opened")]
    Queue(#[from] QueueError),
    /// The connection to DynamoDB cannot be configured.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The endpoint does not answer as DynamoDB does.
    #[error("DynamoDB does not answer at {url}: {reason}{hint}")]
    Unreachable {
        /// The endpoint.
        url: String,
        /// What prevented an answer.
        reason: String,
        /// What may stand between.
        hint: String,
    },
    /// DynamoDB refused a request.
    #[error("{operation} failed: {reason}")]
    Request {
        /// The operation's name in the DynamoDB API.
        operation: &'static str,
        /// The code and text of the answer.
        reason: String,
    },
    /// A table of this name exists, with other keys or another stream.
    #[error("the table `{table}` differs from the template: {problem}")]
    OtherTable {
        /// Its name.
        table: String,
        /// How it differs.
        problem: String,
    },
    /// The table was created, but did not become active.
    #[error("the table `{0}` did not become active")]
    NotActive(String),
    /// The sample data that the program was built with cannot be read.
    #[error("the sample data cannot be read")]
    Sample(#[source] serde_json::Error),
}

/// The system's reason, or a clearer one.
fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use".to_owned(),
        _ => error.to_string(),
    }
}
