//! What is written only if it can be read again.

use calculation::{Item, Rebuild, SourceKey, Value, parse_date};

use super::*;

#[test]
fn a_ledger_that_nobody_would_read_again_does_not_fit() {
    let purchase = Item::from([("total".to_owned(), Value::Number("1".to_owned()))]);
    let profile = ProfileId::parse("ada").unwrap();
    let ledger = |days: usize| {
        let mut rebuild = Rebuild::new(None);
        let first = parse_date("1450-01-01").unwrap();
        for date in first.iter_days().take(days) {
            let key = format!("{date}T10:00:00Z#1");
            let key = SourceKey::Transaction(TransactionKey::parse(&key));
            rebuild.add(key, &purchase);
        }
        rebuild.finish()
    };
    let now = Instant::parse_spaced("2026-01-31 10:00:00").unwrap();
    for (days, fits) in [(200_000, true), (200_001, false)] {
        let ledger = ledger(days);
        let replacement = Replacement::new(&profile, &ledger, None, now, &BTreeSet::new());
        assert_eq!(replacement.fits(), fits, "{days} days");
        assert!(replacement.bytes() < 1024);
        let Some(AttributeValue::B(bytes)) = replacement.item.get("ledger") else {
            panic!("there is a ledger");
        };
        let read = Ledger::decode("ada", bytes.as_ref());
        assert_eq!(read.is_ok(), fits, "{days} days");
    }
}
