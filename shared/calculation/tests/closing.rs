//! Which days are closed, and what needs them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use calculation::{
    Closing, Fold, Item, Ledger, Part, Rebuild, SourceKey, Tag, TransactionKey, Value, parse_date,
};

/// A ledger of transactions with these dates and totals.
fn ledger(transactions: &[(&str, &str)]) -> Ledger {
    let mut rebuild = Rebuild::new(None);
    for (date, total) in transactions {
        let key = format!("{date}T10:00:00Z#1");
        let key = SourceKey::Transaction(TransactionKey::parse(&key));
        let total = ("total".to_owned(), Value::Number((*total).to_owned()));
        rebuild.add(key, &Item::from([total]));
    }
    rebuild.finish()
}

/// A stored ledger whose days before 2023-12-15 are closed: 25 months before its newest purchase.
fn closed() -> Ledger {
    let mut ledger = ledger(&[("2020-01-15", "1"), ("2026-01-15", "1")]);
    ledger.close(&Closing::default(), parse_date("2026-01-31").unwrap());
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

#[test]
fn a_day_is_closed_if_it_is_more_than_25_months_before_the_newest_purchase() {
    let newest = ("2026-01-15", "1");
    let closable = |transactions: &[_], today| {
        ledger(transactions).closable(&Closing::default(), parse_date(today).unwrap())
    };
    let (older, old) = (("2023-12-14", "1"), ("2023-12-15", "1"));
    assert_eq!(closable(&[older, old, newest], "2026-01-31"), 1);
    // Today is no later than it is.
    assert_eq!(closable(&[older, old, newest], "2026-01-14"), 0);
    // A return is no purchase, unless there is nothing else.
    let returned = ("2026-03-15", "-1");
    assert_eq!(closable(&[older, old, newest, returned], "2026-03-31"), 1);
    assert_eq!(closable(&[("2023-12-15", "-1"), returned], "2026-03-31"), 1);
}

#[test]
fn a_profile_exists_as_long_as_closed_days_remain() {
    let mut ledger = closed();
    let newest = Part::Date(parse_date("2026-01-15").unwrap());
    ledger.replace(Fold::new(newest, None));
    assert!(ledger.exists());
}
