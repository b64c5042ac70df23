//! The handler on the events of `infra/events`, and the line of metrics that each request ends with.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use calculation::Part;
use chrono::Utc;
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use golden_cases::{cases, compact};
use lambda_http::{Body, request};
use serde_json::Value;
use table::{PartitionKey, ProfileId, Settings, SortKey, Table, keyed_item, recalculate};
use test_support::{Engine, Lines, TABLE, answer, hooked_client, metrics_in_template};

const PROFILE: &str = "922fafaf-1115-2221-a33-fed3333397";
const EVENTS: [(&str, u16, &str); 5] = [
    (
        "first",
        200,
        include_str!("../../../infra/events/get-profile.json"),
    ),
    (
        "own",
        200,
        include_str!("../../../infra/events/get-me.json"),
    ),
    (
        "not modified",
        304,
        include_str!("../../../infra/events/get-not-modified.json"),
    ),
    (
        "unknown",
        404,
        include_str!("../../../infra/events/get-unknown.json"),
    ),
    (
        "invalid date",
        400,
        include_str!("../../../infra/events/get-invalid-date.json"),
    ),
];

/// Events of other questions, each with a part of its answer.
const OTHER_EVENTS: [(&str, &str, &str); 4] = [
    (
        "explained",
        r#""changes_on":{"shop_days":null,"spend_12m":"2021-12-08""#,
        include_str!("../../../infra/events/get-explained.json"),
    ),
    (
        "history",
        r#""step":"day","history":[{"as_of":"2020-12-06","shop_days":null,"spend_12m":0"#,
        include_str!("../../../infra/events/get-history.json"),
    ),
    (
        "calculated",
        r#""spend_all":2000"#,
        include_str!("../../../infra/events/get-calculated.json"),
    ),
    (
        "many",
        r#""not_found":["nobody"]"#,
        include_str!("../../../infra/events/get-many.json"),
    ),
];

/// A table with the published example, and the document that is expected of it.
async fn example() -> (Engine, String) {
    let mut cases = cases().into_iter();
    let case = cases.find(|case| case.name == "source-example").unwrap();
    let engine = Engine::start().await;
    for (id, mut location) in case.location_items() {
        location.extend(keyed_item(&PartitionKey::Location(id), SortKey::Location));
        engine.put(&location).await;
    }
    let partition = ProfileId::parse(&case.profile_id).unwrap().partition();
    for (key, mut item) in case.profile_items() {
        item.extend(keyed_item(&partition, key.source().into()));
        engine.put(&item).await;
    }
    recalculate(
        &Table::new(engine.client(), TABLE),
        &Settings::default(),
        &ProfileId::parse(PROFILE).unwrap(),
        &BTreeSet::from([Part::Profile]),
        Utc::now,
    )
    .await
    .unwrap();
    (engine, compact(case.expected.body.unwrap().get()))
}

fn function(client: Client, authorizer: Authorizer) -> (GetAggregations, Lines) {
    let lines = Lines::default();
    let writer = lines.clone();
    let table = Table::new(client, TABLE);
    let function = GetAggregations::new(table, authorizer, Envelope::None);
    let metrics = telemetry::emf("stack-get".to_owned(), move || writer.clone());
    (function.with_metrics(metrics), lines)
}

async fn ask(function: &GetAggregations, event: &str) -> (u16, String) {
    let response = function.handle(request::from_str(event).unwrap()).await;
    let status = response.status().as_u16();
    let body = match response.into_body() {
        Body::Text(text) => text,
        _ => String::new(),
    };
    (status, body)
}

#[tokio::test]
async fn every_event_has_its_answer_with_and_without_an_authorizer() {
    let (engine, document) = example().await;
    for authorizer in [Authorizer::Jwt, Authorizer::None] {
        let (function, _) = function(engine.client(), authorizer);
        for (name, expected, event) in EVENTS {
            let (status, body) = ask(&function, event).await;
            assert_eq!(status, expected, "{name}: {body}");
            if status == 200 {
                assert_eq!(body, document, "{name}");
            }
        }
        for (name, part, event) in OTHER_EVENTS {
            let (status, body) = ask(&function, event).await;
            assert_eq!(status, 200, "{name}: {body}");
            assert!(body.contains(part), "{name}: {body}");
        }
    }
}

