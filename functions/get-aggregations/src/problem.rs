//! Errors as the caller sees them: RFC 9457 problem documents, with nothing of the inside.

use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;
use table::{ProfileId, TableError};

use crate::question::InvalidQuestion;

/// Why there is no document to answer with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error(transparent)]
    Question(#[from] InvalidQuestion),
    #[error("the token may not read this profile")]
    Forbidden,
    #[error("the token may not read several profiles")]
    NotAService,
    #[error("the profile has more than 50,000 items or 8 MB: ask without `calculate`")]
    TooMuchToRead,
    #[error("the answer has more than 5 MB: ask for fewer dates")]
    TooLongHistory,
    #[error("the answer has more than 5 MB: ask for fewer profiles or fields")]
    TooManyDocuments,
    /// Of several profiles.
    #[error("profile `{0}`: {1}")]
    Of(ProfileId, #[source] Box<Problem>),
    /// The name of the claim.
    #[error("missing or invalid `{0}` claim")]
    NoOwnProfile(String),
    #[error("no such profile")]
    NotFound,
    #[error("the table cannot be read right now")]
    Unavailable(#[source] TableError),
    #[error("the table cannot be read right now")]
    TooSlow,
    #[error("the aggregations of this profile cannot be read right now")]
    Ledger(#[source] calculation::LedgerError),
    #[error("the aggregations of this profile cannot be read right now")]
    Archive(#[source] TableError),
    #[error("the aggregations of this profile cannot be calculated right now")]
    Incomplete(String),
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<TableError> for Problem {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Archive(_) => Self::Archive(error),
            TableError::TooManyItems(_) | TableError::TooManyPages(_) => Self::TooMuchToRead,
            error if error.is_unavailable() => Self::Unavailable(error),
            error => Self::Internal(Box::new(error)),
        }
    }
}

impl Problem {
    /// The same, which says that it is of this profile.
    pub(crate) fn of(self, profile: &ProfileId) -> Self {
        Self::Of(profile.clone(), Box::new(self))
    }

    /// What a log may say of it: everything but whose it is.
    pub(crate) fn nameless(&self) -> &Self {
        match self {
            Self::Of(_, problem) => problem.nameless(),
            problem => problem,
        }
    }

    /// The one place where errors become statuses.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Question(_) => StatusCode::BAD_REQUEST,
            Self::TooMuchToRead | Self::TooLongHistory | Self::TooManyDocuments => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Forbidden | Self::NotAService | Self::NoOwnProfile(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Of(_, problem) => problem.status(),
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_)
            | Self::TooSlow
            | Self::Archive(_)
            | Self::Ledger(_)
            | Self::Incomplete(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Seconds after which the caller may try again.
    fn retry_after(&self) -> Option<HeaderValue> {
        match self {
            Self::Unavailable(_) | Self::TooSlow => Some(HeaderValue::from_static("1")),
            // Only a recalculation or a rebuild mends it.
            Self::Ledger(_) | Self::Archive(_) | Self::Incomplete(_) => {
                Some(HeaderValue::from_static("60"))
            }
            Self::Of(_, problem) => problem.retry_after(),
            _ => None,
        }
    }

    pub(crate) fn response(&self) -> Response<Body> {
        #[derive(Serialize)]
        struct ProblemDocument<'a> {
            r#type: &'a str,
            title: &'a str,
            status: u16,
            detail: String,
        }
        let status = self.status();
        let document = ProblemDocument {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.to_string(),
        };
        // Four texts and a number always render.
        let body = serde_json::to_string(&document).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, seconds);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use calculation::LedgerError;
    use telemetry::chain;

    use super::*;

    #[test]
    fn a_caller_is_told_whose_it_is_and_the_log_is_not() {
        let ada = ProfileId::parse("ada").unwrap();
        let problem = Problem::Ledger(LedgerError::Damaged).of(&ada);
        assert!(problem.to_string().starts_with("profile `ada`: "));
        assert_eq!(
            chain(problem.nameless()),
            "the aggregations of this profile cannot be read right now: ledger is damaged"
        );
    }
}
