//! The response with a document.

use lambda_http::http::header::InvalidHeaderValue;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use xxhash_rust::xxh3::Xxh3;

/// How far a document can be trusted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// How many transactions could not be counted.
    pub(crate) set_aside: u64,
    /// Why the document is not what the table holds, if it is not.
    pub(crate) incomplete: Option<String>,
    /// When the ledger was calculated, `YYYY-MM-DD HH:MM:SS` in UTC.
    pub(crate) calculated_at: Option<String>,
}

/// When the document was calculated, `YYYY-MM-DD HH:MM:SS` in UTC.
const CALCULATED_AT: HeaderName = HeaderName::from_static("aggregations-calculated-at");
/// How many transactions of the profile could not be counted.
const SET_ASIDE: HeaderName = HeaderName::from_static("aggregations-set-aside");
/// Why the document is not what the table holds.
const INCOMPLETE: HeaderName = HeaderName::from_static("aggregations-incomplete");

/// A document, and what the response's headers say of it.
pub(crate) struct Document {
    body: String,
    /// The validator of the body and of the two that follow.
    etag: HeaderValue,
    /// How many transactions could not be counted, if there are any.
    set_aside: Option<HeaderValue>,
    /// Why the document is not what the table holds, if it is not.
    incomplete: Option<HeaderValue>,
    calculated_at: Option<HeaderValue>,
    /// Location records that it took from the table.
    pub(crate) locations_fetched: usize,
}

impl Document {
    /// A document with this body, for which so many location records were taken from the table.
    pub(crate) fn new(
        body: String,
        trust: Trust,
        locations_fetched: usize,
    ) -> Result<Self, InvalidHeaderValue> {
        let set_aside = (trust.set_aside > 0).then(|| HeaderValue::from(trust.set_aside));
        let incomplete = trust.incomplete.map(header_value);
        Ok(Self {
            etag: etag_of(&body, [&set_aside, &incomplete])?,
            body,
            set_aside,
            incomplete,
            calculated_at: trust.calculated_at.map(header_value),
            locations_fetched,
        })
    }
}

/// 200 with the document, or 304 when the caller has it already.
pub(crate) fn respond(document: Document, headers: &HeaderMap) -> Response<Body> {
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
