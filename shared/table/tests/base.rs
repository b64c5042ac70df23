//! The whole customer base: what is derived is verified and rebuilt, and a scan comes by every profile once.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Closing, Currency};
use chrono::Utc;
use futures::{FutureExt, StreamExt, TryStreamExt};
use table::{
    Discrepancy, Done, PartitionKey, Position, ProfileId, Segment, Settings, StoredSettings, Table,
    Task, Verified, changed_part, recalculate, work_on, work_through,
};
use test_support::{Engine, TABLE, body, hooked_client};

/// Closes every day before the newest purchase.
const CLOSING: Settings = Settings {
    currency: None,
    store_figures: true,
    closing: Closing {
        months: 0,
        days: 1,
        bytes: 0,
    },
    max_items: None,
};
/// Three years, each of which gets an archive item but the last.
const PURCHASES: [&str; 3] = [
    "TXN#2020-05-01T10:00:00Z#1",
    "TXN#2021-05-01T10:00:00Z#2",
    "TXN#2022-05-01T10:00:00Z#3",
];

type Attributes = HashMap<String, AttributeValue>;

struct Shop {
    engine: Engine,
    table: Table,
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: &str) -> AttributeValue {
    AttributeValue::N(number.to_owned())
}

fn profile(id: &str) -> ProfileId {
    ProfileId::parse(id).unwrap()
}

impl Shop {
    async fn open() -> Self {
        let engine = Engine::start().await;
        let table = Table::new(engine.client(), TABLE);
        Self { engine, table }
    }

    async fn put(&self, pk: &str, sk: &str, attributes: &[(&str, AttributeValue)]) {
        let mut item: Attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        item.insert("pk".to_owned(), text(pk));
        item.insert("sk".to_owned(), text(sk));
        let put = self.engine.client().put_item().table_name(TABLE);
        put.set_item(Some(item)).send().await.unwrap();
    }

    async fn buy(&self, id: &str, sk: &str, total: &str) {
        self.put(&format!("PROFILE#{id}"), sk, &[("total", number(total))])
            .await;
    }

    async fn calculate(&self, id: &str, keys: &[&str]) {
        let partition = format!("PROFILE#{id}");
        let parts = keys
            .iter()
            .map(|key| changed_part(&partition, key).unwrap().1);
        let parts = parts.collect::<BTreeSet<_>>();
        let profile = profile(id);
        let done = recalculate(&self.table, &CLOSING, &profile, &parts, Utc::now);
        done.await.unwrap();
    }

    /// A profile with closed days.
    async fn customer(&self, id: &str) {
        for sk in PURCHASES {
            self.buy(id, sk, "5").await;
        }
        self.calculate(id, &PURCHASES).await;
    }

    async fn item(&self, id: &str, sk: &str) -> Attributes {
        let get = self.engine.client().get_item().table_name(TABLE);
        let get = get
            .key("pk", text(&format!("PROFILE#{id}")))
            .key("sk", text(sk));
        get.send().await.unwrap().item.unwrap()
    }

    /// Puts an item that was read, changed, where it was or elsewhere.
    async fn put_item(&self, id: &str, mut item: Attributes) {
        item.insert("pk".to_owned(), text(&format!("PROFILE#{id}")));
        let put = self.engine.client().put_item().table_name(TABLE);
        put.set_item(Some(item)).send().await.unwrap();
    }

    async fn change(&self, id: &str, sk: &str, change: impl FnOnce(&mut Attributes)) {
        let mut item = self.item(id, sk).await;
        change(&mut item);
        self.put_item(id, item).await;
    }

    async fn delete(&self, id: &str, sk: &str) {
        let delete = self.engine.client().delete_item().table_name(TABLE);
        let delete = delete
            .key("pk", text(&format!("PROFILE#{id}")))
            .key("sk", text(sk));
        delete.send().await.unwrap();
    }

    async fn all(&self, task: Task, segment: Segment, from: Option<Position>) -> Vec<Done> {
        let done = work_through(&self.table, &CLOSING, task, segment, from);
        done.try_collect().await.unwrap()
    }

    /// The profiles that differ, and why.
    async fn wrong(&self) -> BTreeMap<String, String> {
        let done = self.all(Task::Verify, Segment::WHOLE, None).await;
        let wrong = done.into_iter().filter_map(|done| match done.verified {
            Verified::InOrder => None,
            Verified::Differs(why) => Some((done.profile.to_string(), why.to_string())),
            other => panic!("{other:?}"),
        });
        wrong.collect()
    }
}

