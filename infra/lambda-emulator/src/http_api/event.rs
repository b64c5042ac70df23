//! A request as the event of an HTTP API, payload format 2.0.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Version};
use chrono::Utc;
use serde_json::{Map, Value, json};

/// A request that was let through to a function.
pub(super) struct Call<'a> {
    pub(super) request: &'a Parts,
    pub(super) caller: SocketAddr,
    pub(super) host: &'a str,
    /// The key of its route.
    pub(super) route: &'a str,
    /// The parameters in its path.
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) claims: Map<String, Value>,
    pub(super) request_id: &'a str,
}

/// The event of a request.
pub(super) fn event(call: Call<'_>) -> Value {
    let uri = &call.request.uri;
    let headers = headers(&call.request.headers, call.host);
    let now = Utc::now();
    let query = uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": call.route,
        "rawPath": uri.path(),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "authentication": null,
            "authorizer": {"jwt": {"claims": call.claims, "scopes": null}},
            "domainName": call.host,
            "domainPrefix": call.host.split('.').next(),
            "http": {
                "method": call.request.method.as_str(),
                "path": uri.path(),
                "protocol": protocol(call.request.version),
                "sourceIp": call.caller.ip().to_string(),
                "userAgent": headers.get(USER_AGENT.as_str()).map_or("", String::as_str),
            },
            "requestId": call.request_id,
            "routeKey": call.route,
            "stage": "$default",
            "time": now.format("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": now.timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
    for (name, parameters) in [
        ("pathParameters", call.parameters),
        ("queryStringParameters", parameters(query)),
    ] {
        // Lambda gets none rather than an empty map.
        if let (Value::Object(event), false) = (&mut event, parameters.is_empty()) {
            event.insert(name.to_owned(), json!(parameters));
        }
    }
    event
}

/// Headers by their names in lower case, repeated ones joined with a comma. Values that are not ASCII are left out.
fn headers(given: &HeaderMap, host: &str) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for (name, value) in given {
        if let Ok(value) = value.to_str() {
            join(&mut headers, name.as_str(), value);
        }
    }
    headers.insert("host".to_owned(), host.to_owned());
    // The gateway replaces what a client says of the protocol.
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    headers
}

/// Decoded parameters, repeated ones joined with a comma.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        join(&mut parameters, &name, &value);
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
