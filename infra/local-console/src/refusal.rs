//! Why a request is not DynamoDB's to answer, in the form in which DynamoDB itself says such things.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use table::printable;

use crate::problem::json_response;

/// What DynamoDB's own JSON is called.
pub(crate) const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// Why a request is not sent on, or has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("only the console's own page may ask: expected the header `Origin: {0}`")]
    Origin(String),
    #[error("expected a body of the content type `{CONTENT_TYPE}` or `application/json`")]
    ContentType,
    #[error("the body has more than {0} bytes, or broke off")]
    TooLarge(usize),
    #[error("the operation `{}` is not one of GetItem, Query, PutItem and DeleteItem", printable(.0))]
    Operation(String),
    #[error("the body is no request: {0}")]
    Body(#[from] serde_json::Error),
    #[error("the table `{}` is not the stack's own", printable(.0))]
    Table(String),
    #[error("the item `{}` is derived: only a recalculation writes it", printable(.0))]
    Derived(String),
    #[error("DynamoDB does not answer: {0}")]
    NoAnswer(String),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Origin(_) => StatusCode::FORBIDDEN,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Operation(_) | Self::Body(_) | Self::Table(_) | Self::Derived(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::NoAnswer(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Origin(_) => "AccessDeniedException",
            Self::ContentType => "UnsupportedMediaTypeException",
            Self::TooLarge(_) => "RequestEntityTooLargeException",
            Self::Operation(_) => "UnknownOperationException",
            Self::Body(_) => "SerializationException",
            Self::Table(_) | Self::Derived(_) => "ValidationException",
            Self::NoAnswer(_) => "ServiceUnavailable",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = self.code();
        let body = json!({
            "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
            "message": self.to_string(),
        });
        let mut response = json_response(body.to_string(), CONTENT_TYPE);
        *response.status_mut() = self.status();
        response
    }
}