fn garbled(value: &AttributeValue) -> AttributeValue {
    let mut bytes = value.as_b().unwrap().clone().into_inner();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    AttributeValue::B(Blob::new(bytes))
}

#[tokio::test]
async fn whatever_happened_to_derived_items_is_named_and_mended() {
    let shop = Shop::open().await;
    let mut expected = BTreeMap::new();
    for id in ["fine", "small", "with-a-record"] {
        shop.customer(id).await;
    }
    shop.put(
        "PROFILE#with-a-record",
        "PROFILE",
        &[("joined_at", text("2020-01-01 10:00:00"))],
    )
    .await;
    shop.calculate("with-a-record", &["PROFILE"]).await;
    shop.put("PROFILE#with-a-record", "NOTE", &[]).await;
    shop.put("LOCATION#1", "LOCATION", &[]).await;
    shop.put("PROFILE#not an id", "AGG", &[]).await;

    let mut expect = |id: &'static str, why: &'static str| {
        expected.insert(id.to_owned(), why.to_owned());
        id
    };
    let id = expect("deleted", "not calculated");
    shop.customer(id).await;
    shop.delete(id, "AGG").await;
    let id = expect("never-calculated", "not calculated");
    shop.buy(id, PURCHASES[0], "5").await;
    let id = expect("garbled", "ledger is damaged");
    shop.customer(id).await;
    shop.change(id, "AGG", |item| {
        let ledger = garbled(&item["ledger"]);
        item.insert("ledger".to_owned(), ledger);
    })
    .await;
    let id = expect("of-another-profile", "ledger is damaged");
    shop.customer(id).await;
    let other = shop.item("fine", "AGG").await;
    shop.put_item(id, other).await;
    let id = expect("older", "differs in 2022-05-01");
    shop.customer(id).await;
    let older = shop.item(id, "AGG").await;
    shop.buy(id, PURCHASES[2], "7").await;
    shop.calculate(id, &PURCHASES[2..]).await;
    shop.put_item(id, older).await;
    let id = expect(
        "behind",
        "differs in profile record, 2020-05-01, 2021-05-01, 2022-05-01, 2023-05-01 and 2 more",
    );
    shop.customer(id).await;
    shop.put("PROFILE#behind", "PROFILE", &[]).await;
    for sk in PURCHASES {
        shop.buy(id, sk, "8").await;
    }
    for year in 2023..2026 {
        shop.buy(id, &format!("TXN#{year}-05-01T10:00:00Z#4"), "8")
            .await;
    }
    let id = expect("incomplete", "incomplete: too large");
    shop.customer(id).await;
    shop.change(id, "AGG", |item| {
        drop(item.insert("incomplete".to_owned(), text("too large")))
    })
    .await;
    let id = expect(
        "archive-deleted",
        "archive item of 2020 does not belong to the ledger",
    );
    shop.customer(id).await;
    shop.delete(id, "AGG#2020").await;
    let id = expect("archive-garbled", "archive item of 2021 is damaged");
    shop.customer(id).await;
    shop.change(id, "AGG#2021", |item| {
        let days = garbled(&item["days"]);
        item.insert("days".to_owned(), days);
    })
    .await;
    let id = expect(
        "archive-older",
        "archive item of 2020 does not belong to the ledger",
    );
    shop.customer(id).await;
    let older = shop.item(id, "AGG#2020").await;
    shop.buy(id, PURCHASES[0], "7").await;
    shop.calculate(id, &PURCHASES[..1]).await;
    shop.put_item(id, older).await;
    let id = expect(
        "archive-of-another-profile",
        "archive item of 2020 does not belong to the ledger",
    );
    shop.customer(id).await;
    let other = shop.item("fine", "AGG#2020").await;
    shop.put_item(id, other).await;
    let id = expect(
        "archive-too-many",
        "archive item of 1999 does not belong to the ledger",
    );
    shop.customer(id).await;
    shop.change(id, "AGG#2020", |item| {
        drop(item.insert("sk".to_owned(), text("AGG#1999")))
    })
    .await;
    let id = expect("all-older", "differs in 2021-05-01");
    shop.customer(id).await;
    let (agg, archive) = (shop.item(id, "AGG").await, shop.item(id, "AGG#2021").await);
    shop.buy(id, PURCHASES[1], "7").await;
    shop.calculate(id, &PURCHASES[1..2]).await;
    shop.put_item(id, agg).await;
    shop.put_item(id, archive).await;
    for (id, name, value) in [
        ("figure", "spend_all", Some(number("16"))),
        ("figure-gone", "shop_count", None),
        ("figure-of-another-kind", "spend_12m", Some(text("0"))),
        ("not-a-figure", "purchased_brands", Some(text("Acme"))),
        ("moment", "calculated_at", Some(text("yesterday"))),
        ("version-gone", "version", None),
        ("set-aside", "set_aside_count", Some(number("1"))),
    ] {
        shop.customer(id).await;
        shop.change(id, "AGG", |item| match value {
            Some(value) => drop(item.insert(name.to_owned(), value)),
            None => drop(item.remove(name)),
        })
        .await;
        expected.insert(id.to_owned(), format!("differs in attribute {name}"));
    }
    let id = "of-nothing";
    shop.customer(id).await;
    for sk in PURCHASES {
        shop.delete(id, sk).await;
    }
    expected.insert(
        id.to_owned(),
        "derived item of a profile of which nothing is stored".to_owned(),
    );
    shop.put("PROFILE#only-archive", "AGG#2020", &[]).await;
    expected.insert(
        "only-archive".to_owned(),
        "derived item of a profile of which nothing is stored".to_owned(),
    );

    assert_eq!(shop.wrong().await, expected);
    let rebuilt = shop.all(Task::Rebuild, Segment::WHOLE, None).await;
    assert!(
        rebuilt
            .iter()
            .all(|done| matches!(done.verified, Verified::InOrder))
    );
    assert_eq!(shop.wrong().await, BTreeMap::new());
}

