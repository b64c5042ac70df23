//! The claims that the authorizer hands on: those of the bearer token, which nobody here verifies.

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::Refusal;

/// The claims of the token in the Authorization header; without the header, those of a service that may read everything.
pub(super) fn of(authorization: Option<&HeaderValue>) -> Result<Map<String, Value>, Refusal> {
    let Some(authorization) = authorization else {
        return Ok(Map::from_iter([(
            "scope".to_owned(),
            json!("aggregations:read"),
        )]));
    };
    let claims = authorization.to_str().ok().and_then(parse);
    claims.ok_or(Refusal::Unauthorized)
}

fn parse(authorization: &str) -> Option<Map<String, Value>> {
    // The gateway takes the token with and without the scheme.
    let token = match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) => return None,
        None => authorization,
    };
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || header.is_empty() || signature.is_empty() {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    Some(
        claims
            .into_iter()
            .map(|(name, value)| (name, Value::String(text(value))))
            .collect(),
    )
}

/// A claim as the gateway writes it: always a text, a list as `[a b]`.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(members) => {
            let members: Vec<_> = members.into_iter().map(text).collect();
            format!("[{}]", members.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A token with this payload and a signature of nobody.
    pub(in super::super) fn token(payload: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            part(r#"{"alg":"none"}"#),
            part(payload),
            part("signature")
        )
    }

    fn claims(authorization: &str) -> Result<Value, Refusal> {
        of(Some(&HeaderValue::from_str(authorization).unwrap())).map(Value::Object)
    }

    #[test]
    fn without_a_token_everything_may_be_read() {
        let claims = of(None).map(Value::Object);
        assert_eq!(claims, Ok(json!({"scope": "aggregations:read"})));
    }

    #[test]
    fn every_claim_is_a_text() {
        let token = token(
            r#"{"sub": "é", "exp": 1700000000, "ok": true, "none": null, "groups": ["a", 1], "scope": "x y"}"#,
        );
        let expected = json!({
            "sub": "é", "exp": "1700000000", "ok": "true", "none": "null", "groups": "[a 1]", "scope": "x y",
        });
        for authorization in [format!("Bearer {token}"), format!("bearer  {token}"), token] {
            assert_eq!(
                claims(&authorization),
                Ok(expected.clone()),
                "{authorization}"
            );
        }
    }

    #[test]
    fn a_malformed_token_is_unauthorized() {
        let list = token("[]");
        let text = token("no json");
        for authorization in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer a.b",
            "Bearer a.b.c",
            "Bearer a.e30.c.d",
            "Bearer .e30.c",
            "Bearer a.e30.",
            "Basic dXNlcjpwYXNz",
            list.as_str(),
            text.as_str(),
        ] {
            assert_eq!(
                claims(authorization),
                Err(Refusal::Unauthorized),
                "{authorization}"
            );
        }
        assert_eq!(claims("Bearer a.e30.c"), Ok(json!({})));
        let opaque = HeaderValue::from_bytes(b"Bearer \xff").unwrap();
        assert_eq!(of(Some(&opaque)), Err(Refusal::Unauthorized));
    }
}
