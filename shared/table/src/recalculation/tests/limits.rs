//! What happens at DynamoDB's limits: nothing is lost once the cause is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::*;
use super::{Fixture, item, parts, sort_key};
use crate::derived::StoredLedger;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use calculation::{Currency, Locations, Value, evaluate};
use test_support::{TABLE, answer, attribute, hooked_client, operation};

use crate::keys::keyed_item;

/// A list of lines, each with a brand of 256 bytes that no other number has.
fn lines(numbers: std::ops::Range<usize>) -> (&'static str, Value) {
    let line = |number| Value::Map(item(&[("brand", Value::Text(format!("{number:0>256}")))]));
    ("items", Value::List(numbers.map(line).collect()))
}

fn total(text: &str) -> (&'static str, Value) {
    ("total", Value::Number(text.into()))
}

/// The net total of what is stored, as a reader sees it.
async fn spend_all(fixture: &Fixture) -> Option<String> {
    let derived = fixture
        .table
        .derived(&fixture.profile, Consistency::Eventual)
        .await
        .unwrap()?;
    let StoredLedger::Usable(ledger) = derived.ledger else {
        return None;
    };
    let today = Utc::now().date_naive();
    let locations = Locations::new();
    let document = evaluate(&ledger, "p", today, &locations).unwrap()?;
    Some(document.spend_all.to_string())
}

async fn incomplete(fixture: &Fixture) -> Option<String> {
    let derived = fixture
        .table
        .derived(&fixture.profile, Consistency::Strong)
        .await
        .unwrap();
    derived?.incomplete
}

#[tokio::test]
async fn nothing_is_lost_when_a_profile_was_too_large_for_a_while() {
    let fixture = Fixture::open().await;
    for number in 0..7 {
        let key = format!("TXN#2026-01-01T10:00:00Z#{number}");
        let brands = lines(number * 100..(number + 1) * 100);
        fixture.put(&key, &[total("1"), brands]).await;
    }
    let first = "TXN#2026-01-01T10:00:00Z#0";
    fixture.recalculate(&[first]).await.unwrap();
    assert_eq!(spend_all(&fixture).await.as_deref(), Some("7"));

    // In one batch three with too many brands, and an ordinary one.
    let large = [0, 1, 2].map(|number| format!("TXN#2026-01-02T10:00:00Z#{number}"));
    let ordinary = "TXN#2026-01-03T10:00:00Z#a";
    let mut items: Vec<(&str, Vec<_>)> = large
        .iter()
        .zip([1_000, 1_350, 1_700])
        .map(|(key, from)| (key.as_str(), vec![total("10"), lines(from..from + 350)]))
        .collect();
    items.push((ordinary, vec![total("500")]));
    let puts = items.iter().map(|(key, attributes)| {
        let mut stored = item(attributes);
        stored.extend(keyed_item(&fixture.profile.partition(), sort_key(key)));
        let stored = stored
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect();
        let put = PutRequest::builder().set_item(Some(stored));
        WriteRequest::builder()
            .put_request(put.build().unwrap())
            .build()
    });
    let batch = fixture.engine.client().batch_write_item();
    batch
        .request_items(TABLE, puts.collect())
        .send()
        .await
        .unwrap();
    let before = fixture.derived().await.unwrap();
    let outcome = fixture.recalculate(&[&large[0], ordinary]).await.unwrap();
    assert_eq!(outcome.written, Written::Incomplete);
    // The last good document stays under a fresh version, and says so.
    let mut after = fixture.derived().await.unwrap();
    assert_eq!(
        after.remove("incomplete"),
        Some(AttributeValue::S("too large".into()))
    );
    assert_ne!(after["version"], before["version"]);
    after.insert("version".into(), before["version"].clone());
    assert_eq!(after, before);

    // What comes while it is too large is not lost either.
    let later = "TXN#2026-01-04T10:00:00Z#a";
    fixture.buy(later, "30").await;
    let outcome = fixture.recalculate(&[later]).await.unwrap();
    assert_eq!(outcome.written, Written::Incomplete);
    assert_eq!(spend_all(&fixture).await.as_deref(), Some("7"));

    for key in &large {
        fixture.delete(key).await;
    }
    let outcome = fixture.recalculate(&[&large[0]]).await.unwrap();
    assert_eq!(outcome.written, Written::Put);
    assert_eq!(spend_all(&fixture).await.as_deref(), Some("537"));
    assert_eq!(incomplete(&fixture).await, None);
    fixture.assert_exact().await;
}

