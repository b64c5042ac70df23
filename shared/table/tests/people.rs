//! Forgetting a profile, and merging two: whatever happens in between, nobody is without a purchase.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::Utc;
use futures::{FutureExt, StreamExt, stream};
use table::{Forgotten, Merged, ProfileId, Settings, Table, forget, merge, rebuild};
use test_support::{Engine, TABLE, answer, body, hooked_client, hooked_client_of, operation};

/// More requests than a merge takes, and tables that are crashed at side by side.
const REQUESTS: usize = 30;
const SIDE_BY_SIDE: usize = 10;

type Attributes = HashMap<String, AttributeValue>;
type Items = BTreeMap<String, Attributes>;

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: &str) -> AttributeValue {
    AttributeValue::N(number.to_owned())
}

fn flag(flag: bool) -> AttributeValue {
    AttributeValue::Bool(flag)
}

fn id(id: &str) -> ProfileId {
    ProfileId::parse(id).unwrap()
}

/// A purchase at a time of one day.
fn purchase(time: &str) -> String {
    format!("TXN#2026-01-15T{time}Z#order-{time}")
}

struct Shop {
    engine: Engine,
    table: Table,
}

impl Shop {
    async fn open() -> Self {
        let engine = Engine::start().await;
        let table = Table::new(engine.client(), TABLE);
        Self { engine, table }
    }

    async fn put(&self, profile: &str, sk: &str, attributes: &[(&str, AttributeValue)]) {
        let own = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let mut item: Attributes = own.collect();
        item.insert("pk".to_owned(), text(&format!("PROFILE#{profile}")));
        item.insert("sk".to_owned(), text(sk));
        let put = self.engine.client().put_item().table_name(TABLE);
        put.set_item(Some(item)).send().await.unwrap();
    }

    async fn buy(&self, profile: &str, time: &str, total: &str) {
        self.put(profile, &purchase(time), &[("total", number(total))])
            .await;
    }

    async fn calculate(&self, profile: &str) {
        rebuild(&self.table, &Settings::default(), &id(profile), Utc::now)
            .await
            .unwrap();
    }

    /// Everything that is stored of a profile, without the keys, by sort key.
    async fn stored(&self, profile: &str) -> Items {
        let query = self
            .engine
            .client()
            .query()
            .table_name(TABLE)
            .consistent_read(true);
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", text(&format!("PROFILE#{profile}")));
        let items = query.into_paginator().items().send();
        let items: Vec<Attributes> = items.collect::<Result<_, _>>().await.unwrap();
        let keyed = items.into_iter().map(|mut item| {
            item.remove("pk");
            let Some(AttributeValue::S(sk)) = item.remove("sk") else {
                panic!("no sort key");
            };
            (sk, item)
        });
        keyed.collect()
    }

    async fn merge(&self, from: &str, into: &str) -> Merged {
        let settings = Settings::default();
        merge(&self.table, &settings, &id(from), &id(into))
            .await
            .unwrap()
    }

    /// A table whose client fails from the request with this number on, as if the process had ended there.
    fn crashing(&self, requests: usize) -> Table {
        let config = self.engine.config().retry_config(RetryConfig::disabled());
        let client = hooked_client_of(
            config,
            Arc::new(move |number, _| {
                async move { (number >= requests).then(|| answer(400, "{}")) }.boxed()
            }),
        );
        Table::new(client, TABLE)
    }
}

