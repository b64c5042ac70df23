//! What each request is measured by.

use lambda_http::http::StatusCode;
use metrique::emf::flags::NoMetric;
use metrique::unit::Count;
use metrique::unit_of_work::metrics;

/// The line of metrics that ends a request. What is no metric is there to search for.
#[metrics(rename_all = "PascalCase")]
pub(crate) struct Measurements {
    #[metrics(name = "message")]
    pub(crate) message: &'static str,
    #[metrics(name = "function_request_id")]
    pub(crate) function_request_id: String,
    #[metrics(name = "api_request_id")]
    pub(crate) api_request_id: String,
    #[metrics(name = "status", flags(NoMetric))]
    pub(crate) status: u64,
    #[metrics(unit = Count)]
    pub(crate) requests: u64,
    #[metrics(unit = Count)]
    pub(crate) not_modified: u64,
    #[metrics(unit = Count)]
    pub(crate) client_errors: u64,
    #[metrics(unit = Count)]
    pub(crate) server_errors: u64,
    #[metrics(unit = Count)]
    pub(crate) locations_fetched: u64,
    #[metrics(unit = Count)]
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
