//! What a ledger says, whatever it is.

use std::sync::Arc;

use calculation::{
    Item, Ledger, Location, Locations, Value, evaluate, evaluate_further, explain, parse_date,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::PROFILE;

/// The first date and the last, and some between.
const DATES: [&str; 5] = [
    "0001-01-01",
    "2000-02-29",
    "2026-01-31",
    "2028-03-01",
    "9999-12-31",
];

/// What is shown before and behind a difference.
const SHOWN: usize = 80;

/// Everything that is said of the ledger on each of the dates; panics when it cannot be said. `None` of a date that needs the
/// archive, which the ledger must have said before.
pub(crate) fn told(ledger: &Ledger) -> Vec<Option<String>> {
    let locations = locations(ledger);
    DATES
        .iter()
        .map(|date| {
            let Some(date) = parse_date(date) else {
                panic!("{date} is a date");
            };
            let document = evaluate(ledger, PROFILE, date, &locations);
            assert_eq!(document.is_err(), ledger.needs_archive(date));
            let document = document.ok()?;
            assert_eq!(document.is_some(), ledger.exists());
            let (Ok(further), Ok(explanation)) = (
                evaluate_further(ledger, date, &locations),
                explain(ledger, date, &locations),
            ) else {
                panic!("the document needs no archive, and what is said with it does");
            };
            Some([json(&document), json(&further), json(&explanation)].concat())
        })
        .collect()
}

/// Panics where two of them differ, and shows the place.
pub(crate) fn same(left: &[Option<String>], right: &[Option<String>]) {
    for (left, right) in left.iter().zip(right) {
        let (left, right) = (
            left.as_deref().unwrap_or(""),
            right.as_deref().unwrap_or(""),
        );
        let same = left
            .bytes()
            .zip(right.bytes())
            .take_while(|(left, right)| left == right);
        let around = same.count().saturating_sub(SHOWN)..;
        let shown = |text: &str| {
            let bytes = text.as_bytes().get(around.clone()).unwrap_or_default();
            String::from_utf8_lossy(bytes)
                .chars()
                .take(2 * SHOWN)
                .collect::<String>()
        };
        assert!(left == right, "{}\n{}", shown(left), shown(right));
    }
}

/// Records of the locations in the ledger: some are websites, some have a country, some are not stored.
fn locations(ledger: &Ledger) -> Locations {
    let mut locations = Locations::new();
    for id in ledger.location_ids() {
        let record = match id.len() % 3 {
            0 => vec![("type", Value::Text("website".to_owned()))],
            1 => {
                let iso = ("iso".to_owned(), Value::Text("NZ".to_owned()));
                vec![("address", Value::Map(Item::from([iso])))]
            }
            _ => continue,
        };
        let record = record.into_iter();
        let record = record.map(|(name, value)| (name.to_owned(), value));
        match Location::new(id, &record.collect()) {
            Ok(location) => locations.insert(id.to_owned(), Arc::new(location)),
            Err(error) => panic!("{error}"),
        };
    }
    locations
}

/// The value as JSON, which a reader takes.
fn json(value: &impl Serialize) -> String {
    match serde_json::to_string(value) {
        Ok(json) if serde_json::from_str::<&RawValue>(&json).is_ok() => json,
        Ok(json) => panic!("this is no JSON: {json}"),
        Err(error) => panic!("{error}"),
    }
}