#[tokio::test]
async fn a_first_calculation_that_is_too_large_says_so_and_is_made_good() {
    let fixture = Fixture::open().await;
    let keys = [0, 1].map(|number| format!("TXN#2026-01-01T10:00:00Z#{number}"));
    for (number, key) in keys.iter().enumerate() {
        fixture
            .put(
                key,
                &[total("1"), lines(number * 1_000..number * 1_000 + 900)],
            )
            .await;
    }
    let outcome = fixture.recalculate(&[&keys[0]]).await.unwrap();
    assert_eq!(outcome.written, Written::Incomplete);
    assert_eq!(spend_all(&fixture).await, None);
    assert_eq!(incomplete(&fixture).await.as_deref(), Some("too large"));
    fixture.delete(&keys[0]).await;
    fixture.recalculate(&[&keys[0]]).await.unwrap();
    assert_eq!(spend_all(&fixture).await.as_deref(), Some("1"));
    assert_eq!(incomplete(&fixture).await, None);
    // And when everything goes while it is too large.
    fixture.put(&keys[0], &[total("1"), lines(0..900)]).await;
    fixture.recalculate(&[&keys[0]]).await.unwrap();
    for key in &keys {
        fixture.delete(key).await;
    }
    let outcome = fixture.recalculate(&[&keys[0]]).await.unwrap();
    assert_eq!(outcome.written, Written::Deleted);
    assert_eq!(fixture.derived().await, None);
}

/// An item just within the limit must leave room for saying that its next one is not.
#[tokio::test]
async fn an_item_at_the_limit_can_still_be_marked() {
    let fixture = Fixture::open().await;
    let key = |number: usize| format!("TXN#2026-01-01T10:00:00Z#{number:04}");
    let mut written = Written::Put;
    fixture.put(&key(0), &[total("1"), lines(0..1_300)]).await;
    fixture
        .put(&key(1), &[total("1"), lines(1_300..1_560)])
        .await;
    assert_eq!(
        fixture.recalculate(&[&key(0)]).await.unwrap().written,
        written
    );
    // A brand more at a time, each a little shorter, until the item is full.
    for number in 2.. {
        if written == Written::Incomplete {
            break;
        }
        let brand = Value::Text(format!("{number:x>60}"));
        let line = Value::Map(item(&[("brand", brand)]));
        let lines = ("items", Value::List(vec![line]));
        fixture.put(&key(number), &[total("1"), lines]).await;
        written = fixture.recalculate(&[&key(number)]).await.unwrap().written;
        assert!(number < 200, "the item never got full");
    }
    assert_eq!(incomplete(&fixture).await.as_deref(), Some("too large"));
}

