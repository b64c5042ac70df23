//! What a writer of the table and a caller of the API rely on.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Value};
use golden_cases::{cases, compact};
use local_stack::{Envelope, Options};
use serde_json::json;

use crate::system::System;

const ADA: &str = "PROFILE#ada";
const FIRST: &str = "TXN#2026-01-01T10:00:00Z#1";

#[tokio::test]
async fn the_sample_shop_serves_the_sources_example() {
    let system = System::open_with(Options {
        sample: true,
        ..Options::default()
    })
    .await;
    let example = cases()
        .into_iter()
        .find(|case| case.name == "source-example")
        .unwrap();
    // No waiting: the sample is calculated when the stack has started.
    let path = "/profiles/922fafaf-1115-2221-a33-fed3333397/aggregations?as_of=2020-12-08";
    let (status, body) = system.ask_now(path).await;
    assert_eq!(
        (status, body),
        (200, compact(example.expected.body.unwrap().get()))
    );
}

#[tokio::test]
async fn figures_follow_every_put_edit_and_deletion() {
    let system = System::open().await;
    system.buy(ADA, FIRST, "10").await;
    system.buy(ADA, "TXN#2026-01-05T10:00:00Z#2", "0.3").await;
    let document = system.document("ada", "2026-02-01").await;
    assert_eq!(
        (&document["spend_all"], &document["shop_count"]),
        (&json!(10.3), &json!(2))
    );
    // A backdated purchase, a return, an edit.
    system.buy(ADA, "TXN#2025-12-01T10:00:00Z#3", "5").await;
    system.buy(ADA, "TXN#2026-01-06T10:00:00Z#4", "-10").await;
    system.buy(ADA, FIRST, "12").await;
    let document = system.document("ada", "2026-02-01").await;
    assert_eq!(
        (&document["spend_all"], &document["shop_count"]),
        (&json!(7.3), &json!(3))
    );
    assert_eq!(document["spend_first_date"], "2025-12-01 10:00:00");
    let before = system.document("ada", "2026-01-03").await;
    assert_eq!(before["spend_all"], json!(17));
    // Void, deleted, moved.
    system
        .write(
            ADA,
            "TXN#2025-12-01T10:00:00Z#3",
            &[("is_void", Value::Bool(true))],
        )
        .await;
    system.delete(ADA, "TXN#2026-01-06T10:00:00Z#4").await;
    system.delete(ADA, FIRST).await;
    system.buy(ADA, "TXN#2026-01-02T10:00:00Z#1", "12").await;
    let document = system.document("ada", "2026-02-01").await;
    assert_eq!(
        (&document["spend_all"], &document["shop_count"]),
        (&json!(12.3), &json!(2))
    );
    assert_eq!(document["spend_first_date"], "2026-01-02 10:00:00");
}

#[tokio::test]
async fn nothing_is_left_of_a_profile_whose_last_item_goes() {
    let system = System::open().await;
    system.buy(ADA, FIRST, "10").await;
    system
        .write(ADA, "ADDRESS#home", &[("iso", Value::Text("NZ".into()))])
        .await;
    let document = system.document("ada", "2026-02-01").await;
    assert_eq!(document["likely_country"], "NZ");
    system.delete(ADA, FIRST).await;
    assert_eq!(system.ask("/profiles/ada/aggregations").await.0, 404);
    system.delete(ADA, "ADDRESS#home").await;
    assert_eq!(system.ask("/profiles/ada/aggregations").await.0, 404);
    assert_eq!(system.get(ADA, "AGG").await, None);
}

#[tokio::test]
async fn bad_requests_are_named() {
    let system = System::open().await;
    for (path, detail) in [
        (
            "/profiles/a%23b/aggregations",
            "invalid profile id: the character `#` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "/profiles/a%2523b/aggregations",
            "invalid profile id: the character `%` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "/profiles/a%2Fb/aggregations",
            "invalid profile id: the character `/` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "/profiles/ada/aggregations?as_of=2026-13-01",
            "invalid `as_of` date `2026-13-01`: expected `YYYY-MM-DD`",
        ),
        (
            "/profiles/ada/aggregations?as_of=",
            "invalid `as_of` date ``: expected `YYYY-MM-DD`",
        ),
        (
            "/profiles/ada/aggregations?as_of=2026-01-01&as_of=2026-01-02",
            "`as_of` appears 2 times: expected once",
        ),
    ] {
        let (status, body) = system.ask_now(path).await;
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &problem["detail"]),
            (400, &json!(detail)),
            "{path}"
        );
    }
    let (status, body) = system.ask_now("/profiles/nobody/aggregations").await;
    assert_eq!(status, 404);
    assert!(body.contains("no such profile"), "{body}");
}

