//! The host that a request was sent to.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;

use super::{refusal, refusal_because};

const REFUSED: &str =
    "Forbidden: this API answers requests to localhost and to loopback addresses only";

/// The host that a request was sent to. API Gateway lets no malformed one through.
pub(super) fn host(request: &Parts) -> Result<String, StatusCode> {
    Ok(authority(request)?.to_string())
}

/// Where the target is a whole URL, its host is the one that counts.
fn authority(request: &Parts) -> Result<Authority, StatusCode> {
    if let Some(authority) = request.uri.authority() {
        return Ok(authority.clone());
    }
    let Some(host) = request.headers.get(HOST) else {
        // HTTP/1.0, which no browser speaks, needs none.
        return match request.version {
            Version::HTTP_10 => Ok(Authority::from_static("localhost")),
            _ => Err(StatusCode::BAD_REQUEST),
        };
    };
    Authority::try_from(host.as_bytes()).map_err(|_| StatusCode::BAD_REQUEST)
}

/// Refuses a request to another host than `localhost`, a name under it, or a loopback address.
pub(super) async fn only_loopback(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match authority(&parts) {
        Ok(authority) if is_loopback(authority.host()) => {
            next.run(Request::from_parts(parts, body)).await
        }
        Ok(_) => refusal_because(StatusCode::FORBIDDEN, REFUSED),
        Err(status) => refusal(status),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}
