//! An explanation tells what the items say, however the ledger came by them.

use calculation::{
    Item, Ledger, Locations, Rebuild, SourceKey, Tag, TransactionKey, Value, explain, parse_date,
};

#[test]
fn a_tie_is_told_in_one_order() {
    let mut rebuild = Rebuild::new(None);
    for (key, location) in [
        ("2026-01-02T10:00:00Z#1", "8"),
        ("2026-01-03T10:00:00Z#2", "7"),
    ] {
        let item = Item::from([
            ("total".to_owned(), Value::Number("5".to_owned())),
            ("location_id".to_owned(), Value::Number(location.to_owned())),
        ]);
        rebuild.add(SourceKey::Transaction(TransactionKey::parse(key)), &item);
    }
    let folded = rebuild.finish();
    let encoded = folded.encode("ada", Tag::default());
    let stored = Ledger::decode("ada", &encoded.ledger).unwrap();
    let (today, locations) = (parse_date("2026-01-31").unwrap(), Locations::new());
    let told = |ledger: &Ledger| {
        let explanation = explain(ledger, today, &locations).unwrap();
        serde_json::to_string(&explanation).unwrap()
    };
    assert!(told(&folded).contains(r#""between":["7","8"]"#));
    assert_eq!(told(&folded), told(&stored));
}
