//! What to start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use calculation::Currency;
use dynamodb_connection::TABLE_NAME;
use get_aggregations::Envelope;

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the HTTP API listens; port 0 is any free one.
    pub http: SocketAddr,
    /// Where the embedded DynamoDB listens; port 0 is any free one.
    pub dynamodb: SocketAddr,
    /// Whether the embedded DynamoDB may listen where others reach it, and another DynamoDB be elsewhere.
    pub allow_non_loopback: bool,
    /// What is kept between starts.
    pub storage: Storage,
    /// Whether a table that has to be made gets the sample data.
    pub sample: bool,
    /// Another DynamoDB than the embedded one.
    pub endpoint_url: Option<String>,
    /// What the response is wrapped in.
    pub envelope: Envelope,
    /// The currency of the figures.
    pub currency: Option<Currency>,
    /// Origins whose pages may call the HTTP API, such as `http://localhost:5173`; `*` is any.
    pub cors_origins: Vec<String>,
    /// The table.
    pub table_name: String,
}

/// What is kept between starts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Storage {
    /// Nothing.
    Memory,
    /// Everything, in this folder.
    Folder(PathBuf),
}

impl Default for Options {
    /// A stack for tests: any free ports of loopback, an empty table, and nothing kept.
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            http: free,
            dynamodb: free,
            allow_non_loopback: false,
            storage: Storage::Memory,
            sample: false,
            endpoint_url: None,
            envelope: Envelope::None,
            currency: None,
            cors_origins: Vec::new(),
            table_name: TABLE_NAME.to_owned(),
        }
    }
}
