//! A person whose every text is told from all others, and a customer who is somebody else.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Value};
use test_support::{Engine, TABLE};

/// An id that is an e-mail address, as some retailers have them.
pub const PERSON: &str = "zq7731.person@mail.example";
/// Somebody else.
pub const BYSTANDER: &str = "ada";

/// What is stored of both.
pub struct Person;

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn item<const N: usize>(profile: &str, sk: &str, attributes: [(&str, Value); N]) -> Item {
    let keys = [("pk", text(format!("PROFILE#{profile}"))), ("sk", text(sk))];
    let all = keys.into_iter().chain(attributes);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn purchase(profile: &str, day: &str, mark: &str) -> Item {
    let brand = Item::from([("brand".to_owned(), text(format!("Brand {mark}")))]);
    let sk = format!("TXN#{day}T10:30:00Z#txn-{mark}");
    item(
        profile,
        &sk,
        [
            ("total", Value::Number("20.50".into())),
            ("location_id", text(format!("store-{mark}"))),
            ("channel", text("website")),
            ("items", Value::List(vec![Value::Map(brand)])),
            ("note", text(format!("for {mark}"))),
        ],
    )
}

fn keys(item: &Item) -> [String; 2] {
    ["pk", "sk"].map(|name| item[name].as_text().unwrap().to_owned())
}

impl Person {
    /// The source items of the person: each kind, with purchases of closed days and of today's, and some that cannot be counted.
    pub fn items(&self) -> Vec<Item> {
        let mut items = vec![
            item(
                PERSON,
                "PROFILE",
                [
                    ("joined_at", text("2020-04-01 08:00:00")),
                    ("joined_location_id", text("store-zq7731-join")),
                    ("preferred_location_id", text("store-zq7731-preferred")),
                    ("name", text("Zq7731 Person")),
                ],
            ),
            item(
                PERSON,
                "ADDRESS#home-zq7731",
                [
                    ("country", text("New Zealand")),
                    ("street", text("1 Zq7731 Road")),
                ],
            ),
            item(PERSON, "TXN#undated-zq7731", [("note", text("no date"))]),
            item(PERSON, "TXN#2023-06-06T10:30:00Z#no-total-zq7731", []),
            item(PERSON, "VIEW#zq7731", [("note", text("another writer's"))]),
        ];
        for year in 2021..=2024 {
            for month in 1..=6 {
                let mark = format!("zq7731-{year}-{month}");
                items.push(purchase(PERSON, &format!("{year}-{month:02}-11"), &mark));
            }
        }
        items
    }

    /// Writes the source items of both.
    pub async fn write(&self, engine: &Engine) {
        for item in self.items() {
            engine.put(&item).await;
        }
        engine.put(&purchase(BYSTANDER, "2024-05-05", "ada")).await;
    }

    /// The keys of the person's changes, as the stream has them.
    pub fn records(&self) -> Vec<[String; 2]> {
        self.items().iter().map(keys).collect()
    }

    /// The key of the other customer's change.
    pub fn record_of_bystander(&self) -> [String; 2] {
        keys(&purchase(BYSTANDER, "2024-05-05", "ada"))
    }

    /// The bytes of the person's ledger and of its archive items.
    pub async fn derived(&self, engine: &Engine) -> BTreeMap<String, Vec<u8>> {
        let query = engine.client().query().table_name(TABLE);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :agg)")
            .expression_attribute_values(":pk", AttributeValue::S(format!("PROFILE#{PERSON}")))
            .expression_attribute_values(":agg", AttributeValue::S("AGG".into()));
        let items = query.send().await.unwrap().items.unwrap();
        let bytes = items.iter().map(|item| {
            let bytes = item.get("ledger").or_else(|| item.get("days")).unwrap();
            let sk = item["sk"].as_s().unwrap().clone();
            (sk, bytes.as_b().unwrap().as_ref().to_vec())
        });
        bytes.collect()
    }

    /// Marks the derived item as one that is not what the table holds.
    pub async fn mark_incomplete(&self, engine: &Engine) {
        let reason = AttributeValue::S("too large".into());
        self.set(engine, "incomplete", reason).await;
    }

    /// Gives the ledger a version that nobody knows.
    pub async fn damage(&self, engine: &Engine) {
        let mut bytes = self.derived(engine).await.remove("AGG").unwrap();
        bytes[0] = 77;
        self.set(engine, "ledger", AttributeValue::B(bytes.into()))
            .await;
    }

    async fn set(&self, engine: &Engine, name: &str, value: AttributeValue) {
        let update = engine.client().update_item().table_name(TABLE);
        let update = update
            .key("pk", AttributeValue::S(format!("PROFILE#{PERSON}")))
            .key("sk", AttributeValue::S("AGG".into()))
            .update_expression("SET #name = :value")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value);
        update.send().await.unwrap();
    }
}