#[tokio::test]
async fn every_request_ends_with_one_line_of_metrics() {
    let (engine, _) = example().await;
    let (function, lines) = function(engine.client(), Authorizer::Jwt);
    for (number, (name, status, event)) in EVENTS.into_iter().enumerate() {
        ask(&function, event).await;
        let lines = lines.take();
        let [line] = lines.as_slice() else {
            panic!("{name}: {lines:?}");
        };
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][0]["Namespace"],
            "ProfileAggregations"
        );
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            serde_json::json!([["FunctionName"]])
        );
        let expected = serde_json::json!({
            "FunctionName": "stack-get",
            "message": "request done",
            "function_request_id": "",
            "api_request_id": "JKJaXmPLvHcESHA=",
            "status": status,
            "Requests": 1,
            "NotModified": u8::from(status == 304),
            "ClientErrors": u8::from((400..500).contains(&status)),
            "ServerErrors": 0,
            // The one store is fetched by the first request and remembered after it.
            "LocationsFetched": u8::from(number == 0),
            "ColdStarts": u8::from(number == 0),
        });
        let mut fields = line.clone();
        fields.as_object_mut().unwrap().remove("_aws");
        assert_eq!(fields, expected, "{name}");
        let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
            .as_array()
            .unwrap();
        let names: BTreeSet<&str> = metrics
            .iter()
            .map(|metric| metric["Name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names.iter().copied().collect::<Vec<_>>(),
            [
                "ClientErrors",
                "ColdStarts",
                "LocationsFetched",
                "NotModified",
                "Requests",
                "ServerErrors"
            ]
        );
        assert!(metrics.iter().all(|metric| metric["Unit"] == "Count"));
        let asked = metrics_in_template("GetAggregations");
        assert!(asked.len() > 3 && asked.iter().all(|name| names.contains(name.as_str())));
    }
}

#[tokio::test]
async fn what_is_our_fault_is_counted_as_such() {
    let (engine, _) = example().await;
    let broken = hooked_client(
        &engine,
        Arc::new(|_, _| {
            let error = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#;
            Box::pin(async move { Some(answer(400, error)) })
        }),
    );
    let (function, lines) = function(broken, Authorizer::Jwt);
    let (name, _, event) = EVENTS[0];
    assert_eq!(ask(&function, event).await.0, 503, "{name}");
    let line = &lines.take()[0];
    assert_eq!(line["status"], 503);
    assert_eq!(line["ServerErrors"], 1);
    assert_eq!(line["ClientErrors"], 0);
}

/// The event of one's own profile with other claims.
fn own(claims: Option<Value>) -> String {
    let mut event: Value = serde_json::from_str(EVENTS[1].2).unwrap();
    let context = event["requestContext"].as_object_mut().unwrap();
    match claims {
        Some(claims) => context["authorizer"]["jwt"]["claims"] = claims,
        None => drop(context.remove("authorizer")),
    }
    event.to_string()
}

#[tokio::test]
async fn one_s_own_profile_is_that_of_the_token_and_of_nothing_else() {
    let (engine, _) = example().await;
    let service = serde_json::json!({"scope": "aggregations:read"});
    for authorizer in [Authorizer::Jwt, Authorizer::None] {
        let (function, _) = function(engine.client(), authorizer);
        for (claims, expected) in [
            (Some(serde_json::json!({"profile_id": PROFILE})), 200),
            (Some(serde_json::json!({"profile_id": "stranger"})), 404),
            (Some(serde_json::json!({"profile_id": ""})), 403),
            (Some(serde_json::json!({"profile_id": "a#b"})), 403),
            (Some(service.clone()), 403),
            (Some(serde_json::json!({})), 403),
            (None, 403),
        ] {
            let (status, body) = ask(&function, &own(claims.clone())).await;
            assert_eq!(status, expected, "{claims:?}: {body}");
            assert_eq!(
                body.contains("missing or invalid `profile_id` claim"),
                expected == 403
            );
        }
    }
}