#[tokio::test]
async fn what_cannot_be_counted_is_set_aside_until_it_is_corrected() {
    let system = System::open().await;
    system.buy(ADA, FIRST, "10").await;
    system
        .write(ADA, "TXN#2026-01-01T11:00:00Z#no-total", &[])
        .await;
    system
        .write(
            ADA,
            "TXN#2026-01-02T11:00:00Z#text",
            &[("total", Value::Text("12".into()))],
        )
        .await;
    system
        .buy(ADA, "TXN#2026-02-30T11:00:00Z#no-date", "7")
        .await;
    let document = system.document("ada", "2026-03-01").await;
    assert_eq!(
        (&document["spend_all"], &document["shop_count"]),
        (&json!(10), &json!(1))
    );
    let derived = system.get(ADA, "AGG").await.unwrap();
    let set_aside: Vec<(&str, &str)> = derived["set_aside"]
        .as_l()
        .unwrap()
        .iter()
        .map(|entry| {
            let entry = entry.as_m().unwrap();
            (
                entry["key"].as_s().unwrap().as_str(),
                entry["reason"].as_s().unwrap().as_str(),
            )
        })
        .collect();
    assert_eq!(
        set_aside,
        [
            ("TXN#2026-01-01T11:00:00Z#no-total", "no total"),
            ("TXN#2026-01-02T11:00:00Z#text", "total is not a number"),
            (
                "TXN#2026-02-30T11:00:00Z#no-date",
                "key has no instant YYYY-MM-DDTHH:MM:SSZ"
            ),
        ]
    );
    system
        .buy(ADA, "TXN#2026-01-01T11:00:00Z#no-total", "1")
        .await;
    system.buy(ADA, "TXN#2026-01-02T11:00:00Z#text", "2").await;
    system.delete(ADA, "TXN#2026-02-30T11:00:00Z#no-date").await;
    let document = system.document("ada", "2026-03-01").await;
    assert_eq!(
        (&document["spend_all"], &document["shop_count"]),
        (&json!(13), &json!(3))
    );
    let derived = system.get(ADA, "AGG").await.unwrap();
    assert!(!derived.contains_key("set_aside") && !derived.contains_key("set_aside_count"));
}

#[tokio::test]
async fn a_damaged_ledger_is_not_served_and_the_next_purchase_mends_it() {
    let system = System::open().await;
    system.buy(ADA, FIRST, "10").await;
    system.document("ada", "2026-02-01").await;
    let good = system.get(ADA, "AGG").await.unwrap();
    let bytes = good["ledger"].as_b().unwrap().as_ref().to_vec();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 4;
    let mut newer = bytes;
    newer[0] = 200;
    for (number, ledger) in [flipped, newer].into_iter().enumerate() {
        let mut item = good.clone();
        item.insert("ledger".into(), AttributeValue::B(Blob::new(ledger)));
        let put = system
            .stack
            .client()
            .put_item()
            .table_name(system.stack.table_name());
        put.set_item(Some(item)).send().await.unwrap();
        assert_eq!(system.ask("/profiles/ada/aggregations").await.0, 503);
        system
            .buy(ADA, &format!("TXN#2026-01-02T10:00:00Z#{number}"), "1")
            .await;
        let document = system.document("ada", "2026-02-01").await;
        assert_eq!(document["spend_all"], json!(11 + number));
    }
}

#[tokio::test]
async fn figures_that_missed_a_record_are_mended_as_the_readme_says() {
    let system = System::open().await;
    system.buy(ADA, FIRST, "10").await;
    system.stack.caught_up().await;
    let behind = system.get(ADA, "AGG").await.unwrap();
    system.buy(ADA, "TXN#2026-01-02T10:00:00Z#2", "1").await;
    system.stack.caught_up().await;
    // As if the second purchase's record had been lost.
    let client = system.stack.client();
    let put = client.put_item().table_name(system.stack.table_name());
    put.set_item(Some(behind)).send().await.unwrap();
    system.buy(ADA, "TXN#2026-01-03T10:00:00Z#3", "100").await;
    let spent = async || system.document("ada", "2026-02-01").await["spend_all"].clone();
    assert_eq!(spent().await, json!(110));

    system.delete(ADA, "AGG").await;
    system.write(ADA, "ADDRESS#repair", &[]).await;
    system.delete(ADA, "ADDRESS#repair").await;
    assert_eq!(spent().await, json!(111));
    // No profile comes to be by it.
    system.write("PROFILE#nobody", "ADDRESS#repair", &[]).await;
    system.delete("PROFILE#nobody", "ADDRESS#repair").await;
    assert_eq!(system.ask("/profiles/nobody/aggregations").await.0, 404);
    assert_eq!(system.get("PROFILE#nobody", "AGG").await, None);
}

#[tokio::test]
async fn other_items_of_the_table_change_nothing_and_stop_nothing() {
    let system = System::open().await;
    for (pk, sk) in [
        ("ORDER#1", "LINE#1"),
        (ADA, "NOTE"),
        ("PROFILE#not an id", FIRST),
        ("PROFILE#", "PROFILE"),
    ] {
        system
            .write(pk, sk, &[("total", Value::Number("1".into()))])
            .await;
    }
    system.buy(ADA, FIRST, "10").await;
    assert_eq!(
        system.document("ada", "2026-02-01").await["spend_all"],
        json!(10)
    );
    assert_eq!(system.get("PROFILE#not an id", "AGG").await, None);
    assert!(system.stack.dead_letters().is_empty());
}

#[tokio::test]
async fn the_envelope_wraps_the_document() {
    let system = System::open_with(Options {
        envelope: Envelope::Data,
        ..Options::default()
    })
    .await;
    system
        .put(&Item::from([
            ("pk".into(), Value::Text(ADA.into())),
            ("sk".into(), Value::Text("PROFILE".into())),
        ]))
        .await;
    let (status, body) = system.ask("/profiles/ada/aggregations").await;
    assert_eq!(status, 200);
    assert!(
        body.starts_with(r#"{"data":{"profile_id":"ada","#),
        "{body}"
    );
}