#[tokio::test]
async fn thousands_of_keys_without_a_date_take_little_and_hide_nothing() {
    let fixture = Fixture::open().await;
    let key = |number: usize| format!("TXN#soon-{number:05}{}", "x".repeat(150));
    let good = "TXN#2026-01-01T10:00:00Z#a";
    fixture.buy(good, "5").await;
    for number in 0..1_500 {
        fixture.buy(&key(number), "1").await;
    }
    let outcome = fixture.recalculate(&[good]).await.unwrap();
    assert_eq!(outcome.set_aside, 1_000);
    let derived = fixture.derived().await.unwrap();
    assert_eq!(derived["set_aside_count"], AttributeValue::N("1000".into()));
    assert_eq!(derived["set_aside_more"], AttributeValue::Bool(true));
    let listed = derived["set_aside"].as_l().unwrap();
    assert_eq!(listed.len(), 100);
    let longest = listed
        .iter()
        .map(|entry| entry.as_m().unwrap()["key"].as_s().unwrap().len());
    assert_eq!(longest.max(), Some(128));
    let bytes = crate::size::item_size(&derived);
    assert!(bytes < 40 * 1024, "{bytes} bytes");

    // Those that were counted go; then the others are.
    let known: Vec<String> = (0..1_000).map(key).collect();
    for key in &known {
        fixture.delete(key).await;
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    assert_eq!(fixture.recalculate(&known).await.unwrap().set_aside, 500);
    fixture.assert_exact().await;
    for number in 1_000..1_500 {
        fixture.delete(&key(number)).await;
    }
    fixture.delete(good).await;
    let rest: Vec<String> = (1_000..1_500).map(key).collect();
    let mut rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    rest.push(good);
    assert_eq!(
        fixture.recalculate(&rest).await.unwrap().written,
        Written::Deleted
    );
}

#[tokio::test]
async fn a_derived_item_of_another_profile_is_never_built_on() {
    let fixture = Fixture::open().await;
    fixture.buy("TXN#2026-01-01T10:00:00Z#a", "7").await;
    fixture.recalculate(&["PROFILE"]).await.unwrap();
    let mut copy = fixture.derived().await.unwrap();

    let mut other = Fixture::open().await;
    other.profile = ProfileId::parse("other").unwrap();
    copy.extend(crate::keys::key(
        &other.profile.partition(),
        crate::keys::SortKey::Derived,
    ));
    let put = other.engine.client().put_item().table_name(TABLE);
    put.set_item(Some(copy)).send().await.unwrap();
    let stored = other
        .table
        .derived(&other.profile, Consistency::Strong)
        .await;
    assert!(matches!(
        stored.unwrap().unwrap().ledger,
        StoredLedger::Unusable(_)
    ));
    let key = "TXN#2026-01-02T10:00:00Z#b";
    other.buy(key, "1").await;
    other.recalculate(&[key]).await.unwrap();
    assert_eq!(
        other.derived().await.unwrap()["spend_all"],
        AttributeValue::N("1".into())
    );
}

#[tokio::test]
async fn another_currency_of_the_deployment_reads_everything() {
    let fixture = Fixture::open().await;
    let euros = |total: &str, converted: Option<&str>| {
        let mut attributes = vec![
            ("total", Value::Number(total.into())),
            ("currency", Value::Text("EUR".into())),
        ];
        attributes.extend(converted.map(|text| ("total_converted", Value::Number(text.into()))));
        attributes
    };
    let (first, second) = ("TXN#2026-01-01T10:00:00Z#a", "TXN#2026-01-02T10:00:00Z#b");
    fixture.put(first, &euros("10", Some("16"))).await;
    fixture.put(second, &euros("20", None)).await;
    let recalculate = async |currency: &str| {
        let settings = Settings {
            currency: Currency::parse(currency),
            ..Settings::default()
        };
        // Only one of the dates is said to have changed.
        let changed = parts(&[second]);
        let outcome = recalculate(
            &fixture.table,
            &settings,
            &fixture.profile,
            &changed,
            Utc::now,
        )
        .await
        .unwrap();
        (spend_all(&fixture).await.unwrap(), outcome.set_aside)
    };
    assert_eq!(recalculate("").await, ("30".into(), 0));
    assert_eq!(recalculate("AUD").await, ("16".into(), 1));
    assert_eq!(recalculate("EUR").await, ("30".into(), 0));
}

/// Recalculates `key` while DynamoDB refuses some puts, counted from 0, with an error of this type and message.
async fn recalculate_refused(
    fixture: &Fixture,
    key: &str,
    refused: std::ops::Range<usize>,
    (kind, message): (&str, &str),
) -> Outcome {
    let body = format!(r#"{{"__type":"{kind}","message":"{message}"}}"#);
    let puts = AtomicUsize::new(0);
    let client = hooked_client(
        &fixture.engine,
        Arc::new(move |_, request| {
            let is_refused = operation(request) == "PutItem"
                && refused.contains(&puts.fetch_add(1, Ordering::SeqCst));
            let refusal = is_refused.then(|| answer(400, body.clone()));
            Box::pin(async move { refusal })
        }),
    );
    let table = Table::new(client, TABLE);
    let settings = Settings::default();
    let changed = parts(&[key]);
    let outcome = recalculate(&table, &settings, &fixture.profile, &changed, Utc::now);
    outcome.await.unwrap()
}

#[tokio::test]
async fn a_put_that_a_transaction_holds_up_is_a_lost_race() {
    let fixture = Fixture::open().await;
    let key = "TXN#2026-01-01T10:00:00Z#a";
    fixture.buy(key, "1").await;
    let conflict = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
    let outcome = recalculate_refused(&fixture, key, 0..2, (conflict, "")).await;
    assert_eq!(outcome.lost_races, 2);
    fixture.assert_exact().await;
}

/// DynamoDB measures an item by itself; should it find one too large that we did not, nothing is lost either.
#[tokio::test]
async fn an_item_that_dynamodb_refuses_for_its_size_is_incomplete() {
    let fixture = Fixture::open().await;
    let key = "TXN#2026-01-01T10:00:00Z#a";
    fixture.buy(key, "1").await;
    let invalid = "com.amazon.coral.validate#ValidationException";
    let message = "Item size has exceeded the maximum allowed size";
    // The empty item is put, the calculated one refused.
    let outcome = recalculate_refused(&fixture, key, 1..2, (invalid, message)).await;
    assert_eq!(outcome.written, Written::Incomplete);
    fixture.recalculate(&[key]).await.unwrap();
    fixture.assert_exact().await;
}

#[tokio::test]
async fn a_try_reads_no_more_items_than_the_settings_allow() {
    let fixture = Fixture::open().await;
    let days: Vec<String> = (1..=3)
        .flat_map(|day| (0..4).map(move |n| format!("TXN#2026-01-0{day}T10:00:00Z#{n}")))
        .collect();
    for key in &days {
        fixture.buy(key, "1").await;
    }
    let (table, profile) = (&fixture.table, &fixture.profile);
    let of = |max_items| Settings {
        max_items: Some(max_items),
        ..Settings::default()
    };
    // Everything, since there is no ledger yet: twelve purchases, and the empty derived item.
    let first = parts(&[&days[0]]);
    let too_many = recalculate(table, &of(12), profile, &first, Utc::now).await;
    assert!(matches!(too_many, Err(TableError::TooManyItems(12))));
    recalculate(table, &of(13), profile, &first, Utc::now)
        .await
        .unwrap();
    // The items of all parts together.
    let two = parts(&[&days[0], &days[4]]);
    let too_many = recalculate(table, &of(7), profile, &two, Utc::now).await;
    assert!(matches!(too_many, Err(TableError::TooManyItems(7))));
    recalculate(table, &of(8), profile, &two, Utc::now)
        .await
        .unwrap();
    let too_many = rebuild(table, &of(12), profile, Utc::now).await;
    assert!(matches!(too_many, Err(TableError::TooManyItems(12))));
    fixture.assert_exact().await;
}

#[tokio::test]
async fn a_rebuild_takes_up_what_no_stream_told() {
    let fixture = Fixture::open().await;
    let told = "TXN#2026-01-01T10:00:00Z#a";
    fixture.buy(told, "1").await;
    fixture.recalculate(&[told]).await.unwrap();
    fixture.buy("TXN#2026-01-02T10:00:00Z#b", "2").await;
    fixture.delete(told).await;
    let (table, profile) = (&fixture.table, &fixture.profile);
    let settings = Settings::default();
    let outcome = rebuild(table, &settings, profile, Utc::now).await.unwrap();
    assert_eq!(outcome.written, Written::Put);
    fixture.assert_exact().await;
    fixture.delete("TXN#2026-01-02T10:00:00Z#b").await;
    let outcome = rebuild(table, &settings, profile, Utc::now).await.unwrap();
    assert_eq!(outcome.written, Written::Deleted);
    fixture.assert_exact().await;
}

#[tokio::test]
async fn only_what_was_not_set_aside_before_is_newly_so() {
    let fixture = Fixture::open().await;
    let key = |n: u32| format!("TXN#2026-01-01T10:00:00Z#{n}");
    let mut newly = Vec::new();
    for n in 0..3 {
        fixture.put(&key(n), &[]).await;
        let outcome = fixture.recalculate(&[&key(n)]).await.unwrap();
        newly.push((outcome.set_aside, outcome.newly_set_aside));
    }
    // One is corrected while another one comes.
    fixture.buy(&key(0), "1").await;
    fixture.put(&key(3), &[]).await;
    let outcome = fixture.recalculate(&[&key(0)]).await.unwrap();
    newly.push((outcome.set_aside, outcome.newly_set_aside));
    fixture.buy(&key(4), "1").await;
    let outcome = fixture.recalculate(&[&key(4)]).await.unwrap();
    newly.push((outcome.set_aside, outcome.newly_set_aside));
    // More than are listed.
    let many: Vec<_> = (5..150).map(key).collect();
    for key in &many {
        fixture.put(key, &[]).await;
    }
    let outcome = fixture.recalculate(&[&many[0]]).await.unwrap();
    newly.push((outcome.set_aside, outcome.newly_set_aside));
    assert_eq!(newly, [(1, 1), (2, 1), (3, 1), (3, 1), (3, 0), (148, 145)]);
}
