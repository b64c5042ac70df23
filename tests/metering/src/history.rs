//! A customer with a long history, always the same one, and the sizes of its items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Part, TransactionKey, Value};
use chrono::{Days, NaiveDate};
use table::{PartitionKey, ProfileId, SortKey, keyed_item};

use crate::size::size;

/// The customer's id: a UUID, as most are.
pub const PROFILE: &str = "5b1d6f0e-8a52-4c3b-9d57-0c6f2f6f9a11";
/// What one transaction has in bytes: that of the measurements of other implementations.
pub const TRANSACTION_BYTES: usize = 286;

const STORES: u64 = 4;
const BRANDS: u64 = 20;

/// The customer's partition key.
pub fn partition() -> PartitionKey {
    ProfileId::parse(PROFILE).unwrap().partition()
}

/// The store with this number, with all its hours and its address.
fn store(number: u64) -> Item {
    let text = |text: &str| Value::Text(text.to_owned());
    let hours = ["mon", "tue", "wed", "thu", "fri", "sat"];
    let hours = hours.map(|day| {
        Value::Map(Item::from([
            ("day".into(), text(day)),
            ("open".into(), text("09:00")),
            ("close".into(), text("18:00")),
        ]))
    });
    let attributes = Item::from([
        ("type".into(), text("store")),
        ("name".into(), text("Queen Street")),
        ("phone".into(), text("+64 9 555 0100")),
        ("email".into(), text("queen.street@example.com")),
        ("timezone".into(), text("Pacific/Auckland")),
        (
            "address".into(),
            Value::Map(Item::from([
                ("country".into(), text("New Zealand")),
                ("iso".into(), text("NZ")),
                ("city".into(), text("Auckland")),
                ("address_line_1".into(), text("100 Queen Street")),
            ])),
        ),
        ("normal_hours".into(), Value::List(hours.into())),
        ("created_at".into(), text("2019-03-01 09:00:00")),
        ("updated_at".into(), text("2026-01-05 11:30:00")),
    ]);
    let partition = PartitionKey::Location(number.to_string());
    with_key(&partition, SortKey::Location, attributes)
}

fn with_key(pk: &PartitionKey, sk: SortKey<'_>, mut attributes: Item) -> Item {
    attributes.extend(keyed_item(pk, sk));
    attributes
}

/// All stores that the customer shops at.
pub fn stores() -> impl Iterator<Item = Item> {
    (1..=STORES).map(store)
}

/// The customer's profile record and address.
pub fn customer() -> [Item; 2] {
    let text = |text: &str| Value::Text(text.to_owned());
    let profile = Item::from([
        ("joined_at".into(), text("2015-04-01 08:00:00")),
        ("joined_location_id".into(), Value::Number("1".into())),
        ("preferred_location_id".into(), Value::Number("2".into())),
    ]);
    let address = Item::from([
        ("country".into(), text("New Zealand")),
        ("iso".into(), text("NZ")),
        ("is_default".into(), Value::Bool(true)),
    ]);
    [
        with_key(&partition(), SortKey::Profile, profile),
        with_key(&partition(), SortKey::Address("home"), address),
    ]
}

/// So many transactions of the customer up to 2026-06-30, one on each day that it shops: see [`transactions_on`].
pub fn transactions(count: usize, apart: u64) -> Vec<Item> {
    transactions_on(count, count, apart)
}

/// So many transactions of the customer up to 2026-06-30, in the order of their keys, spread evenly over so many days on which it
/// shops, the next one of which comes after `apart` days at most. Days, times, totals, stores and brands are drawn, so that a
/// ledger can pack them no better than real ones.
pub fn transactions_on(days: usize, count: usize, apart: u64) -> Vec<Item> {
    let mut drawn = 7_u64;
    // Knuth's MMIX generator; its upper bits are the good ones.
    let mut draw = |below: u64| {
        drawn = drawn
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (drawn >> 33) % below
    };
    let mut date = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    let mut transactions = Vec::new();
    // From the last one back.
    for number in 0..count {
        // Within an hour: the numbers to reach were measured so. A time of twelve hours takes half a byte more a day.
        let (hour, minute, second) = (8, draw(60), draw(60));
        let cents = 500 + draw(24_500);
        transactions.push(transaction(
            &format!("{date}T{hour:02}:{minute:02}:{second:02}Z#{number:08}"),
            &format!("{}.{:02}", cents / 100, cents % 100),
            1 + draw(STORES),
            draw(BRANDS),
        ));
        let day = |number: usize| number * days / count;
        if day(number + 1) > day(number) {
            date = date - Days::new(1 + draw(apart));
        }
    }
    transactions.sort_by(|left, right| left["sk"].as_text().cmp(&right["sk"].as_text()));
    transactions
}

/// Another transaction of the same day, the same but for its time and its id.
pub fn on_the_day_of(item: &Item) -> Item {
    let key = item["sk"].as_text().unwrap();
    let day = &key[..key.len() - "08:00:00Z#00000000".len()];
    let mut another = item.clone();
    let key = format!("{day}21:00:00Z#99999999");
    another.insert("sk".into(), Value::Text(key));
    another
}

/// A transaction of [`TRANSACTION_BYTES`]; what of them no figure needs is a note.
fn transaction(key: &str, total: &str, store: u64, brand: u64) -> Item {
    let text = |text: &str| Value::Text(text.to_owned());
    let bought = Item::from([
        ("brand".into(), Value::Text(format!("Brand {brand:02}"))),
        ("quantity".into(), Value::Number("1".into())),
    ]);
    let paid = Item::from([
        ("total".into(), Value::Number(total.into())),
        ("location_id".into(), Value::Number(store.to_string())),
        ("channel".into(), text("pos")),
        ("items".into(), Value::List(vec![Value::Map(bought)])),
        ("note".into(), text("")),
    ]);
    let key = SortKey::Transaction(TransactionKey::parse(key));
    let mut item = with_key(&partition(), key, paid);
    let note = "x".repeat(TRANSACTION_BYTES - size(&attributes(&item)));
    item.insert("note".into(), Value::Text(note));
    item
}

/// An item as the SDK wants it.
pub fn attributes(item: &Item) -> HashMap<String, AttributeValue> {
    item.iter()
        .map(|(name, value)| (name.clone(), test_support::attribute(value)))
        .collect()
}

/// The sort key of an item.
pub fn sort_key(item: &Item) -> SortKey<'_> {
    SortKey::parse(item["sk"].as_text().unwrap()).unwrap()
}

/// The date of a transaction.
pub fn date(item: &Item) -> NaiveDate {
    match sort_key(item).source().unwrap().part() {
        Part::Date(date) => date,
        other => panic!("{other:?} is no date"),
    }
}
