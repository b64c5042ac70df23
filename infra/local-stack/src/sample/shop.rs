//! What is in the sample shop: its fixed parts, and the purchases that are drawn.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::TransactionKey;
use chrono::{Days, NaiveDate};
use fastrand::Rng;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use table::{PartitionKey, ProfileId, SortKey, key};

const SAMPLE: &str = include_str!("../sample.json");
/// Any number will do; it makes the purchases the same at every start.
const SEED: u64 = 20_201_207;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The sample shop.
#[derive(Debug, Deserialize)]
pub(super) struct Sample {
    locations: Vec<Map<String, Value>>,
    example: Example,
    brands: Vec<String>,
    customers: Vec<Customer>,
}

#[derive(Debug, Deserialize)]
struct Example {
    id: ProfileId,
    joined_at: String,
    transaction: Transaction,
}

#[derive(Debug, Deserialize)]
struct Transaction {
    id: String,
    transacted_at: String,
    #[serde(flatten)]
    attributes: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Customer {
    id: ProfileId,
    joined_days_ago: u64,
    joined_location_id: Value,
    preferred_location_id: Value,
    shops_at: Vec<Value>,
    purchases: u32,
    addresses: Vec<Map<String, Value>>,
}

impl Sample {
    /// The shop that the program was built with.
    pub(super) fn embedded() -> serde_json::Result<Self> {
        serde_json::from_str(SAMPLE)
    }

    /// How many profiles it has.
    pub(super) fn profiles(&self) -> usize {
        self.customers.len() + 1
    }

    /// All items of the shop.
    pub(super) fn items(&self, today: NaiveDate) -> Vec<Item> {
        let mut items: Vec<_> = self.locations.iter().map(location).collect();
        let Example {
            id,
            joined_at,
            transaction,
        } = &self.example;
        let profile = Map::from_iter([("joined_at".to_owned(), json!(joined_at))]);
        items.push(item(&id.partition(), SortKey::Profile, &profile));
        items.push(purchase(id, transaction));
        let mut rng = Rng::with_seed(SEED);
        for customer in &self.customers {
            self.add_customer(&mut items, customer, today, &mut rng);
        }
        items
    }

    fn add_customer(
        &self,
        items: &mut Vec<Item>,
        customer: &Customer,
        today: NaiveDate,
        rng: &mut Rng,
    ) {
        let pk = customer.id.partition();
        let joined = ago(today, customer.joined_days_ago);
        let profile = Map::from_iter([
            ("joined_at".to_owned(), json!(format!("{joined} 10:00:00"))),
            (
                "joined_location_id".to_owned(),
                customer.joined_location_id.clone(),
            ),
            (
                "preferred_location_id".to_owned(),
                customer.preferred_location_id.clone(),
            ),
        ]);
        items.push(item(&pk, SortKey::Profile, &profile));
        for address in &customer.addresses {
            let mut attributes = address.clone();
            let id = attributes.remove("id");
            let id = id.as_ref().and_then(Value::as_str).unwrap_or("home");
            items.push(item(&pk, SortKey::Address(id), &attributes));
        }
        for number in 1..=customer.purchases {
            items.push(purchase(
                &customer.id,
                &self.drawn(customer, number, today, rng),
            ));
        }
    }

    /// The `number`th purchase of a customer: every tenth one is a return, every thirteenth one void.
    fn drawn(
        &self,
        customer: &Customer,
        number: u32,
        today: NaiveDate,
        rng: &mut Rng,
    ) -> Transaction {
        let date = ago(today, rng.u64(0..365));
        let (hour, minute) = (rng.u32(8..20), rng.u32(0..60));
        let cents = rng.u32(500..40_000);
        let (sign, quantity) = if number.is_multiple_of(10) {
            ("-", -1)
        } else {
            ("", 1)
        };
        let lines = (0..rng.usize(1..=3))
            .filter_map(|_| rng.choice(&self.brands))
            .map(|brand| json!({"brand": brand, "quantity": quantity}));
        let lines: Vec<_> = lines.collect();
        let mut attributes = Map::from_iter([
            ("total".to_owned(), number_of_cents(sign, cents)),
            ("items".to_owned(), lines.into()),
        ]);
        if let Some(location) = rng.choice(&customer.shops_at) {
            attributes.insert("location_id".to_owned(), location.clone());
            if location == "web" {
                attributes.insert("channel".to_owned(), json!("website"));
            } else if number.is_multiple_of(2) {
                attributes.insert("channel".to_owned(), json!("pos"));
            }
        }
        if number.is_multiple_of(13) {
            attributes.insert("is_void".to_owned(), json!(true));
        }
        Transaction {
            id: format!("sample-{number}"),
            transacted_at: format!("{date}T{hour:02}:{minute:02}:00Z"),
            attributes,
        }
    }
}

/// A total, which is a number of JSON whose text DynamoDB takes as it is.
fn number_of_cents(sign: &str, cents: u32) -> Value {
    let text = format!("{sign}{}.{:02}", cents / 100, cents % 100);
    serde_json::from_str(&text).unwrap_or_default()
}

fn ago(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_sub_days(Days::new(days)).unwrap_or(today)
}

fn location(record: &Map<String, Value>) -> Item {
    let id = match record.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(id) => id.to_string(),
        None => String::new(),
    };
    item(&PartitionKey::Location(id), SortKey::Location, record)
}

