//! Errors of what the page asks by GET: RFC 9457 problem documents, as the API has them.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use table::printable;
use telemetry::chain;
use tokio::task::JoinError;

use crate::question::InvalidQuestion;
use crate::snapshot::ScanError;

/// Why there is nothing to answer with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("no such file `{}`", printable(.0))]
    NoFile(String),
    #[error(transparent)]
    Question(#[from] InvalidQuestion),
    // The whole reason: it is the caller's own machine.
    #[error("the customer base cannot be read: {}", chain(&**.0))]
    Base(#[from] Arc<ScanError>),
    #[error("the customer base cannot be read: the scan broke off")]
    BrokenOff(#[from] JoinError),
    #[error("the answer cannot be written")]
    Answer(#[from] serde_json::Error),
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoFile(_) => StatusCode::NOT_FOUND,
            Self::Question(_) => StatusCode::BAD_REQUEST,
            Self::Base(_) | Self::BrokenOff(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Answer(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let document = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": self.to_string(),
        });
        let mut response = json_response(document.to_string(), "application/problem+json");
        *response.status_mut() = status;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The response with a document.
pub(crate) fn document(document: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_string(document)?;
    Ok(json_response(body, "application/json"))
}

/// A response with JSON of this content type.
pub(crate) fn json_response(body: impl Into<Body>, content_type: &'static str) -> Response {
    let mut response = Response::new(body.into());
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
