//! Who asks: the console's own page, or somebody else's.

use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;

use crate::refusal::Refusal;

/// Refuses a request that does not come from a page of this very host. A browser says by `Origin` which page asks, and no page
/// can have it say anything else.
pub(super) fn check(request: &Parts) -> Result<(), Refusal> {
    let host = request.headers.get(HOST);
    let host = host.and_then(|host| host.to_str().ok());
    // Where the target is a whole URL, its host is the one that counts.
    let host = request
        .uri
        .authority()
        .map_or(host, |host| Some(host.as_str()));
    let own = format!("http://{}", host.unwrap_or_default());
    let mut origins = request.headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) if host.is_some() && origin.as_bytes() == own.as_bytes() => Ok(()),
        _ => Err(Refusal::Origin(own)),
    }
}
