//! Purchases of a customer who shops on every other day, and what is made of them.

use std::sync::Arc;

use calculation::{
    Item, Ledger, Location, Locations, Rebuild, SourceKey, Tag, TransactionKey, Value, evaluate,
};
use chrono::{Days, NaiveDate};

/// The customer's profile id.
pub const PROFILE: &str = "922fafaf-1115-2221-a333-fed333339701";
/// How many stores and brands the customer takes turns with.
pub(crate) const LOCATIONS: u32 = 5;
const BRANDS: u32 = 8;

/// One purchase with one location and one brand on each of some shopping days.
#[derive(Debug)]
pub struct History {
    /// Sort keys without their prefix, and the items under them.
    items: Vec<(String, Item)>,
    /// The last shopping day.
    pub today: NaiveDate,
    /// The records of the locations.
    pub locations: Locations,
}

impl History {
    /// So many shopping days, the last of them on 2026-01-31.
    pub fn new(days: u32) -> Self {
        let today = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let items = (0..days).map(|day| {
            let ago = Days::new(u64::from(days - 1 - day) * 2);
            purchase(today - ago, day)
        });
        let location = |number: u32| {
            let id = number.to_string();
            let location = Location::new(&id, &store(number)).unwrap();
            (id, Arc::new(location))
        };
        Self {
            items: items.collect(),
            today,
            locations: (0..LOCATIONS).map(location).collect(),
        }
    }

    /// Folds all purchases, one after another.
    pub fn fold(&self) -> Ledger {
        let mut rebuild = Rebuild::new(None);
        for (key, item) in &self.items {
            rebuild.add(SourceKey::Transaction(TransactionKey::parse(key)), item);
        }
        rebuild.finish()
    }

    /// The ledger as it is stored.
    pub fn bytes(&self) -> Vec<u8> {
        self.fold().encode(PROFILE, Tag::default()).ledger
    }

    /// The document as of today, rendered.
    pub fn document(&self, ledger: &Ledger) -> String {
        let document = evaluate(ledger, PROFILE, self.today, &self.locations).unwrap();
        serde_json::to_string(&document).unwrap()
    }
}

/// The key and the item of the purchase with this number.
pub(crate) fn purchase(date: NaiveDate, number: u32) -> (String, Item) {
    let (hour, minute) = (9 + number % 10, number % 60);
    let key = format!("{date}T{hour:02}:{minute:02}:00Z#order-{number}");
    let total = format!("{}.{:02}", 5 + number % 95, number % 100);
    let line = Item::from([
        (
            "brand".to_owned(),
            text(format!("Brand {}", number % BRANDS)),
        ),
        ("quantity".to_owned(), Value::Number("1".to_owned())),
    ]);
    let item = Item::from([
        ("total".to_owned(), Value::Number(total)),
        (
            "location_id".to_owned(),
            text((number % LOCATIONS).to_string()),
        ),
        ("items".to_owned(), Value::List(vec![Value::Map(line)])),
    ]);
    (key, item)
}

/// The record of a location.
pub(crate) fn store(number: u32) -> Item {
    let address = Item::from([("country".to_owned(), text("Australia".to_owned()))]);
    Item::from([
        ("id".to_owned(), Value::Number(number.to_string())),
        ("type".to_owned(), text("store".to_owned())),
        ("name".to_owned(), text(format!("Store {number}"))),
        ("phone".to_owned(), text("1131131".to_owned())),
        ("address".to_owned(), Value::Map(address)),
    ])
}

fn text(text: String) -> Value {
    Value::Text(text)
}
