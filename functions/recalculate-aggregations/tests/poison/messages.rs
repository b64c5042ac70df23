//! Messages of the queue, and events that are nothing known.

use serde_json::{Value, json};

use crate::{Fixture, PURCHASE, in_a_minute};

fn message(id: &str, body: impl Into<Value>) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": format!("receipt of {id}"),
        "body": body.into(),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    })
}

/// Bodies that name no profile.
fn nobody() -> Vec<Value> {
    let long = format!(r#"{{"profile_id": "{}"}}"#, "a".repeat(129));
    vec![
        json!(""),
        json!("null"),
        json!("{"),
        json!("\0"),
        json!("\u{feff}{}"),
        json!("{}"),
        json!("[]"),
        json!("not json"),
        json!(r#"{"profile_id": null}"#),
        json!(r#"{"profile_id": 1}"#),
        json!(r#"{"profile_id": ""}"#),
        json!(r#"{"profile_id": "a b"}"#),
        json!(r#"{"profile_id": "a\u0000"}"#),
        json!(r#"{"profile_id": "\ud800"}"#),
        json!(r#"{"profile_id": "a", "keys": "TXN#"}"#),
        json!(r#"{"profile_id": "a", "keys": [1]}"#),
        json!(long),
        // No texts at all.
        json!(null),
        json!(7),
        json!({"profile_id": "a"}),
    ]
}

#[tokio::test]
async fn good_messages_are_done_and_each_bad_one_is_named() {
    let fixture = Fixture::open().await;
    let mut batch = Vec::new();
    let mut bad = Vec::new();
    for (number, body) in nobody().into_iter().enumerate() {
        let profile = format!("good{number}");
        fixture.buy(&profile, PURCHASE).await;
        batch.push(message(
            &profile,
            json!({"profile_id": profile}).to_string(),
        ));
        batch.push(message(&format!("bad{number}"), body));
        bad.push(format!("bad{number}"));
    }
    assert_eq!(fixture.handle(batch).await, bad);
    for number in 0..bad.len() {
        let profile = format!("good{number}");
        assert_eq!(fixture.purchases(&profile).await.as_deref(), Some("1"));
    }
    // Each comes again later, and in the end is kept as a dead letter: nothing is lost without a word.
    assert_eq!(fixture.queue.put_off.lock().unwrap().len(), bad.len());
    let metrics = fixture.metrics();
    assert_eq!(metrics["ProfilesRecalculated"], bad.len());
    assert_eq!(metrics["ProfilesUnfinished"], bad.len());
}

/// A message that has an id is either done or named, whatever is wrong with the rest of it. One without cannot be.
#[tokio::test]
async fn a_message_is_never_lost_for_what_stands_beside_its_body() {
    let fixture = Fixture::open().await;
    let body = |profile: &str| json!({"profile_id": profile}).to_string();
    let mut batch = vec![json!(null), json!(7), json!({"eventSource": "aws:sqs"})];
    let odd = [
        json!(null),
        json!(7),
        json!("x"),
        json!([]),
        json!({"ApproximateReceiveCount": 2}),
    ];
    let mut profiles = Vec::new();
    for (number, value) in odd.into_iter().enumerate() {
        for name in [
            "receiptHandle",
            "attributes",
            "messageAttributes",
            "eventSource",
        ] {
            let profile = format!("p{number}.{name}");
            fixture.buy(&profile, PURCHASE).await;
            let mut message = message(&profile, body(&profile));
            message[name] = value.clone();
            batch.push(message);
            profiles.push(profile);
        }
    }
    assert_eq!(fixture.handle(batch).await, [""; 0]);
    for profile in &profiles {
        assert_eq!(
            fixture.purchases(profile).await.as_deref(),
            Some("1"),
            "{profile}"
        );
    }
}

/// Keys that are none of the table's, or of a length that none has, are passed over; those beside them are calculated.
#[tokio::test]
async fn odd_keys_of_a_message_are_passed_over() {
    let fixture = Fixture::open().await;
    fixture.buy("a", PURCHASE).await;
    let keys = [
        "",
        "AGG",
        "NOTE",
        "\0",
        "txn#",
        "TXN#",
        "TXN#\u{ffff}",
        "ADDRESS#",
        "PROFILE",
        PURCHASE,
    ];
    let body = json!({"profile_id": "a", "keys": keys}).to_string();
    assert_eq!(fixture.handle(vec![message("m", body)]).await, [""; 0]);
    assert_eq!(fixture.purchases("a").await.as_deref(), Some("1"));
    let body = json!({"profile_id": "a", "keys": ["NOTE"]}).to_string();
    assert_eq!(fixture.handle(vec![message("m", body)]).await, [""; 0]);
}

#[tokio::test]
async fn events_that_are_nothing_known_are_refused() {
    let fixture = Fixture::open().await;
    for payload in [
        json!(null),
        json!(true),
        json!(-1),
        json!("Records"),
        json!([]),
        json!({}),
        json!({"records": []}),
        json!({"Records": null}),
        json!({"Records": {}}),
        json!({"Records": "x"}),
        json!({"segment": "0", "of": 1}),
        json!({"segment": -1, "of": 1}),
        json!({"segment": 0}),
        json!({"segments": 1, "results": []}),
    ] {
        let done = fixture.handle_until(fixture.engine.client(), payload.clone(), in_a_minute());
        assert!(done.await.is_err(), "{payload}");
    }
    // A batch of nothing is done.
    assert_eq!(fixture.handle(Vec::new()).await, [""; 0]);
}