fn purchase(profile: &ProfileId, transaction: &Transaction) -> Item {
    let Transaction {
        id,
        transacted_at,
        attributes,
    } = transaction;
    let key = format!("{transacted_at}#{id}");
    let sk = SortKey::Transaction(TransactionKey::parse(&key));
    item(&profile.partition(), sk, attributes)
}

/// An item of these keys and attributes; what is null is left out.
fn item(pk: &PartitionKey, sk: SortKey<'_>, attributes: &Map<String, Value>) -> Item {
    let attributes = attributes
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), attribute(value)));
    key(pk, sk).into_iter().chain(attributes).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(members) => AttributeValue::L(members.iter().map(attribute).collect()),
        Value::Object(members) => AttributeValue::M(
            members
                .iter()
                .map(|(name, value)| (name.clone(), attribute(value)))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::EXAMPLE_PROFILE;
    use super::*;

    fn items() -> Vec<Item> {
        let sample = Sample::embedded().unwrap();
        assert_eq!(sample.example.id.as_str(), EXAMPLE_PROFILE);
        sample.items(NaiveDate::from_ymd_opt(2026, 3, 1).unwrap())
    }

    fn text<'a>(item: &'a Item, name: &str) -> &'a str {
        item[name].as_s().unwrap()
    }

    #[test]
    fn is_the_same_at_every_start_and_has_every_key_once() {
        assert_eq!(items(), items());
        let items = items();
        let keys: BTreeSet<_> = items
            .iter()
            .map(|item| (text(item, "pk"), text(item, "sk")))
            .collect();
        assert_eq!(keys.len(), items.len());
    }

    #[test]
    fn purchases_lie_within_a_year_up_to_today() {
        let items = items();
        let dates: Vec<_> = items
            .iter()
            .filter(|item| text(item, "pk") != format!("PROFILE#{EXAMPLE_PROFILE}"))
            .filter_map(|item| text(item, "sk").strip_prefix("TXN#"))
            .map(|key| key[..10].to_owned())
            .collect();
        assert!(dates.len() > 150, "{}", dates.len());
        assert!(
            dates
                .iter()
                .all(|date| ("2025-03-02"..="2026-03-01").contains(&date.as_str()))
        );
    }

    #[test]
    fn has_something_of_everything() {
        let items = items();
        let any = |is: &dyn Fn(&Item) -> bool| items.iter().any(is);
        assert!(any(&|item| item.contains_key("is_void")));
        assert!(any(&|item| {
            let total = item.get("total").and_then(|total| total.as_n().ok());
            total.is_some_and(|total| total.starts_with('-'))
        }));
        assert!(any(
            &|item| item.get("channel") == Some(&AttributeValue::S("website".into()))
        ));
        assert!(any(
            &|item| item.get("channel") == Some(&AttributeValue::S("pos".into()))
        ));
        assert!(any(&|item| text(item, "sk").starts_with("ADDRESS#")));
        let stores = items.iter().filter(|item| text(item, "sk") == "LOCATION");
        assert_eq!(stores.count(), 6);
    }

    #[test]
    fn totals_are_exact() {
        assert_eq!(number_of_cents("-", 105).to_string(), "-1.05");
        assert_eq!(
            attribute(&number_of_cents("", 39_999)),
            AttributeValue::N("399.99".into())
        );
    }
}