/// Two records of one person.
async fn two_records() -> Shop {
    let shop = Shop::open().await;
    for time in ["10:00:00", "11:00:00", "12:00:00"] {
        shop.buy("guest", time, "5").await;
    }
    shop.buy("ada", "12:00:00", "5").await;
    shop.buy("ada", "13:00:00", "7").await;
    shop.put("guest", "NOTE", &[("text", text("a friend of the house"))])
        .await;
    let guest = [
        ("joined_at", text("2024-01-01 10:00:00")),
        ("joined_location_id", text("1")),
        ("preferred_location_id", text("2")),
        ("nickname", text("A")),
    ];
    shop.put("guest", "PROFILE", &guest).await;
    let ada = [
        ("joined_at", text("2025-01-01 10:00:00")),
        ("joined_location_id", text("3")),
        ("preferred_location_id", text("4")),
    ];
    shop.put("ada", "PROFILE", &ada).await;
    let home = |iso: &str, is_default| [("iso", text(iso)), ("is_default", flag(is_default))];
    shop.put("guest", "ADDRESS#home", &home("NZ", true)).await;
    shop.put("guest", "ADDRESS#work", &home("AU", false)).await;
    shop.put("guest", "ADDRESS#post", &home("AU", false)).await;
    shop.put("ada", "ADDRESS#home", &home("AU", true)).await;
    shop.put("ada", "ADDRESS#post", &home("AU", false)).await;
    shop.calculate("guest").await;
    shop.calculate("ada").await;
    shop
}

/// What the two records come to under the one id.
async fn assert_merged(shop: &Shop) {
    assert_eq!(shop.stored("guest").await, Items::new());
    let mut ada = shop.stored("ada").await;
    ada.remove("AGG");
    let item = |attributes: &[(&str, AttributeValue)]| -> Attributes {
        let own = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        own.collect()
    };
    let home =
        |iso: &str, is_default| item(&[("iso", text(iso)), ("is_default", flag(is_default))]);
    let expected = Items::from([
        (purchase("10:00:00"), item(&[("total", number("5"))])),
        (purchase("11:00:00"), item(&[("total", number("5"))])),
        (purchase("12:00:00"), item(&[("total", number("5"))])),
        (purchase("13:00:00"), item(&[("total", number("7"))])),
        (
            "NOTE".to_owned(),
            item(&[("text", text("a friend of the house"))]),
        ),
        ("ADDRESS#home".to_owned(), home("AU", true)),
        ("ADDRESS#home-2".to_owned(), home("NZ", false)),
        ("ADDRESS#work".to_owned(), home("AU", false)),
        ("ADDRESS#post".to_owned(), home("AU", false)),
        (
            "PROFILE".to_owned(),
            item(&[
                ("joined_at", text("2024-01-01 10:00:00")),
                ("joined_location_id", text("1")),
                ("preferred_location_id", text("4")),
                ("nickname", text("A")),
            ]),
        ),
    ]);
    assert_eq!(ada, expected);
}

#[tokio::test]
async fn a_merge_moves_everything_and_again_changes_nothing() {
    let shop = two_records().await;
    let left = Vec::new();
    assert_eq!(
        shop.merge("guest", "ada").await,
        Merged::Done {
            moved: 6,
            alike: 2,
            left: left.clone()
        }
    );
    assert_merged(&shop).await;
    assert_eq!(
        shop.merge("guest", "ada").await,
        Merged::Done {
            moved: 0,
            alike: 0,
            left
        }
    );
    assert_merged(&shop).await;
}

#[tokio::test]
async fn a_merge_that_crashes_anywhere_leaves_nobody_without_a_purchase_and_can_be_repeated() {
    let times = ["10:00:00", "11:00:00", "12:00:00", "13:00:00"];
    let all: BTreeSet<String> = times.into_iter().map(purchase).collect();
    let crashed = stream::iter(0..REQUESTS).map(|requests| {
        let all = &all;
        async move {
            let shop = two_records().await;
            let (settings, guest, ada) = (Settings::default(), id("guest"), id("ada"));
            let crashed = merge(&shop.crashing(requests), &settings, &guest, &ada).await;
            let (guest, ada) = (shop.stored("guest").await, shop.stored("ada").await);
            let stored: BTreeSet<String> = guest.into_keys().chain(ada.into_keys()).collect();
            assert!(stored.is_superset(all), "{requests}: {stored:?}");
            let done = shop.merge("guest", "ada").await;
            assert!(matches!(done, Merged::Done { .. }), "{requests}: {done:?}");
            assert_merged(&shop).await;
            crashed.is_err()
        }
    });
    let crashed: Vec<bool> = crashed.buffered(SIDE_BY_SIDE).collect().await;
    // Two looks, six puts, eight deletions, and those of the derived item; then there is nothing left to crash.
    assert!(
        crashed.iter().filter(|crashed| **crashed).count() > 16,
        "{crashed:?}"
    );
    assert_eq!(crashed.last(), Some(&false));
}

