//! The read function: `GET /profiles/{profileId}/aggregations`, optionally `?as_of=YYYY-MM-DD`. The id `me` stands for the
//! profile of the caller's own token.
//!
//! It reads the profile's ledger with one GetItem and evaluates it as of the day asked for, so that windows end on that
//! day. What the ledger's locations stand for is remembered for a minute.

mod authorization;
mod envelope;
mod event;
mod measurements;
mod problem;

use std::time::Duration;

use calculation::{Aggregations, evaluate, parse_date};
use chrono::{DateTime, NaiveDate, Utc};
use lambda_http::http::header::InvalidHeaderValue;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, Response};
use serde::Serialize;
use table::{LocationMemory, StoredLedger, Table};
use telemetry::{ColdStart, Metrics, chain, no_metrics};
use tracing::{Instrument, error, error_span};
use xxhash_rust::xxh3::Xxh3;

use crate::authorization::Subject;
pub use crate::authorization::{Authorizer, Claims};
pub use crate::envelope::{Envelope, UnknownEnvelope};
use crate::event::InvalidQuery;
use crate::measurements::Measurements;
use crate::problem::Problem;

/// The read function.
#[derive(Debug)]
pub struct GetAggregations {
    table: Table,
    memory: LocationMemory,
    authorizer: Authorizer,
    claims: Claims,
    envelope: Envelope,
    metrics: Metrics,
    start: ColdStart,
}

/// A document, and what the response's headers say of it.
struct Document {
    body: String,
    /// The validator of the body and of the two that follow.
    etag: HeaderValue,
    /// How many transactions could not be counted, if there are any.
    set_aside: Option<HeaderValue>,
    /// Why the document is not what the table holds, if it is not.
    incomplete: Option<HeaderValue>,
    calculated_at: Option<HeaderValue>,
    /// Location records that it took from the table.
    locations_fetched: usize,
}

/// When the document was calculated, `YYYY-MM-DD HH:MM:SS` in UTC.
const CALCULATED_AT: HeaderName = HeaderName::from_static("aggregations-calculated-at");
/// How many transactions of the profile could not be counted.
const SET_ASIDE: HeaderName = HeaderName::from_static("aggregations-set-aside");
/// Why the document is not what the table holds.
const INCOMPLETE: HeaderName = HeaderName::from_static("aggregations-incomplete");

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
            metrics: no_metrics(),
            start: ColdStart::default(),
        }
    }

    /// The same with other names of claims.
    #[must_use]
    pub fn with_claims(self, claims: Claims) -> Self {
        Self { claims, ..self }
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
                    error!(error = chain(&problem), "request failed");
                }
                (problem.response(), 0)
            }
        }
    }

    async fn document(&self, request: &Request, now: DateTime<Utc>) -> Result<Document, Problem> {
        let parameters = request.path_parameters_ref();
        let id = parameters
            .and_then(|parameters| parameters.first("profileId"))
            .unwrap_or_default();
        let subject = Subject::parse(id)?;
        let as_of = as_of(request)?.unwrap_or_else(|| now.date_naive());
        let refusal = match subject {
            Subject::Own => Problem::NoOwnProfile(self.claims.profile.clone()),
            Subject::Profile(_) => Problem::Forbidden,
        };
        let profile = self.authorizer.permitted(request, &self.claims, subject);
        let profile = profile.ok_or(refusal)?;
        let derived = self
            .table
            .derived_as_of(&profile, as_of)
            .await?
            .ok_or(Problem::NotFound)?;
        let absent = || match &derived.incomplete {
            Some(reason) => Problem::Incomplete(reason.clone()),
            None => Problem::NotFound,
        };
        let ledger = match derived.ledger {
            StoredLedger::Usable(ledger) => ledger,
            StoredLedger::None => return Err(absent()),
            StoredLedger::Unusable(error) => return Err(Problem::Ledger(error)),
        };
        let found = self
            .memory
            .locations(&self.table, ledger.location_ids(), now)
            .await?;
        let document = evaluate(&ledger, profile.as_str(), as_of, &found.locations)
            .map_err(|error| Problem::Internal(Box::new(error)))?
            .ok_or_else(absent)?;
        let body = self
            .render(&document)
            .map_err(|error| Problem::Internal(Box::new(error)))?;
        let set_aside = ledger.set_aside_count();
        let set_aside = (set_aside > 0).then(|| HeaderValue::from(set_aside));
        let incomplete = derived.incomplete.map(header_value);
        let etag = etag_of(&body, [&set_aside, &incomplete])
            .map_err(|error| Problem::Internal(Box::new(error)))?;
        Ok(Document {
            body,
            etag,
            set_aside,
            incomplete,
            calculated_at: derived.calculated_at.map(header_value),
            locations_fetched: found.fetched,
        })
    }

    fn render(&self, document: &Aggregations<'_>) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Data<'a> {
            data: &'a Aggregations<'a>,
        }
        match self.envelope {
            Envelope::None => serde_json::to_string(document),
            Envelope::Data => serde_json::to_string(&Data { data: document }),
        }
    }
}

/// The validator of a body and of the headers that say how far it can be trusted.
fn etag_of(
    body: &str,
    headers: [&Option<HeaderValue>; 2],
) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut hash = Xxh3::new();
    hash.update(body.as_bytes());
    for header in headers {
        // A line break stands in no header, so no two pairs of them come to the same.
        hash.update(b"\n");
        hash.update(header.as_ref().map_or(b"", HeaderValue::as_bytes));
    }
    HeaderValue::from_str(&format!("\"{:032x}\"", hash.digest128()))
}

/// A stored text as the value of a header.
fn header_value(text: String) -> HeaderValue {
    // Only somebody else than a recalculation stores what no header can hold.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}

/// The gateway's id of the request, which its access log has too.
fn api_request_id(request: &Request) -> Option<&str> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.request_id.as_deref(),
        _ => None,
    }
}

/// The date of the question, if one is given.
fn as_of(request: &Request) -> Result<Option<NaiveDate>, Problem> {
    if let Some(invalid) = request.extensions().get::<InvalidQuery>() {
        return Err(invalid.clone().into());
    }
    let given = request
        .query_string_parameters_ref()
        .and_then(|parameters| parameters.all("as_of"));
    match given.as_deref() {
        None | Some([]) => Ok(None),
        Some([date]) => parse_date(date)
            .map(Some)
            .ok_or_else(|| Problem::AsOf((*date).to_owned())),
        Some(more) => Err(Problem::RepeatedAsOf(more.len())),
    }
}

/// 200 with the document, or 304 when the caller has it already.
fn respond(document: Document, headers: &HeaderMap) -> Response<Body> {
    let not_modified = has(headers, &document.etag);
    let mut response = Response::new(if not_modified {
        Body::Empty
    } else {
        Body::from(document.body)
    });
    if not_modified {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let headers = response.headers_mut();
    headers.insert(ETAG, document.etag);
    // The figures change with every purchase and every day: keep the document, but ask before using it.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    for (name, value) in [
        (CALCULATED_AT, document.calculated_at),
        (SET_ASIDE, document.set_aside),
        (INCOMPLETE, document.incomplete),
    ] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    response
}

/// Whether `If-None-Match` names `etag`, by the weak comparison that RFC 9110 asks for.
fn has(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .map(|candidate| candidate.strip_prefix("W/").unwrap_or(candidate))
        .any(|candidate| candidate == "*" || candidate.as_bytes() == etag.as_bytes())
}
