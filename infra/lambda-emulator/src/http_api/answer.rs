//! A function's answer as the response to the client, payload format 2.0.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::response::Builder;
use axum::response::Response;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpAnswer {
    status_code: u16,
    headers: Option<BTreeMap<String, String>>,
    cookies: Option<Vec<String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The response, or `None` for a malformed answer. JSON without a status code is the body of a 200.
pub(super) fn response(answer: Value) -> Option<Response> {
    if answer.get("statusCode").is_none() {
        let response = Builder::new().header(CONTENT_TYPE, "application/json");
        return response.body(Body::from(answer.to_string())).ok();
    }
    let answer = HttpAnswer::deserialize(answer).ok()?;
    let mut response = Builder::new().status(answer.status_code);
    for (name, value) in answer.headers.into_iter().flatten() {
        response = response.header(name, value);
    }
    for cookie in answer.cookies.into_iter().flatten() {
        response = response.header(SET_COOKIE, cookie);
    }
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded {
        Body::from(BASE64_STANDARD.decode(body).ok()?)
    } else {
        Body::from(body)
    };
    response.body(body).ok()
}
