//! The protocol against a real engine: what is read, what is written, and what damaged or oversized items lead to.

mod calculated;
mod closed_days;
mod interleavings;
mod late_copy;
mod limits;

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Ledger, TransactionKey, Value};
use test_support::{Engine, TABLE, answer, body, hooked_client, operation};

use super::*;
use crate::budget::Budget;
use crate::derived::Derived;
use crate::derived::StoredLedger;
use crate::keys::{PartitionKey, SortKey, key, keyed_item};

pub(super) struct Fixture {
    pub(super) engine: Engine,
    pub(super) table: Table,
    pub(super) profile: ProfileId,
}

impl Fixture {
    pub(super) async fn open() -> Self {
        let engine = Engine::start().await;
        let table = Table::new(engine.client(), TABLE);
        Self {
            engine,
            table,
            profile: ProfileId::parse("p").unwrap(),
        }
    }

    pub(super) async fn put(&self, sk: &str, attributes: &[(&str, Value)]) {
        let mut item = item(attributes);
        item.extend(keyed_item(&self.profile.partition(), sort_key(sk)));
        self.engine.put(&item).await;
    }

    pub(super) async fn buy(&self, sk: &str, total: &str) {
        self.put(sk, &[("total", Value::Number(total.into()))])
            .await;
    }

    pub(super) async fn delete(&self, sk: &str) {
        let key = key(&self.profile.partition(), sort_key(sk));
        let delete = self.engine.client().delete_item().table_name(TABLE);
        delete.set_key(Some(key)).send().await.unwrap();
    }

    pub(super) async fn recalculate(&self, keys: &[&str]) -> Result<Outcome, TableError> {
        let settings = Settings::default();
        recalculate(
            &self.table,
            &settings,
            &self.profile,
            &parts(keys),
            Utc::now,
        )
        .await
    }

    pub(super) async fn derived(
        &self,
    ) -> Option<std::collections::HashMap<String, AttributeValue>> {
        let key = key(&self.profile.partition(), SortKey::Derived);
        let get = self.engine.client().get_item().table_name(TABLE);
        get.set_key(Some(key)).send().await.unwrap().item
    }

    async fn put_ledger(&self, ledger: AttributeValue) {
        let mut item = self.derived().await.unwrap();
        item.insert("ledger".into(), ledger);
        self.engine
            .client()
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item))
            .send()
            .await
            .unwrap();
    }

    /// What is stored says what a calculation from nothing says, and nothing but that is stored.
    pub(super) async fn assert_exact(&self) {
        assert!(is_exact(&self.table, &self.profile).await);
    }
}

/// The years of the archive items that a ledger names.
pub(super) fn years_of(ledger: &Ledger) -> BTreeSet<u16> {
    ledger.archive().map(|(year, _)| year).collect()
}

/// Whether what is stored of a profile says what a calculation from nothing says, and nothing but that is stored.
pub(super) async fn is_exact(table: &Table, profile: &ProfileId) -> bool {
    let (truth, found) = table
        .rebuild(profile, None, &Budget::new(None))
        .await
        .unwrap();
    match table.derived(profile, Consistency::Strong).await.unwrap() {
        None => truth.is_empty() && found.years.is_empty(),
        Some(Derived {
            ledger: StoredLedger::Usable(mut ledger),
            incomplete: None,
            ..
        }) => {
            let named = years_of(&ledger);
            named == found.years
                && ledger.take_in(profile.as_str(), found.items).is_ok()
                && ledger.content() == truth.content()
        }
        Some(_) => false,
    }
}

/// A key that these tests spell out, as the table writes it.
pub(super) fn sort_key(text: &str) -> SortKey<'_> {
    SortKey::parse(text).unwrap()
}

pub(super) fn parts(keys: &[&str]) -> BTreeSet<Part> {
    keys.iter()
        .filter_map(|key| Some(SortKey::parse(key)?.source()?.part()))
        .collect()
}

