//! A request as the event of an HTTP API, payload format 2.0.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use aws_lambda_events::query_map::QueryMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Version};
use chrono::Utc;
use serde_json::{Map, Value, json};

use super::ROUTE;

/// A request that was let through.
pub(super) struct Asked<'a> {
    pub(super) request: &'a Parts,
    pub(super) caller: SocketAddr,
    pub(super) host: &'a str,
    pub(super) profile_id: &'a str,
    pub(super) claims: Map<String, Value>,
    pub(super) request_id: &'a str,
}

/// The event.
pub(super) fn event(asked: &Asked<'_>) -> Value {
    let uri = &asked.request.uri;
    let headers = headers(&asked.request.headers, asked.host);
    let now = Utc::now();
    let query = uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": ROUTE,
        "rawPath": uri.path(),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "authentication": null,
            "authorizer": {"jwt": {"claims": asked.claims, "scopes": null}},
            "domainName": asked.host,
            "domainPrefix": asked.host.split('.').next(),
            "http": {
                "method": asked.request.method.as_str(),
                "path": uri.path(),
                "protocol": protocol(asked.request.version),
                "sourceIp": asked.caller.ip().to_string(),
                "userAgent": headers.get(USER_AGENT.as_str()).map_or("", String::as_str),
            },
            "requestId": asked.request_id,
            "routeKey": ROUTE,
            "stage": "$default",
            "time": now.format("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": now.timestamp_millis(),
        },
        "pathParameters": {"profileId": asked.profile_id},
        "isBase64Encoded": false,
    });
    let parameters = parameters(query);
    if let (Value::Object(event), false) = (&mut event, parameters.is_empty()) {
        event.insert("queryStringParameters".to_owned(), json!(parameters));
    }
    event
}

/// Headers by their names in lower case, repeated ones joined with a comma. What is no text of ASCII is left out.
fn headers(given: &HeaderMap, host: &str) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for (name, value) in given {
        if let Ok(value) = value.to_str() {
            join(&mut headers, name.as_str(), value);
        }
    }
    headers.insert("host".to_owned(), host.to_owned());
    // What a client may say about the way its request took, the gateway knows better.
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    headers
}

/// Decoded parameters, repeated ones joined with a comma.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    // Parsing a query never fails.
    let given: QueryMap = query.parse().unwrap_or_default();
    for (name, value) in given.iter() {
        join(&mut parameters, name, value);
    }
    parameters
}

fn join(values: &mut BTreeMap<String, String>, name: &str, value: &str) {
    match values.get_mut(name) {
        Some(joined) => {
            joined.push(',');
            joined.push_str(value);
        }
        None => {
            values.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}
