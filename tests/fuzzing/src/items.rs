//! Bytes as the items of a profile.

use std::collections::BTreeMap;

use calculation::{
    Closing, Currency, Fold, Item, LISTED, Ledger, Object, Part, Rebuild, SourceKey, Tag,
    TransactionKey, parse_date,
};

use crate::PROFILE;
use crate::figures::{same, told};

/// Reads each line as an item of JSON with its `sk`, and folds them, for a deployment without a currency and for one in euros. Any
/// order comes to the same, and so does what was stored in between, with days closed or not.
pub fn items(input: &[u8]) {
    let items: BTreeMap<String, Item> = input
        .split(|byte| *byte == b'\n')
        .filter_map(item)
        .collect();
    for currency in [None, Currency::parse("EUR")] {
        folds(&items, currency);
    }
}

/// A line, if it is an item of the table.
fn item(line: &[u8]) -> Option<(String, Item)> {
    let Object(item) = serde_json::from_slice(line).ok()?;
    let item: Item = item;
    let sk = item.get("sk")?.as_text()?.to_owned();
    Some((sk, item))
}

/// The key of a profile's source item.
fn key(sk: &str) -> Option<SourceKey<'_>> {
    if sk == "PROFILE" {
        return Some(SourceKey::Profile);
    }
    let transaction = sk.strip_prefix("TXN#").map(TransactionKey::parse);
    let address = sk.strip_prefix("ADDRESS#").map(SourceKey::Address);
    transaction.map(SourceKey::Transaction).or(address)
}

fn folds(items: &BTreeMap<String, Item>, currency: Option<Currency>) {
    let mut rebuild = Rebuild::new(currency);
    let mut parts = BTreeMap::<Part, Vec<(&str, &Item)>>::new();
    for (sk, item) in items {
        if let Some(key) = key(sk) {
            rebuild.add(key, item);
            parts.entry(key.part()).or_default().push((sk, item));
        }
    }
    let mut ledger = rebuild.finish();
    let content = ledger.content();
    let figures = told(&ledger);

    // Where more keys are set aside than are listed, parts alone do not tell everything.
    let is_listed = ledger.set_aside().len() < LISTED;

    // Part by part the other way round, and once more over what is there.
    let mut replaced = Ledger::new(currency);
    for _ in 0..2 {
        for (part, items) in parts.iter().rev() {
            replaced.replace(fold(part, items, currency));
        }
        assert!(replaced.content() == content || !is_listed);
    }
    same(&told(&stored(&ledger)), &figures);

    if let Some(today) = parse_date("2026-01-31") {
        let (months, days, bytes) = (25, 1, 0);
        let closing = Closing {
            months,
            days,
            bytes,
        };
        ledger.close(&closing, today);
    }
    let closed = stored(&ledger);
    assert_eq!(closed.content(), content);
    same(&told(&closed), &figures);

    for part in parts.keys() {
        replaced.replace(Fold::new(part.clone(), currency));
    }
    assert!(replaced.is_empty() || !is_listed);
}

/// The items of a part, the last one first.
fn fold(part: &Part, items: &[(&str, &Item)], currency: Option<Currency>) -> Fold {
    let mut fold = Fold::new(part.clone(), currency);
    for (sk, item) in items.iter().rev() {
        if let Some(key) = key(sk) {
            fold.add(key, item);
        }
    }
    fold
}

/// The ledger as it comes back from the table.
fn stored(ledger: &Ledger) -> Ledger {
    let encoded = ledger.encode(PROFILE, Tag::default());
    let mut stored = match Ledger::decode(PROFILE, &encoded.ledger) {
        Ok(stored) => stored,
        Err(error) => panic!("what was written cannot be read: {error}"),
    };
    assert_eq!(stored.take_in(PROFILE, encoded.archive), Ok(()));
    stored
}
