//! What a fold of one part makes of a ledger.

use calculation::{
    Fold, Item, LISTED, Ledger, Part, SourceKey, Tag, TransactionKey, Value, parse_date,
};

/// A ledger of one part, into which these items were folded.
fn folded(part: &str, items: &[&str]) -> Ledger {
    let source = |key| SourceKey::Transaction(TransactionKey::parse(key));
    let mut fold = Fold::new(source(part).part(), None);
    for key in items {
        let total = ("total".to_owned(), Value::Number("5".to_owned()));
        fold.add(source(key), &Item::from([total]));
    }
    let mut ledger = Ledger::default();
    ledger.replace(fold);
    ledger
}

fn bytes(ledger: &Ledger) -> Vec<u8> {
    ledger.encode("ada", Tag::default()).ledger
}

#[test]
fn items_of_another_part_are_ignored() {
    for (part, other) in [
        ("2026-01-31T10:00:00Z#1", "2026-02-01T10:00:00Z#2"),
        ("soon#1", "soon#2"),
        ("soon#1", "2026-01-31T10:00:00Z#1"),
        ("2026-01-31T10:00:00Z#1", "soon#1"),
    ] {
        let alone = folded(part, &[part]);
        let both = folded(part, &[part, other]);
        assert_eq!(bytes(&both), bytes(&alone), "{part} {other}");
        assert!(alone.exists() && !alone.is_empty(), "{part}");
        let another = folded(part, &[other]);
        assert!(another.is_empty(), "{part} {other}");
    }
}

#[test]
fn an_address_is_kept_for_a_profile_that_does_not_exist_yet() {
    let mut ledger = Ledger::default();
    let mut fold = Fold::new(Part::Addresses, None);
    let country = ("country".to_owned(), Value::Text("NZ".to_owned()));
    fold.add(SourceKey::Address("home"), &Item::from([country]));
    ledger.replace(fold);
    assert!(!ledger.exists());
    assert!(!ledger.is_empty());
}

#[test]
fn everything_is_needed_once_keys_are_to_be_listed_that_were_never_kept() {
    let mut ledger = Ledger::default();
    let mut replace = |date: &str, transactions: usize| {
        let keys: Vec<_> = (0..transactions)
            .map(|number| format!("{date}T10:00:00Z#{number}"))
            .collect();
        let mut fold = Fold::new(Part::Date(parse_date(date).unwrap()), None);
        for key in &keys {
            let key = SourceKey::Transaction(TransactionKey::parse(key));
            fold.add(key, &Item::new());
        }
        ledger.replace(fold);
        assert!(!ledger.set_aside_more());
        (ledger.set_aside_count(), ledger.needs_everything())
    };
    let listed = u64::try_from(LISTED).unwrap();
    assert_eq!(replace("2026-01-30", LISTED), (listed, false));
    // One more than are listed.
    assert_eq!(replace("2026-01-31", 1), (listed + 1, false));
    assert_eq!(replace("2026-01-30", 0), (1, true));
}
