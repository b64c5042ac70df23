//! The read function: `GET /profiles/{profileId}/aggregations`, optionally `?as_of=YYYY-MM-DD`.
//!
//! It reads the profile's ledger with one GetItem and evaluates it as of the day asked for, so the answer is exact on the
//! day it is given. What the ledger's locations stand for is remembered for a minute.

mod authorization;
mod problem;

use calculation::{Aggregations, evaluate, parse_date};
use chrono::{DateTime, NaiveDate, Utc};
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use lambda_http::http::{HeaderMap, HeaderValue, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use serde::Serialize;
use table::{Consistency, LocationMemory, ProfileId, StoredLedger, Table};
use tracing::{error, info};
use xxhash_rust::xxh3::xxh3_128;

pub use crate::authorization::Authorizer;
use crate::problem::Problem;

/// What the document is wrapped in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Envelope {
    /// The bare document.
    None,
    /// `{"data": <document>}`.
    Data,
}

/// The read function.
#[derive(Debug)]
pub struct GetAggregations {
    table: Table,
    memory: LocationMemory,
    authorizer: Authorizer,
    envelope: Envelope,
}

/// A document and the validator of exactly these bytes.
struct Document {
    body: String,
    etag: HeaderValue,
}

impl GetAggregations {
    /// A handler that keeps its location records between invocations.
    pub fn new(table: Table, authorizer: Authorizer, envelope: Envelope) -> Self {
        Self {
            table,
            memory: LocationMemory::default(),
            authorizer,
            envelope,
        }
    }

    /// Answers one request; every error is a response.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let response = match self.document(&request, Utc::now()).await {
            Ok(document) => respond(document, request.headers()),
            Err(problem) => {
                if problem.status().is_server_error() {
                    error!(error = chain(&problem), "request failed");
                }
                problem.response()
            }
        };
        info!(
            function_request_id = request
                .lambda_context_ref()
                .map(|context| context.request_id.as_str()),
            status = response.status().as_u16(),
            "request done"
        );
        response
    }

    async fn document(&self, request: &Request, now: DateTime<Utc>) -> Result<Document, Problem> {
        let parameters = request.path_parameters_ref();
        let id = parameters
            .and_then(|parameters| parameters.first("profileId"))
            .unwrap_or_default();
        let profile = ProfileId::parse(id)?;
        let as_of = as_of(request)?.unwrap_or_else(|| now.date_naive());
        if !self.authorizer.permits(request, &profile) {
            return Err(Problem::Forbidden);
        }
        let derived = self
            .table
            .derived(&profile, Consistency::Eventual)
            .await?
            .ok_or(Problem::NotFound)?;
        let ledger = match derived.ledger {
            StoredLedger::Usable(ledger) => ledger,
            StoredLedger::None => return Err(Problem::NotFound),
            StoredLedger::Unusable(error) => return Err(Problem::Ledger(error)),
        };
        let locations = self
            .memory
            .locations(&self.table, ledger.location_ids(), now)
            .await?;
        let document =
            evaluate(&ledger, profile.as_str(), as_of, &locations).ok_or(Problem::NotFound)?;
        let body = self
            .render(&document)
            .map_err(|error| Problem::Internal(Box::new(error)))?;
        let etag = format!("\"{:032x}\"", xxh3_128(body.as_bytes()));
        let etag =
            HeaderValue::from_str(&etag).map_err(|error| Problem::Internal(Box::new(error)))?;
        Ok(Document { body, etag })
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

/// The date of the question, if one is given.
fn as_of(request: &Request) -> Result<Option<NaiveDate>, Problem> {
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
    response.headers_mut().insert(ETAG, document.etag);
    // The figures change with every purchase and every day: keep the document, but ask before using it.
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
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

/// An error and its sources on one line, for the log only.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
