//! The read function: `GET /profiles/{profileId}/aggregations`, the history of a profile, its calculation right now, and the
//! documents of several profiles. The id `me` stands for the profile of the caller's own token.
//!
//! For a document it reads the profile's ledger with one GetItem and evaluates it as of the day asked for, so that windows end on that
//! day. What the ledger's locations stand for is remembered for a minute.

mod answer;
mod authorization;
mod envelope;
mod event;
mod measurements;
mod problem;
mod question;
mod read;
mod response;

use std::time::Duration;

use calculation::Currency;
use chrono::Utc;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, Response};
use table::{LocationMemory, Table};
use telemetry::{ColdStart, Metrics, chain, no_metrics};
use tracing::{Instrument, error, error_span};

pub use crate::authorization::{Authorizer, Claims};
pub use crate::envelope::{Envelope, UnknownEnvelope};
use crate::measurements::Measurements;
use crate::problem::Problem;
use crate::response::respond;

/// The read function.
#[derive(Debug)]
pub struct GetAggregations {
    table: Table,
    memory: LocationMemory,
    authorizer: Authorizer,
    claims: Claims,
    envelope: Envelope,
    currency: Option<Currency>,
    metrics: Metrics,
    start: ColdStart,
}

/// What all requests of a read may take together, so that a caller gets an error while it still waits.
const PATIENCE: Duration = Duration::from_secs(3);

impl GetAggregations {
    /// A handler that keeps its location records between invocations.
    pub fn new(table: Table, authorizer: Authorizer, envelope: Envelope) -> Self {
        Self {
            table,
            memory: LocationMemory::default(),
            authorizer,
            claims: Claims::default(),
            envelope,
            currency: None,
            metrics: no_metrics(),
            start: ColdStart::default(),
        }
    }

    /// The same with other names of claims.
    #[must_use]
    pub fn with_claims(self, claims: Claims) -> Self {
        Self { claims, ..self }
    }

    /// The same with the currency in which the figures are calculated.
    #[must_use]
    pub fn with_currency(self, currency: Option<Currency>) -> Self {
        Self { currency, ..self }
    }

    /// The same with somewhere for its metrics to go.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Answers one request; every error is a response.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let is_cold = self.start.is_first();
        let context = request.lambda_context_ref();
        let request_id = context.map_or("", |context| &context.request_id);
        let api_request_id = api_request_id(&request).unwrap_or_default();
        // Of the highest level, so that no line loses it, whatever level is logged.
        let span = error_span!(
            "invocation",
            service = env!("CARGO_PKG_NAME"),
            function_request_id = request_id,
            api_request_id,
            xray_trace_id = context.and_then(|context| context.xray_trace_id.as_deref()),
            cold_start = is_cold,
        );
        let (response, locations_fetched) = self.answer(&request).instrument(span).await;
        let measurements = Measurements {
            function_request_id: request_id.to_owned(),
            api_request_id: api_request_id.to_owned(),
            locations_fetched: u64::try_from(locations_fetched).unwrap_or(u64::MAX),
            cold_starts: u64::from(is_cold),
            ..Measurements::of(response.status())
        };
        self.metrics.write(&measurements);
        response
    }

    async fn answer(&self, request: &Request) -> (Response<Body>, usize) {
        let document = tokio::time::timeout(PATIENCE, self.document(request, Utc::now()));
        match document.await.unwrap_or(Err(Problem::TooSlow)) {
            Ok(document) => {
                let locations_fetched = document.locations_fetched;
                (respond(document, request.headers()), locations_fetched)
            }
            Err(problem) => {
                if problem.status().is_server_error() {
                    error!(error = chain(problem.nameless()), "request failed");
                }
                (problem.response(), 0)
            }
        }
    }
}

/// The gateway's id of the request, which its access log has too.
fn api_request_id(request: &Request) -> Option<&str> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.request_id.as_deref(),
        _ => None,
    }
}
