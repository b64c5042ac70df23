//! Stream records.

use serde_json::{Value, json};

use crate::shapes::{foreign, odd, unreadable};
use crate::{Fixture, PURCHASE, in_a_minute, record};

#[tokio::test]
async fn good_records_are_done_among_unreadable_foreign_and_odd_ones() {
    let fixture = Fixture::open().await;
    let (unreadable, foreign) = (unreadable(), foreign());
    let counts = (unreadable.len(), foreign.len());
    let longest = "p".repeat(128);
    let mut profiles = vec![longest];
    let mut batch = Vec::new();
    // A good one before, between and after them.
    let poison = unreadable.into_iter().chain(foreign);
    for (number, poison) in poison.enumerate() {
        profiles.push(format!("good{number}"));
        batch.push(record(
            &format!("PROFILE#good{number}"),
            PURCHASE,
            number + 1,
        ));
        batch.push(poison);
    }
    batch.push(record(&format!("PROFILE#{}", profiles[0]), PURCHASE, 800));
    for (number, sk) in odd().iter().enumerate() {
        let profile = format!("odd{number}");
        fixture.buy(&profile, sk).await;
        batch.push(record(&format!("PROFILE#{profile}"), sk, 900 + number));
        profiles.push(profile);
    }
    for profile in &profiles {
        fixture.buy(profile, PURCHASE).await;
    }
    let records = batch.len();
    assert_eq!(fixture.handle(batch).await, [""; 0]);
    let metrics = fixture.metrics();
    assert_eq!(metrics["Records"], records);
    assert_eq!(
        (&metrics["RecordsUnreadable"], &metrics["RecordsIgnored"]),
        (&json!(counts.0), &json!(counts.1))
    );
    assert_eq!(metrics["ProfilesRecalculated"], profiles.len());
    assert_eq!(metrics["ProfilesUnfinished"], 0);
    for profile in &profiles {
        let purchases = fixture.purchases(profile).await;
        assert!(
            ["1", "2"].contains(&purchases.as_deref().unwrap()),
            "{profile}"
        );
    }
}

#[tokio::test]
async fn a_profile_that_fails_among_poison_is_named_by_its_own_number() {
    let fixture = Fixture::open().await;
    fixture.buy("good", PURCHASE).await;
    let mut batch: Vec<Value> = unreadable().into_iter().chain(foreign()).collect();
    // Lower numbers of records that can never be done hold up nothing.
    batch.insert(0, record("PROFILE#", PURCHASE, 1));
    batch.push(record("PROFILE#good", PURCHASE, 2));
    batch.push(record("PROFILE#bad", PURCHASE, 4));
    batch.push(record("PROFILE#bad", "PROFILE", 3));
    let payload = json!({"Records": batch});
    let failures = fixture
        .handle_until(fixture.failing(), payload, in_a_minute())
        .await;
    assert_eq!(failures.unwrap(), ["3"]);
    assert_eq!(fixture.purchases("good").await.as_deref(), Some("1"));
}

/// Only the keys have to be readable.
#[tokio::test]
async fn whatever_else_a_record_says_its_keys_are_enough() {
    let fixture = Fixture::open().await;
    let odd = [
        json!(null),
        json!(""),
        json!(-1),
        json!(1e300),
        json!("x"),
        json!([1]),
        json!({"S": "1"}),
    ];
    let mut batch = Vec::new();
    for (number, value) in odd.iter().enumerate() {
        for name in [
            "SequenceNumber",
            "ApproximateCreationDateTime",
            "SizeBytes",
            "StreamViewType",
            "NewImage",
        ] {
            let profile = format!("p{number}.{name}");
            fixture.buy(&profile, PURCHASE).await;
            let mut record = record(&format!("PROFILE#{profile}"), PURCHASE, 7);
            record["dynamodb"][name] = value.clone();
            record["eventName"] = value.clone();
            batch.push(record);
        }
    }
    let mut bare = record("PROFILE#bare", PURCHASE, 7);
    fixture.buy("bare", PURCHASE).await;
    bare = json!({"dynamodb": {"Keys": bare["dynamodb"]["Keys"]}});
    batch.push(bare);
    let records = batch.len();
    assert_eq!(fixture.handle(batch).await, [""; 0]);
    assert_eq!(fixture.metrics()["ProfilesRecalculated"], records);
}

/// A key that DynamoDB could not have stored fails alone, and goes to the queue once it is old.
#[tokio::test]
async fn a_key_longer_than_dynamodb_has_holds_up_nobody() {
    let fixture = Fixture::open().await;
    fixture.buy("good", PURCHASE).await;
    let mut endless = record("PROFILE#endless", &format!("TXN#{}", "x".repeat(4_096)), 1);
    let batch = vec![endless.clone(), record("PROFILE#good", PURCHASE, 2)];
    // The embedded DynamoDB finds nothing under such a key; the real one refuses to look.
    let failures = fixture.handle(batch).await;
    assert!(failures.is_empty() || failures == ["1"], "{failures:?}");
    assert_eq!(fixture.purchases("good").await.as_deref(), Some("1"));
    endless["dynamodb"]["ApproximateCreationDateTime"] = json!(1);
    assert_eq!(fixture.handle(vec![endless]).await, [""; 0]);
}