#[tokio::test]
async fn figures_may_be_left_out_where_the_setting_says_so_but_not_be_wrong() {
    let shop = Shop::open().await;
    shop.customer("ada").await;
    let without = Settings {
        store_figures: false,
        ..CLOSING
    };
    let ada = profile("ada");
    assert_eq!(shop.table.verify(&without, &ada).await.unwrap(), None);
    shop.change("ada", "AGG", |item| {
        drop(item.insert("spend_all".to_owned(), number("16")))
    })
    .await;
    let wrong = Some(Discrepancy::Attribute("spend_all".to_owned()));
    assert_eq!(shop.table.verify(&without, &ada).await.unwrap(), wrong);

    let verified = work_on(&shop.table, &without, Task::Rebuild, &ada).await;
    assert!(matches!(verified, Verified::InOrder));
    assert_eq!(shop.table.verify(&without, &ada).await.unwrap(), None);
    let missing = shop.table.verify(&CLOSING, &ada).await.unwrap();
    assert!(
        matches!(missing, Some(Discrepancy::Attribute(_))),
        "{missing:?}"
    );
}

#[tokio::test]
async fn another_currency_differs() {
    let shop = Shop::open().await;
    shop.customer("ada").await;
    shop.customer("bob").await;
    let euro = Settings {
        currency: Currency::parse("EUR"),
        ..CLOSING
    };
    let ada = profile("ada");
    let discrepancy = shop.table.verify(&euro, &ada).await.unwrap();
    let discrepancy = discrepancy.unwrap().to_string();
    assert!(
        discrepancy.starts_with("differs in currency"),
        "{discrepancy}"
    );
    let stored = |currencies: &[Option<Currency>], with_figures, without_figures| StoredSettings {
        currencies: currencies.iter().copied().collect(),
        with_figures,
        without_figures,
    };
    let found = shop.table.stored_settings().await.unwrap();
    assert_eq!(found, stored(&[None], 2, 0));
    let without = Settings {
        store_figures: false,
        ..euro
    };
    work_on(&shop.table, &without, Task::Rebuild, &ada).await;
    let found = shop.table.stored_settings().await.unwrap();
    assert_eq!(found, stored(&[None, euro.currency], 1, 1));
}