pub(super) fn item(attributes: &[(&str, Value)]) -> Item {
    attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// Requests: the operation, and whether it asks for consistency.
type Requests = Arc<Mutex<Vec<(String, bool)>>>;

/// A client of the fixture's table, and the requests that it makes.
fn observed(fixture: &Fixture) -> (Table, Requests) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let client = hooked_client(
        &fixture.engine,
        Arc::new(move |_, request| {
            let consistent = body(request).contains(r#""ConsistentRead":true"#);
            seen.lock().unwrap().push((operation(request), consistent));
            Box::pin(async { None })
        }),
    );
    (Table::new(client, TABLE), requests)
}

#[tokio::test]
async fn one_purchase_is_a_get_a_query_and_a_put_and_a_first_one_four_requests() {
    let fixture = Fixture::open().await;
    let ordinary = [("GetItem", true), ("Query", true), ("PutItem", false)];
    let first = [ordinary[0], ordinary[2], ordinary[1], ordinary[2]];
    let cases = [
        ("TXN#2026-01-10T10:00:00Z#a", first.as_slice()),
        ("TXN#2026-02-01T10:00:00Z#new", ordinary.as_slice()),
        ("TXN#2026-02-02T10:00:00Z#new", ordinary.as_slice()),
    ];
    for (key, expected) in cases {
        let location = ("location_id", Value::Text(key.into()));
        fixture
            .put(key, &[("total", Value::Number("1".into())), location])
            .await;
        let (table, requests) = observed(&fixture);
        let settings = Settings::default();
        let outcome = recalculate(
            &table,
            &settings,
            &fixture.profile,
            &parts(&[key]),
            Utc::now,
        )
        .await
        .unwrap();
        assert_eq!(
            outcome,
            Outcome {
                written: Written::Put,
                lost_races: 0,
                set_aside: 0,
                newly_set_aside: 0,
            }
        );
        let requests = requests.lock().unwrap();
        let requests: Vec<_> = requests
            .iter()
            .map(|(operation, consistent)| (operation.as_str(), *consistent))
            .collect();
        assert_eq!(requests, expected);
    }
    fixture.assert_exact().await;
}

#[tokio::test]
async fn every_read_of_a_recalculation_is_strongly_consistent() {
    let fixture = Fixture::open().await;
    let keys = [
        "PROFILE",
        "ADDRESS#1",
        "TXN#2026-01-01T10:00:00Z#a",
        "TXN#soon#a",
    ];
    fixture.buy(keys[2], "1").await;
    let changed = parts(&keys);
    // The first time everything is read, the second time each part.
    for _ in 0..2 {
        let (table, requests) = observed(&fixture);
        recalculate(
            &table,
            &Settings::default(),
            &fixture.profile,
            &changed,
            Utc::now,
        )
        .await
        .unwrap();
        for (operation, consistent) in requests.lock().unwrap().iter() {
            assert_eq!(*consistent, operation != "PutItem", "{operation}");
        }
    }
    let (table, requests) = observed(&fixture);
    table
        .derived(&fixture.profile, Consistency::Eventual)
        .await
        .unwrap();
    assert_eq!(*requests.lock().unwrap(), [("GetItem".to_owned(), false)]);
}

#[tokio::test]
async fn the_derived_item_goes_with_the_last_source_item() {
    let fixture = Fixture::open().await;
    let key = "TXN#2026-01-01T10:00:00Z#a";
    assert_eq!(
        fixture.recalculate(&[key]).await.unwrap().written,
        Written::Deleted
    );
    fixture.buy(key, "1").await;
    assert_eq!(
        fixture.recalculate(&[key]).await.unwrap().written,
        Written::Put
    );
    assert!(fixture.derived().await.is_some());
    fixture.put(key, &[("is_void", Value::Bool(true))]).await;
    assert_eq!(
        fixture.recalculate(&[key]).await.unwrap().written,
        Written::Deleted
    );
    assert!(fixture.derived().await.is_none());
}

#[tokio::test]
async fn figures_stand_beside_the_ledger() {
    let fixture = Fixture::open().await;
    let key = format!("TXN#{}T00:00:00Z#a", Utc::now().date_naive());
    let brand = Value::Map(item(&[("brand", Value::Text("Acme".into()))]));
    fixture
        .put(
            &key,
            &[
                ("total", Value::Number("12.50".into())),
                ("location_id", Value::Number("1".into())),
                ("channel", Value::Text("pos".into())),
                ("items", Value::List(vec![brand])),
            ],
        )
        .await;
    fixture
        .put("ADDRESS#home", &[("iso", Value::Text("NZ".into()))])
        .await;
    let odd = TransactionKey::Malformed("yesterday#b");
    let odd = SortKey::Transaction(odd).to_string();
    fixture.buy(&odd, "1").await;
    let outcome = fixture.recalculate(&[&key, &odd]).await.unwrap();
    assert_eq!(outcome.set_aside, 1);

    let derived = fixture.derived().await.unwrap();
    let text = |text: &str| Some(AttributeValue::S(text.to_owned()));
    let number = |text: &str| Some(AttributeValue::N(text.to_owned()));
    let figures = [
        ("spend_12m", number("12.5")),
        ("spend_atv_all", number("12.5")),
        ("dimension_frequency", text("F1")),
        ("shop_count", number("1")),
        ("store_join", text("1")),
        ("most_transacted_location", text("1")),
    ];
    for (name, expected) in figures.iter().chain(&[
        ("set_aside_count", number("1")),
        ("set_aside_more", None),
        ("incomplete", None),
        // A null one; those that may be long or need a location's record; what the key says already.
        ("shop_days", None),
        ("purchased_brands", None),
        ("channel", None),
        ("likely_country", None),
        ("likely_country_score", None),
        ("profile_id", None),
    ]) {
        assert_eq!(derived.get(*name).cloned(), *expected, "{name}");
    }
    let set_aside = derived["set_aside"].as_l().unwrap()[0].as_m().unwrap();
    assert_eq!(set_aside["key"].as_s().unwrap(), &odd);
    assert_eq!(
        set_aside["reason"].as_s().unwrap(),
        "key has no instant YYYY-MM-DDTHH:MM:SSZ"
    );
    assert!(derived.contains_key("calculated_at"));

    let settings = Settings {
        store_figures: false,
        ..Settings::default()
    };
    recalculate(
        &fixture.table,
        &settings,
        &fixture.profile,
        &parts(&[&key]),
        Utc::now,
    )
    .await
    .unwrap();
    let derived = fixture.derived().await.unwrap();
    for (name, _) in figures {
        assert!(!derived.contains_key(name), "{name}");
    }
    assert!(derived.contains_key("set_aside"));
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_is_rebuilt_whole() {
    let fixture = Fixture::open().await;
    fixture.buy("TXN#2026-01-01T10:00:00Z#a", "1").await;
    fixture
        .recalculate(&["TXN#2026-01-01T10:00:00Z#a"])
        .await
        .unwrap();
    let good = fixture.derived().await.unwrap()["ledger"]
        .as_b()
        .unwrap()
        .as_ref()
        .to_vec();
    let mut damaged = good.clone();
    damaged[8] ^= 1;
    let mut newer = good.clone();
    newer[0] = 99;
    for ledger in [
        AttributeValue::B(Blob::new(damaged)),
        AttributeValue::B(Blob::new(newer)),
        AttributeValue::S("not even bytes".into()),
    ] {
        fixture.put_ledger(ledger).await;
        // Nothing of this date changed, but all of it is read again.
        fixture
            .recalculate(&["TXN#2026-03-03T10:00:00Z#x"])
            .await
            .unwrap();
        assert_eq!(
            fixture.derived().await.unwrap()["ledger"]
                .as_b()
                .unwrap()
                .as_ref(),
            good
        );
    }
}

#[tokio::test]
async fn results_are_followed_to_the_last_page() {
    let fixture = Fixture::open().await;
    let lines = Value::List(
        (0..400)
            .map(|line| Value::Map(item(&[("brand", Value::Text(format!("Brand {line}")))])))
            .collect(),
    );
    let mut keys = Vec::new();
    for number in 0..180 {
        let key = format!("TXN#2026-01-01T10:00:00Z#{number:03}");
        fixture
            .put(
                &key,
                &[
                    ("total", Value::Number("1".into())),
                    ("items", lines.clone()),
                ],
            )
            .await;
        keys.push(key);
    }
    // The test is one: the engine cuts the results, as DynamoDB does at 1 MB.
    let client = fixture.engine.client();
    let query = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("pk = :pk");
    let page = query
        .expression_attribute_values(
            ":pk",
            AttributeValue::S(fixture.profile.partition().to_string()),
        )
        .send()
        .await
        .unwrap();
    assert!(page.last_evaluated_key.is_some());

    fixture.recalculate(&[&keys[0]]).await.unwrap();
    assert_eq!(
        fixture.derived().await.unwrap()["shop_count"],
        AttributeValue::N("180".into())
    );
    fixture.recalculate(&[&keys[0]]).await.unwrap();
    assert_eq!(
        fixture.derived().await.unwrap()["shop_count"],
        AttributeValue::N("180".into())
    );
}

#[tokio::test]
async fn a_hundred_locations_are_asked_for_at_once_and_unprocessed_ones_again() {
    let fixture = Fixture::open().await;
    let ids: Vec<String> = (0..150).map(|id| id.to_string()).collect();
    for id in &ids {
        let pk = PartitionKey::Location(id.clone());
        fixture
            .engine
            .put(&keyed_item(&pk, SortKey::Location))
            .await;
    }
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let client = hooked_client(
        &fixture.engine,
        Arc::new(move |number, request| {
            let request: serde_json::Value = serde_json::from_str(&body(request)).unwrap();
            let keys = request["RequestItems"][TABLE]["Keys"]
                .as_array()
                .unwrap()
                .clone();
            seen.lock().unwrap().push(keys.len());
            Box::pin(async move {
                // The first answer leaves the last 30 keys unread. An item with nothing but its key is its key.
                let (read, unread) = keys.split_at(keys.len().saturating_sub(30));
                let first = serde_json::json!({
                    "Responses": {TABLE: read},
                    "UnprocessedKeys": {TABLE: {"Keys": unread}},
                });
                (number == 0).then(|| answer(200, first.to_string()))
            })
        }),
    );
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let locations = Table::new(client, TABLE).locations(&ids).await.unwrap();
    assert_eq!(locations.len(), 150);
    assert_eq!(*asked.lock().unwrap(), [100, 30, 50]);
}

#[tokio::test]
async fn over_a_hundred_set_aside_are_counted_and_the_first_listed() {
    let fixture = Fixture::open().await;
    let key = |number: usize| format!("TXN#2026-01-01T10:00:00Z#{number:03}");
    for number in 0..130 {
        fixture.put(&key(number), &[]).await;
    }
    assert_eq!(
        fixture.recalculate(&[&key(0)]).await.unwrap().set_aside,
        130
    );
    let odd = "TXN#2026-02-30T10:00:00Z#odd";
    fixture.buy(odd, "1").await;
    assert_eq!(fixture.recalculate(&[odd]).await.unwrap().set_aside, 131);
    fixture.assert_exact().await;
    for number in 0..60 {
        fixture.buy(&key(number), "1").await;
    }
    assert_eq!(fixture.recalculate(&[&key(0)]).await.unwrap().set_aside, 71);
    fixture.assert_exact().await;
    let derived = fixture.derived().await.unwrap();
    assert_eq!(derived["set_aside"].as_l().unwrap().len(), 71);
    assert_eq!(derived["shop_count"], AttributeValue::N("60".into()));
}
