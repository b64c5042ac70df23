//! What each request is measured by.

use lambda_http::http::StatusCode;
use telemetry::{Line, Measured};

/// The line of metrics that ends a request. What is no metric is there to search for.
pub(crate) struct Measurements {
    pub(crate) message: &'static str,
    pub(crate) function_request_id: String,
    pub(crate) api_request_id: String,
    pub(crate) status: u64,
    pub(crate) requests: u64,
    pub(crate) not_modified: u64,
    pub(crate) client_errors: u64,
    pub(crate) server_errors: u64,
    pub(crate) locations_fetched: u64,
    pub(crate) cold_starts: u64,
}

impl Measurements {
    /// Of a request that was answered with `status`.
    pub(crate) fn of(status: StatusCode) -> Self {
        Self {
            message: "request done",
            function_request_id: String::new(),
            api_request_id: String::new(),
            status: u64::from(status.as_u16()),
            requests: 1,
            not_modified: u64::from(status == StatusCode::NOT_MODIFIED),
            client_errors: u64::from(status.is_client_error()),
            server_errors: u64::from(status.is_server_error()),
            locations_fetched: 0,
            cold_starts: 0,
        }
    }
}

impl Measured for Measurements {
    fn describe<'a>(&'a self, line: &mut Line<'a>) {
        line.text("message", self.message);
        line.text("function_request_id", &self.function_request_id);
        line.text("api_request_id", &self.api_request_id);
        line.number("status", self.status);
        line.count("Requests", self.requests);
        line.count("NotModified", self.not_modified);
        line.count("ClientErrors", self.client_errors);
        line.count("ServerErrors", self.server_errors);
        line.count("LocationsFetched", self.locations_fetched);
        line.count("ColdStarts", self.cold_starts);
    }
}
