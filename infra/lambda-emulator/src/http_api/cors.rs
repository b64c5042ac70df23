//! Which pages of other origins may call the API.

use std::time::Duration;

use axum::http::header::InvalidHeaderValue;
use axum::http::method::InvalidMethod;
use axum::http::{HeaderName, HeaderValue, Method, header::InvalidHeaderName};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Which pages of other origins may call the API: an HTTP API's `CorsConfiguration`.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    /// Origins such as `http://localhost:5173`; `*` is any.
    pub allow_origins: Vec<String>,
    /// Methods that they may use.
    pub allow_methods: Vec<String>,
    /// Headers that they may send.
    pub allow_headers: Vec<String>,
    /// Headers of a response that they may read.
    pub expose_headers: Vec<String>,
    /// For how many seconds a browser remembers all this.
    pub max_age: u64,
}

/// Why a CORS configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CorsError {
    /// An origin.
    #[error("invalid origin")]
    Origin(#[from] InvalidHeaderValue),
    /// A method.
    #[error("invalid method")]
    Method(#[from] InvalidMethod),
    /// The name of a header.
    #[error("invalid header")]
    Header(#[from] InvalidHeaderName),
}

impl TryFrom<Cors> for CorsLayer {
    type Error = CorsError;

    fn try_from(cors: Cors) -> Result<Self, CorsError> {
        let origins = if cors.allow_origins.iter().any(|origin| origin == "*") {
            AllowOrigin::any()
        } else {
            AllowOrigin::list(all::<HeaderValue, _>(&cors.allow_origins)?)
        };
        Ok(Self::new()
            .allow_origin(origins)
            .allow_methods(all::<Method, _>(&cors.allow_methods)?)
            .allow_headers(all::<HeaderName, _>(&cors.allow_headers)?)
            .expose_headers(all::<HeaderName, _>(&cors.expose_headers)?)
            .max_age(Duration::from_secs(cors.max_age)))
    }
}

fn all<T, E>(texts: &[String]) -> Result<Vec<T>, E>
where
    T: std::str::FromStr<Err = E>,
{
    texts.iter().map(|text| text.parse()).collect()
}