#[tokio::test]
async fn merges_in_opposite_directions_at_once_lose_nothing() {
    let all: BTreeSet<String> = ["10:00:00", "11:00:00", "12:00:00", "13:00:00"]
        .into_iter()
        .map(purchase)
        .collect();
    for _ in 0..5 {
        let shop = two_records().await;
        let settings = Settings::default();
        let (guest, ada) = (id("guest"), id("ada"));
        let (one, other) = tokio::join!(
            merge(&shop.table, &settings, &guest, &ada),
            merge(&shop.table, &settings, &ada, &guest)
        );
        let (guest, ada) = (shop.stored("guest").await, shop.stored("ada").await);
        let stored: BTreeSet<String> = guest.into_keys().chain(ada.into_keys()).collect();
        assert!(stored.is_superset(&all), "{one:?} {other:?}: {stored:?}");
    }
}

#[tokio::test]
async fn a_join_without_a_date_that_can_be_read_is_not_replaced() {
    let shop = Shop::open().await;
    for (from, into, expected) in [
        // Nothing is known of the join but its place.
        (
            vec![("joined_at", "2024-01-01 10:00:00")],
            vec![("joined_location_id", "5")],
            ["2024-01-01 10:00:00", "5"],
        ),
        (
            vec![
                ("joined_at", "2024-01-01 10:00:00"),
                ("joined_location_id", "6"),
            ],
            vec![("joined_location_id", "5")],
            ["2024-01-01 10:00:00", "6"],
        ),
        // One that its writer can still correct.
        (
            vec![
                ("joined_at", "2026-01-01 10:00:00"),
                ("joined_location_id", "6"),
            ],
            vec![("joined_at", "2019-03-01"), ("joined_location_id", "5")],
            ["2019-03-01", "5"],
        ),
    ] {
        for (profile, attributes) in [("from", from), ("into", into)] {
            let attributes: Vec<_> = attributes
                .into_iter()
                .map(|(name, value)| (name, text(value)))
                .collect();
            shop.put(profile, "PROFILE", &attributes).await;
        }
        shop.merge("from", "into").await;
        let into = shop.stored("into").await;
        let [joined_at, location] = expected.map(text);
        assert_eq!(into["PROFILE"]["joined_at"], joined_at);
        assert_eq!(into["PROFILE"]["joined_location_id"], location);
    }
}

#[tokio::test]
async fn different_items_under_one_key_are_named_and_nothing_is_written() {
    let shop = two_records().await;
    shop.buy("guest", "13:00:00", "9").await;
    shop.put("ada", "NOTE", &[]).await;
    let before = (shop.stored("guest").await, shop.stored("ada").await);
    let keys = vec!["NOTE".to_owned(), purchase("13:00:00")];
    let conflicts = Merged::Conflicts { keys, moved: 0 };
    assert_eq!(shop.merge("guest", "ada").await, conflicts);
    assert_eq!(
        (shop.stored("guest").await, shop.stored("ada").await),
        before
    );
}

#[tokio::test]
async fn who_has_nothing_gets_everything_as_it_is() {
    let shop = two_records().await;
    let mut before = shop.stored("guest").await;
    before.remove("AGG");
    shop.merge("guest", "new").await;
    assert_eq!(shop.stored("new").await, before);
    assert_eq!(shop.stored("guest").await, Items::new());
}

