//! Routes, and the parameters in their paths.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};

/// Why a text is not the key of a route.
#[derive(Debug, thiserror::Error)]
#[error(
    "invalid route `{0}`: expected a method and a path such as `GET /stores/{{storeId}}`, without greedy parameters"
)]
pub struct RouteError(String);

/// A route: a method, and a path whose segments may be parameters.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) key: String,
    method: Method,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter(String),
}

impl Route {
    /// Reads a key such as `GET /stores/{storeId}`.
    pub(super) fn parse(key: &str) -> Result<Self, RouteError> {
        let invalid = || RouteError(key.to_owned());
        let (method, path) = key.split_once(" /").ok_or_else(invalid)?;
        let segments = path.split('/').map(|segment| {
            let inside = segment.strip_prefix('{');
            match inside.and_then(|inside| inside.strip_suffix('}')) {
                Some(name) if !name.ends_with('+') => Ok(Segment::Parameter(name.to_owned())),
                None if !segment.contains(['{', '}']) => Ok(Segment::Literal(segment.to_owned())),
                _ => Err(invalid()),
            }
        });
        Ok(Self {
            key: key.to_owned(),
            method: method.parse().map_err(|_| invalid())?,
            segments: segments.collect::<Result<_, _>>()?,
        })
    }

    /// The parameters of a request to this route, still encoded; `None` for a request to another one.
    pub(super) fn matches<'a>(
        &'a self,
        method: &Method,
        path: &'a str,
    ) -> Option<Vec<(&'a str, &'a str)>> {
        let given: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        if *method != self.method || given.len() != self.segments.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (segment, given) in self.segments.iter().zip(given) {
            match segment {
                Segment::Literal(text) if text == given => {}
                Segment::Parameter(name) if !given.is_empty() => {
                    parameters.push((name.as_str(), given));
                }
                _ => return None,
            }
        }
        Some(parameters)
    }
}

/// Parameters percent-decoded once, as API Gateway does.
pub(super) fn decoded(
    parameters: Vec<(&str, &str)>,
) -> Result<BTreeMap<String, String>, StatusCode> {
    let decoded = parameters.into_iter().map(|(name, value)| {
        let value = percent_decoded(value).ok_or(StatusCode::BAD_REQUEST)?;
        Ok((name.to_owned(), value))
    });
    decoded.collect()
}

/// `None` for a malformed escape, and for a result that is not UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The store's id in a path, decoded.
    fn store(method: &Method, path: &str) -> Result<String, StatusCode> {
        let route = Route::parse("GET /stores/{store}/sales").unwrap();
        let parameters = route.matches(method, path).ok_or(StatusCode::NOT_FOUND)?;
        Ok(decoded(parameters)?.remove("store").unwrap())
    }

    #[test]
    fn decodes_a_parameter_exactly_once() {
        for (path, id) in [
            ("/stores/a/sales", "a"),
            ("/stores/a%40b%2Bc/sales", "a@b+c"),
            ("/stores/a+b/sales", "a+b"),
            ("/stores/a%2523/sales", "a%23"),
            ("/stores/a%2Fb/sales", "a/b"),
            ("/stores/%c3%A9/sales", "é"),
            ("/stores/../sales", ".."),
            ("/stores/%00/sales", "\0"),
        ] {
            assert_eq!(store(&Method::GET, path).as_deref(), Ok(id), "{path}");
        }
    }

    #[test]
    fn a_bad_escape_is_a_bad_request() {
        for id in ["%", "%4", "%4g", "%+1", "%ff", "%C3"] {
            let path = format!("/stores/{id}/sales");
            assert_eq!(
                store(&Method::GET, &path),
                Err(StatusCode::BAD_REQUEST),
                "{id}"
            );
        }
    }

    #[test]
    fn everything_else_is_not_found() {
        for path in [
            "/",
            "/stores",
            "/stores/",
            "/stores/a",
            "/stores/sales",
            "/stores//sales",
            "/stores/a/sales/",
            "/stores/a/b/sales",
            "/stores/a/Sales",
            "/prod/stores/a/sales",
            "//stores/a/sales",
        ] {
            assert_eq!(
                store(&Method::GET, path),
                Err(StatusCode::NOT_FOUND),
                "{path}"
            );
        }
        for method in [Method::POST, Method::HEAD, Method::OPTIONS, Method::DELETE] {
            assert_eq!(
                store(&method, "/stores/a/sales"),
                Err(StatusCode::NOT_FOUND),
                "{method}"
            );
        }
    }

    #[test]
    fn a_malformed_key_is_an_error() {
        for key in [
            "",
            "GET",
            "GET stores",
            "/stores",
            "GET /{proxy+}",
            "GET /a{b}",
            "GET /{a",
        ] {
            assert!(Route::parse(key).is_err(), "{key}");
        }
    }
}