#[tokio::test]
async fn an_empty_derived_item_of_nothing_goes() {
    let shop = Shop::open().await;
    let nothing = StoredSettings::default();
    assert_eq!(shop.table.stored_settings().await.unwrap(), nothing);
    shop.put("PROFILE#ghost", "AGG", &[("version", text("v"))])
        .await;
    assert_eq!(shop.wrong().await, BTreeMap::new());
    assert!(
        shop.all(Task::Verify, Segment::WHOLE, None)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_purchase_that_is_calculated_in_the_meantime_is_no_difference() {
    let shop = Shop::open().await;
    shop.customer("ada").await;
    shop.buy("ada", PURCHASES[2], "7").await;
    let (ada, other) = (profile("ada"), profile("other"));
    let calculation = async {
        // Behind a first look at it.
        shop.table.verify(&CLOSING, &other).await.unwrap();
        shop.table
            .derived(&ada, table::Consistency::Strong)
            .await
            .unwrap();
        shop.calculate("ada", &PURCHASES[2..]).await;
    };
    let (verified, ()) = tokio::join!(shop.table.verify(&CLOSING, &ada), calculation);
    assert_eq!(verified.unwrap(), None);
}

#[tokio::test]
async fn a_writer_that_never_rests_is_no_difference_but_hides_none() {
    let shop = Arc::new(Shop::open().await);
    for id in ["ada", "bob"] {
        shop.customer(id).await;
    }
    // Wrong for good, of a day that nobody writes to.
    shop.buy("bob", PURCHASES[0], "9").await;
    // Before each look there is one more purchase, which is calculated only after the next.
    let (writer, looks) = (Arc::clone(&shop), AtomicUsize::new(0));
    let client = hooked_client(
        &shop.engine,
        Arc::new(move |_, request| {
            let (writer, look) = (Arc::clone(&writer), looks.fetch_add(1, Ordering::SeqCst));
            let id = if body(request).contains("PROFILE#ada") {
                "ada"
            } else {
                "bob"
            };
            async move {
                writer
                    .calculate(id, &["TXN#2023-01-01T10:00:00Z#new"])
                    .await;
                let key = format!("TXN#2023-01-01T10:00:00Z#{look}");
                writer.buy(id, &key, "1").await;
                None
            }
            .boxed()
        }),
    );
    let table = Table::new(client, TABLE);
    let (ada, bob) = (profile("ada"), profile("bob"));
    let (ada, bob) = tokio::join!(table.verify(&CLOSING, &ada), table.verify(&CLOSING, &bob));
    assert_eq!(ada.unwrap(), None);
    assert_eq!(bob.unwrap().unwrap().to_string(), "differs in 2020-05-01");
}

#[tokio::test]
async fn segments_together_are_the_table_also_when_stopped_and_gone_on() {
    let shop = Shop::open().await;
    let mut items = 0;
    for number in 0..40 {
        let id = format!("p{number}");
        for sk in PURCHASES.iter().take(number % 4) {
            shop.buy(&id, sk, "1").await;
            items += 1;
        }
        shop.put(&format!("LOCATION#{number}"), "LOCATION", &[])
            .await;
    }
    for of in [1, 3, 16, 200] {
        for stops_after in [1, 2, 1_000] {
            let (mut profiles, mut scanned) = (Vec::new(), 0);
            for segment in Segment::all(of) {
                let mut from = None;
                loop {
                    let done =
                        work_through(&shop.table, &CLOSING, Task::Rebuild, segment, from.clone());
                    let mut done = pin!(done.take(stops_after));
                    let mut count = 0;
                    while let Some(next) = done.try_next().await.unwrap() {
                        // As it is kept while stopped.
                        let end = serde_json::to_string(&next.end).unwrap();
                        from = Some(serde_json::from_str(&end).unwrap());
                        profiles.push(next.profile.to_string());
                        scanned += next.items;
                        count += 1;
                    }
                    if count < stops_after {
                        break;
                    }
                }
            }
            let each: BTreeSet<_> = profiles.iter().collect();
            assert_eq!((each.len(), profiles.len()), (30, 30), "{of} {stops_after}");
            assert!(scanned >= items, "{of} {stops_after}: {scanned}");
        }
    }
}

#[tokio::test]
async fn random_profiles_are_as_many_as_asked_for_and_different() {
    let shop = Shop::open().await;
    for number in 0..30 {
        shop.buy(&format!("p{number}"), PURCHASES[0], "1").await;
        shop.buy(&format!("p{number}"), PURCHASES[1], "1").await;
    }
    shop.put("LOCATION#1", "LOCATION", &[]).await;
    for (asked, expected) in [(0, 0), (1, 1), (12, 12), (30, 30), (31, 30)] {
        assert_eq!(
            shop.table.random_profiles(asked).await.unwrap().len(),
            expected
        );
    }
}

#[test]
fn a_position_is_a_key() {
    let partition = PartitionKey::Profile(profile("ada")).to_string();
    let json = format!(r#"{{"pk":"{partition}","sk":"PROFILE"}}"#);
    let position: Position = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&position).unwrap(), json);
    assert!(serde_json::from_str::<Position>(r#"{"pk":"x"}"#).is_err());
}
