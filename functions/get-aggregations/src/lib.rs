//! STUB, being written: the real handler replaces this file and keeps these signatures.
use lambda_http::{Body, Request, Response};
use table::Table;

/// Whether the caller's claims decide what it may read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Authorizer {
    /// The gateway checked a JWT; its claims decide.
    Jwt,
    /// No authorizer stands before the function (`sam local`): everybody reads everything.
    None,
}

/// What the document is wrapped in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Envelope {
    /// The bare document.
    None,
    /// `{"data": <document>}`.
    Data,
}

/// The read function.
pub struct GetAggregations {
    _table: Table,
}

impl GetAggregations {
    /// A handler that keeps its location records between invocations.
    pub fn new(table: Table, _authorizer: Authorizer, _envelope: Envelope) -> Self {
        Self { _table: table }
    }

    /// Answers one request; every error is a response.
    pub async fn handle(&self, _request: Request) -> Response<Body> {
        Response::new(Body::Empty)
    }
}
