//! Events with what `lambda_http` panics on: strange characters in the query, the path and the headers.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_http::request::LambdaRequest;
use lambda_http::{Context, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use table::Table;
use test_support::{Engine, TABLE};

/// The event of a request for a profile that is not stored, with other values at some places.
fn event(changes: &[(&str, Value)]) -> Value {
    let mut event: Value =
        serde_json::from_str(include_str!("../../../infra/events/get-unknown.json")).unwrap();
    for (place, value) in changes {
        let (parent, name) = place.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    event
}

async fn answer(function: &GetAggregations, event: Value) -> (u64, Value) {
    let event = LambdaEvent::new(
        LambdaRequest::deserialize(event).unwrap(),
        Context::default(),
    );
    let answer = serde_json::to_value(function.handle_event(event).await).unwrap();
    let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    (answer["statusCode"].as_u64().unwrap(), body)
}

fn function(engine: &Engine) -> GetAggregations {
    let table = Table::new(engine.client(), TABLE);
    GetAggregations::new(table, Authorizer::Jwt, Envelope::None)
}

#[tokio::test]
async fn a_query_with_characters_that_a_uri_cannot_have_is_a_bad_request() {
    let engine = Engine::start().await;
    let function = function(&engine);
    for character in (0..=0x17f).filter_map(char::from_u32) {
        let query = json!(format!("x={{{character}a{character}}}"));
        let (status, body) = answer(&function, event(&[("/rawQueryString", query)])).await;
        let refused = character.is_ascii_control() || "\" <>".contains(character);
        assert_eq!(status, if refused { 400 } else { 404 }, "{character:?}");
        if refused {
            let character = match character.is_control() {
                true => format!("U+{:04X}", u32::from(character)),
                false => character.to_string(),
            };
            let detail = format!(
                "invalid query string: the character `{character}` must be percent-encoded"
            );
            assert_eq!(body["detail"], json!(detail));
        }
    }
    let long = json!("x".repeat(70_000));
    let (status, body) = answer(&function, event(&[("/rawQueryString", long)])).await;
    assert_eq!(
        (status, &body["detail"]),
        (400, &json!("invalid query string: it is too long"))
    );
}

#[tokio::test]
async fn the_query_is_still_read() {
    let engine = Engine::start().await;
    let function = function(&engine);
    let query = json!("x=#&as_of=2026-13-01");
    let (status, body) = answer(&function, event(&[("/rawQueryString", query)])).await;
    assert_eq!(status, 400);
    assert!(
        body["detail"].as_str().unwrap().contains("2026-13-01"),
        "{body}"
    );
}

#[tokio::test]
async fn what_is_of_no_use_to_the_function_may_be_anything() {
    let engine = Engine::start().await;
    let function = function(&engine);
    let strange = [
        "",
        " ",
        "a b",
        ":x",
        "@",
        "//",
        "\\",
        "%",
        "é",
        "[::1",
        "a:99999",
        "256.256.256.256",
        "\"",
    ];
    for place in [
        "/rawPath",
        "/headers/host",
        "/headers/x-forwarded-proto",
        "/requestContext/domainName",
        "/requestContext/stage",
    ] {
        for text in strange {
            let (status, _) = answer(&function, event(&[(place, json!(text))])).await;
            assert_eq!(status, 404, "{place} {text}");
        }
    }
    let body = [
        ("/body", json!("not base64")),
        ("/isBase64Encoded", json!(true)),
    ];
    assert_eq!(answer(&function, event(&body)).await.0, 404);
    // Without a host, the name in the context counts.
    let host = [
        ("/headers", json!({})),
        ("/requestContext/domainName", json!("a b")),
    ];
    assert_eq!(answer(&function, event(&host)).await.0, 404);
}
