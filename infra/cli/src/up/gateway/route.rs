//! The route, and the parameter in its path.

use axum::http::Method;

use super::Refusal;

/// The profile id that a request asks for, percent-decoded once, as API Gateway does.
pub(super) fn profile_id(method: &Method, path: &str) -> Result<String, Refusal> {
    if method != Method::GET {
        return Err(Refusal::NotFound);
    }
    let id = path
        .strip_prefix("/profiles/")
        .and_then(|rest| rest.strip_suffix("/aggregations"))
        .filter(|id| !id.is_empty() && !id.contains('/'))
        .ok_or(Refusal::NotFound)?;
    percent_decoded(id).ok_or(Refusal::BadRequest)
}

/// `None` for an escape that is none, and for what is no UTF-8 in the end.
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

    #[test]
    fn decodes_the_id_exactly_once() {
        for (path, id) in [
            ("/profiles/a/aggregations", "a"),
            ("/profiles/a%40b%2Bc/aggregations", "a@b+c"),
            ("/profiles/a+b/aggregations", "a+b"),
            ("/profiles/a%2523/aggregations", "a%23"),
            ("/profiles/a%2Fb/aggregations", "a/b"),
            ("/profiles/%c3%A9/aggregations", "é"),
            ("/profiles/../aggregations", ".."),
            ("/profiles/%00/aggregations", "\0"),
        ] {
            assert_eq!(profile_id(&Method::GET, path).as_deref(), Ok(id), "{path}");
        }
    }

    #[test]
    fn a_bad_escape_is_a_bad_request() {
        for path in [
            "/profiles/%/aggregations",
            "/profiles/%4/aggregations",
            "/profiles/%4g/aggregations",
            "/profiles/%+1/aggregations",
            "/profiles/%ff/aggregations",
            "/profiles/%C3/aggregations",
        ] {
            assert_eq!(
                profile_id(&Method::GET, path),
                Err(Refusal::BadRequest),
                "{path}"
            );
        }
    }

    #[test]
    fn everything_else_is_not_found() {
        for path in [
            "/",
            "/profiles",
            "/profiles/",
            "/profiles/a",
            "/profiles/aggregations",
            "/profiles//aggregations",
            "/profiles/a/aggregations/",
            "/profiles/a/b/aggregations",
            "/profiles/a/Aggregations",
            "/prod/profiles/a/aggregations",
            "//profiles/a/aggregations",
        ] {
            assert_eq!(
                profile_id(&Method::GET, path),
                Err(Refusal::NotFound),
                "{path}"
            );
        }
        for method in [Method::POST, Method::HEAD, Method::OPTIONS, Method::DELETE] {
            let path = "/profiles/a/aggregations";
            assert_eq!(
                profile_id(&method, path),
                Err(Refusal::NotFound),
                "{method}"
            );
        }
    }
}
