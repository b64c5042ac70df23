//! Events as Lambda gets them.

use serde_json::{Value, json};

/// The event of API Gateway for a GET of a path, which may have a query. `claims` are those of the caller's token.
pub fn get_event(path: &str, claims: &Value) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let id = path.split('/').nth(2).filter(|id| *id != "aggregations");
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {},
        "pathParameters": id.map(|id| json!({"profileId": id})),
        "requestContext": {
            "authorizer": {"jwt": {"claims": claims, "scopes": null}},
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
            "requestId": "r",
            "stage": "$default",
            "timeEpoch": 0,
        },
        "isBase64Encoded": false,
    })
}