#[tokio::test]
async fn what_is_written_in_the_meantime_is_neither_overwritten_nor_deleted() {
    let shop = Arc::new(two_records().await);
    // Just before the first deletion somebody corrects a purchase and adds one.
    let writer = Arc::clone(&shop);
    let client = hooked_client(
        &shop.engine,
        Arc::new(move |_, request| {
            let is_it =
                operation(request) == "TransactWriteItems" && body(request).contains("10:00:00");
            let writer = Arc::clone(&writer);
            async move {
                if is_it {
                    writer.buy("guest", "10:00:00", "6").await;
                    writer.buy("guest", "14:00:00", "8").await;
                    let void = [("total", number("5")), ("is_void", flag(true))];
                    writer.put("guest", &purchase("11:00:00"), &void).await;
                }
                None
            }
            .boxed()
        }),
    );
    let settings = Settings::default();
    let table = Table::new(client, TABLE);
    let merged = merge(&table, &settings, &id("guest"), &id("ada"))
        .await
        .unwrap();
    let Merged::Done { left, .. } = merged else {
        panic!("{merged:?}");
    };
    let keys: Vec<&String> = left.iter().filter(|key| key.starts_with("TXN#")).collect();
    let expected = ["10:00:00", "11:00:00", "14:00:00"].map(purchase);
    assert_eq!(keys, expected.each_ref());
    let guest = shop.stored("guest").await;
    assert_eq!(guest[&purchase("10:00:00")]["total"], number("6"));

    // Just before a put somebody writes what would be overwritten.
    let writer = Arc::clone(&shop);
    let client = hooked_client(
        &shop.engine,
        Arc::new(move |_, request| {
            let is_it = operation(request) == "PutItem" && body(request).contains("14:00:00");
            let writer = Arc::clone(&writer);
            async move {
                if is_it {
                    writer.buy("ada", "14:00:00", "9").await;
                }
                None
            }
            .boxed()
        }),
    );
    for time in ["10:00:00", "11:00:00"] {
        let delete = shop.engine.client().delete_item().table_name(TABLE);
        let delete = delete
            .key("pk", text("PROFILE#guest"))
            .key("sk", text(&purchase(time)));
        delete.send().await.unwrap();
    }
    let table = Table::new(client, TABLE);
    let merged = merge(&table, &settings, &id("guest"), &id("ada"))
        .await
        .unwrap();
    let keys = vec![purchase("14:00:00")];
    assert_eq!(merged, Merged::Conflicts { keys, moved: 0 });
    let ada = shop.stored("ada").await;
    assert_eq!(ada[&purchase("14:00:00")]["total"], number("9"));
}

#[tokio::test]
async fn a_profile_is_forgotten_whatever_crashes() {
    let crashed = stream::iter(0..REQUESTS / 2).map(|requests| async move {
        let (shop, settings, guest) = (two_records().await, Settings::default(), id("guest"));
        let crashed = forget(&shop.crashing(requests), &settings, &guest).await;
        let forgotten = forget(&shop.table, &settings, &guest).await.unwrap();
        assert_eq!(forgotten.left, Vec::<String>::new());
        assert_eq!(shop.stored("guest").await, Items::new());
        assert_eq!(shop.stored("ada").await.len(), 6);
        crashed.is_err()
    });
    let crashed: Vec<bool> = crashed.buffered(SIDE_BY_SIDE).collect().await;
    assert!(
        crashed.iter().filter(|crashed| **crashed).count() > 4,
        "{crashed:?}"
    );
    assert_eq!(crashed.last(), Some(&false));
}

#[tokio::test]
async fn what_is_left_of_a_forgotten_profile_is_named() {
    let shop = Arc::new(two_records().await);
    for number in 0..60 {
        shop.put("guest", &format!("TXN#2026-02-01T10:00:00Z#{number}"), &[])
            .await;
    }
    let writer = Arc::clone(&shop);
    let client = hooked_client(
        &shop.engine,
        Arc::new(move |number, _| {
            let writer = Arc::clone(&writer);
            async move {
                if number == 2 {
                    writer.buy("guest", "15:00:00", "1").await;
                }
                None
            }
            .boxed()
        }),
    );
    let table = Table::new(client, TABLE);
    let forgotten = forget(&table, &Settings::default(), &id("guest"))
        .await
        .unwrap();
    let left = forgotten.left.iter().filter(|key| *key != "AGG");
    assert_eq!(left.collect::<Vec<_>>(), [&purchase("15:00:00")]);
    assert_eq!(forgotten.deleted, 68);

    let nobody = forget(&shop.table, &Settings::default(), &id("nobody"))
        .await
        .unwrap();
    assert_eq!(
        nobody,
        Forgotten {
            deleted: 0,
            left: Vec::new()
        }
    );
}
