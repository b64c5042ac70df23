//! What the sample retailer has: fixed stores and customers, and transactions that are drawn.

use calculation::{Item, TransactionKey, Value};
use chrono::{Days, NaiveDate};
use fastrand::Rng;
use serde::Deserialize;
use table::{PartitionKey, ProfileId, SortKey, keyed_item};

const SAMPLE: &str = include_str!("../sample.json");
/// Any number will do; it makes the transactions the same at every start.
const SEED: u64 = 20_201_207;

/// The sample retailer.
#[derive(Debug, Deserialize)]
pub(super) struct Sample {
    locations: Vec<Item>,
    example: Example,
    brands: Vec<String>,
    customers: Vec<Customer>,
}

#[derive(Debug, Deserialize)]
struct Example {
    id: ProfileId,
    joined_at: String,
    transaction: SampleTransaction,
}

#[derive(Debug, Deserialize)]
struct SampleTransaction {
    id: String,
    transacted_at: String,
    attributes: Item,
}

#[derive(Debug, Deserialize)]
struct Customer {
    id: ProfileId,
    joined_days_ago: u64,
    joined_location_id: Value,
    preferred_location_id: Value,
    stores: Vec<Value>,
    transactions: u32,
    addresses: Vec<Item>,
}

impl Sample {
    /// The retailer that the program was built with.
    pub(super) fn embedded() -> serde_json::Result<Self> {
        serde_json::from_str(SAMPLE)
    }

    /// How many profiles it has.
    pub(super) fn profiles(&self) -> usize {
        self.customers.len() + 1
    }

    /// All its items, keys included.
    pub(super) fn items(&self, today: NaiveDate) -> Vec<Item> {
        let mut items: Vec<_> = self.locations.iter().map(location).collect();
        let Example {
            id,
            joined_at,
            transaction,
        } = &self.example;
        let profile = Item::from([("joined_at".to_owned(), text(joined_at))]);
        items.push(item(&id.partition(), SortKey::Profile, &profile));
        items.push(transaction_item(id, transaction));
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
        let (joined_at, preferred) = (
            format!("{joined} 10:00:00"),
            &customer.preferred_location_id,
        );
        let profile = [
            ("joined_at", text(joined_at)),
            ("joined_location_id", customer.joined_location_id.clone()),
            ("preferred_location_id", preferred.clone()),
        ];
        items.push(item(&pk, SortKey::Profile, &named(profile)));
        for address in &customer.addresses {
            let mut attributes = address.clone();
            let id = attributes.remove("id");
            let id = id.as_ref().and_then(Value::as_text).unwrap_or("home");
            items.push(item(&pk, SortKey::Address(id), &attributes));
        }
        for number in 1..=customer.transactions {
            let transaction = self.drawn(customer, number, today, rng);
            items.push(transaction_item(&customer.id, &transaction));
        }
    }

    /// The `number`th transaction of a customer: every tenth one is a return, every thirteenth one void.
    fn drawn(
        &self,
        customer: &Customer,
        number: u32,
        today: NaiveDate,
        rng: &mut Rng,
    ) -> SampleTransaction {
        let date = ago(today, rng.u64(0..365));
        let (hour, minute) = (rng.u32(8..20), rng.u32(0..60));
        let cents = rng.u32(500..40_000);
        let (sign, quantity) = if number.is_multiple_of(10) {
            ("-", "-1")
        } else {
            ("", "1")
        };
        let total = format!("{sign}{}.{:02}", cents / 100, cents % 100);
        let lines = (0..rng.usize(1..=3)).filter_map(|_| rng.choice(&self.brands));
        let lines = lines.map(|brand| {
            let quantity = Value::Number(quantity.to_owned());
            Value::Map(named([("brand", text(brand)), ("quantity", quantity)]))
        });
        let lines = Value::List(lines.collect());
        let mut attributes = named([("total", Value::Number(total)), ("items", lines)]);
        if let Some(location) = rng.choice(&customer.stores) {
            attributes.insert("location_id".to_owned(), location.clone());
            if location.as_text() == Some("web") {
                attributes.insert("channel".to_owned(), text("website"));
            } else if number.is_multiple_of(2) {
                attributes.insert("channel".to_owned(), text("pos"));
            }
        }
        if number.is_multiple_of(13) {
            attributes.insert("is_void".to_owned(), Value::Bool(true));
        }
        SampleTransaction {
            id: format!("sample-{number}"),
            transacted_at: format!("{date}T{hour:02}:{minute:02}:00Z"),
            attributes,
        }
    }
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn named<const N: usize>(attributes: [(&str, Value); N]) -> Item {
    attributes
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

fn ago(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_sub_days(Days::new(days)).unwrap_or(today)
}

fn location(record: &Item) -> Item {
    let id = match record.get("id") {
        Some(Value::Text(id) | Value::Number(id)) => id.clone(),
        _ => String::new(),
    };
    item(&PartitionKey::Location(id), SortKey::Location, record)
}

fn transaction_item(profile: &ProfileId, transaction: &SampleTransaction) -> Item {
    let key = format!("{}#{}", transaction.transacted_at, transaction.id);
    let sk = SortKey::Transaction(TransactionKey::parse(&key));
    item(&profile.partition(), sk, &transaction.attributes)
}

/// An item of these keys and attributes; what is null is left out.
fn item(pk: &PartitionKey, sk: SortKey<'_>, attributes: &Item) -> Item {
    let attributes = attributes
        .iter()
        .filter(|(_, value)| **value != Value::Null);
    let attributes = attributes.map(|(name, value)| (name.clone(), value.clone()));
    keyed_item(pk, sk).into_iter().chain(attributes).collect()
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
        item[name].as_text().unwrap()
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
    fn transactions_lie_within_a_year_up_to_today() {
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
            matches!(&item.get("total"), Some(Value::Number(total)) if total.starts_with('-'))
        }));
        assert!(any(
            &|item| item.get("channel") == Some(&Value::Text("website".into()))
        ));
        assert!(any(
            &|item| item.get("channel") == Some(&Value::Text("pos".into()))
        ));
        assert!(any(&|item| text(item, "sk").starts_with("ADDRESS#")));
        let stores = items.iter().filter(|item| text(item, "sk") == "LOCATION");
        assert_eq!(stores.count(), 6);
    }
}
