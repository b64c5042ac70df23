//! Which days are closed, and what needs them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use calculation::{
    Closing, Item, Ledger, Part, Rebuild, SourceKey, Tag, TransactionKey, Value, parse_date,
};

fn ledger(dates: &[&str]) -> Ledger {
    let mut rebuild = Rebuild::new(None);
    for date in dates {
        let key = format!("{date}T10:00:00Z#1");
        let key = SourceKey::Transaction(TransactionKey::parse(&key));
        let total = ("total".to_owned(), Value::Number("1".to_owned()));
        rebuild.add(key, &Item::from([total]));
    }
    rebuild.finish()
}

/// A stored ledger whose days before 2023-12-15 are closed: 25 months before its newest purchase.
fn closed() -> Ledger {
    let mut ledger = ledger(&["2020-01-15", "2026-01-15"]);
    let closing = Closing {
        days: 1,
        bytes: 0,
        ..Closing::default()
    };
    ledger.close(&closing, parse_date("2026-01-31").unwrap());
    let encoded = ledger.encode("ada", Tag::default());
    Ledger::decode("ada", &encoded.ledger).unwrap()
}

#[test]
fn a_document_needs_closed_days_if_its_longest_window_begins_before_their_end() {
    let ledger = closed();
    for (date, is_needed) in [("2025-12-14", true), ("2025-12-15", false)] {
        assert_eq!(
            ledger.needs_archive(parse_date(date).unwrap()),
            is_needed,
            "{date}"
        );
    }
}

#[test]
fn a_date_needs_closed_days_if_it_is_before_their_end() {
    let ledger = closed();
    for (date, is_needed) in [("2023-12-14", true), ("2023-12-15", false)] {
        let part = Part::Date(parse_date(date).unwrap());
        assert_eq!(
            ledger.parts_need_archive(&[Part::Profile, part]),
            is_needed,
            "{date}"
        );
    }
    assert!(!ledger.parts_need_archive(&[Part::Profile]));
}
