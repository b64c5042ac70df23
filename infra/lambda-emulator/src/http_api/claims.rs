//! The claims of a bearer token, as the gateway's JWT authorizer passes them on. Nobody here verifies them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// The claims of the token in an Authorization header; `None` for a malformed one.
pub(super) fn parse(authorization: &str) -> Option<Map<String, Value>> {
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
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
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
    use serde_json::json;

    use super::*;

    /// A token with this payload and a signature of nobody.
    pub(in super::super) fn token(payload: &str) -> String {
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            part(r#"{"alg":"none"}"#),
            part(payload),
            part("signature")
        )
    }

    fn claims(authorization: &str) -> Option<Value> {
        parse(authorization).map(Value::Object)
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
                Some(expected.clone()),
                "{authorization}"
            );
        }
    }

    #[test]
    fn a_malformed_token_has_none() {
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
            assert_eq!(claims(authorization), None, "{authorization}");
        }
        assert_eq!(claims("Bearer a.e30.c"), Some(json!({})));
    }
}
