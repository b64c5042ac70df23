//! When figures change, against what asking every day says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use calculation::{
    Aggregations, Closing, Item, Ledger, Location, Locations, Rebuild, SourceKey, Tag,
    TransactionKey, Value, evaluate, explain, parse_date,
};
use chrono::{Days, NaiveDate};
use indexmap::IndexMap;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::value::RawValue;

/// How far ahead every day is asked.
const AHEAD: u64 = 3 * 366;

/// A transaction: days after the first, total, location.
type Transaction = (u64, i32, Option<&'static str>);

fn day(after: u64) -> NaiveDate {
    let first = parse_date("2021-11-30").unwrap();
    first.checked_add_days(Days::new(after)).unwrap()
}

fn ledger(joined: Option<u64>, transactions: &[Transaction]) -> Ledger {
    let text = |text: String| Value::Text(text);
    let mut items: Vec<(String, Item)> = (0..)
        .zip(transactions)
        .map(|(number, (after, total, location))| {
            let key = format!("{}T10:00:00Z#{number}", day(*after));
            let total = Value::Number(total.to_string());
            let mut item = Item::from([("total".to_owned(), total)]);
            if let Some(location) = location {
                item.insert("location_id".to_owned(), text((*location).to_owned()));
            }
            if after % 7 == 0 {
                item.insert("channel".to_owned(), text("pos".into()));
            }
            let brand = Item::from([("brand".to_owned(), text(format!("Brand {}", after % 5)))]);
            let lines = Value::List(vec![Value::Map(brand)]);
            item.insert("items".to_owned(), lines);
            (key, item)
        })
        .collect();
    items.sort_by(|left, right| left.0.cmp(&right.0));
    let mut rebuild = Rebuild::new(None);
    let mut profile = Item::from([("preferred_location_id".to_owned(), text("nz".into()))]);
    if let Some(joined) = joined {
        let joined = format!("{} 10:00:00", day(joined));
        profile.insert("joined_at".to_owned(), text(joined));
    }
    rebuild.add(SourceKey::Profile, &profile);
    for (key, item) in &items {
        rebuild.add(SourceKey::Transaction(TransactionKey::parse(key)), item);
    }
    rebuild.finish()
}

fn locations() -> Locations {
    let location = |id: &str, kind: &str, country: &str| {
        let address = Item::from([("country".to_owned(), Value::Text(country.to_owned()))]);
        let item = Item::from([
            ("type".to_owned(), Value::Text(kind.to_owned())),
            ("address".to_owned(), Value::Map(address)),
        ]);
        let location = Location::new(id, &item).unwrap();
        (id.to_owned(), Arc::new(location))
    };
    Locations::from([
        location("nz", "store", "NZ"),
        location("au", "store", "AU"),
        location("web", "web", "AU"),
    ])
}

/// The figures as of a date, each as its JSON.
fn figures(ledger: &Ledger, locations: &Locations, date: NaiveDate) -> IndexMap<String, String> {
    let document = evaluate(ledger, "p", date, locations).unwrap().unwrap();
    let json = serde_json::to_string(&document).unwrap();
    let figures: IndexMap<String, Box<RawValue>> = serde_json::from_str(&json).unwrap();
    let text = |value: Box<RawValue>| value.get().to_owned();
    figures
        .into_iter()
        .map(|(key, value)| (key, text(value)))
        .collect()
}

fn transaction() -> impl Strategy<Value = Transaction> {
    let total = prop_oneof![Just(-5), Just(0), Just(10), Just(20)];
    let location = select(vec![
        None,
        Some("nz"),
        Some("au"),
        Some("web"),
        Some("unknown"),
    ]);
    (0..1500_u64, total, location)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn figures_change_when_asking_every_day_says_so(
        is_closed in any::<bool>(),
        transactions in proptest::collection::vec(transaction(), 0..40),
        joined in proptest::option::of(0..1500_u64),
        as_of in 0..1500_u64,
    ) {
        let (mut ledger, locations, as_of) = (ledger(joined, &transactions), locations(), day(as_of));
        if is_closed {
            let closing = Closing { months: 25, days: 1, bytes: 0 };
            ledger.close(&closing, as_of);
            let encoded = ledger.encode("p", Tag::default());
            ledger = Ledger::decode("p", &encoded.ledger).unwrap();
        }
        let explanation = explain(&ledger, as_of, &locations).unwrap().unwrap();
        let changes: IndexMap<_, _> = explanation.changes_on.iter().collect();
        prop_assert_eq!(
            changes.keys().copied().collect::<Vec<_>>(),
            Aggregations::FIELDS[1..].to_vec()
        );
        let before = figures(&ledger, &locations, as_of);
        let mut asked = IndexMap::<String, NaiveDate>::new();
        for date in (1..AHEAD).map(|ahead| as_of.checked_add_days(Days::new(ahead)).unwrap()) {
            for (figure, value) in figures(&ledger, &locations, date) {
                if before.get(&figure) != Some(&value) {
                    asked.entry(figure).or_insert(date);
                }
            }
        }
        let last = as_of.checked_add_days(Days::new(AHEAD)).unwrap();
        for (figure, date) in changes {
            let expected = asked.get(figure).copied();
            prop_assert_eq!(date.filter(|date| *date < last), expected, "{}", figure);
        }
    }
}

#[test]
fn nothing_changes_after_the_last_date_that_can_be_asked_for() {
    let mut rebuild = Rebuild::new(None);
    let key = SourceKey::Transaction(TransactionKey::parse("9999-06-01T10:00:00Z#a"));
    let total = Value::Number("5".to_owned());
    rebuild.add(key, &Item::from([("total".to_owned(), total)]));
    let (ledger, locations) = (rebuild.finish(), Locations::new());
    let changes = |date: &str| {
        let date = parse_date(date).unwrap();
        let explanation = explain(&ledger, date, &locations).unwrap().unwrap();
        let changes = explanation
            .changes_on
            .iter()
            .filter_map(|(figure, date)| Some((figure, date?)));
        changes
            .map(|(figure, date)| (figure, date.to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        changes("9999-06-02"),
        [("dimension_recency", "9999-09-02".to_owned())]
    );
    assert_eq!(changes("9999-12-31"), []);
    assert_eq!(changes("0001-01-01").len(), 9);
}
