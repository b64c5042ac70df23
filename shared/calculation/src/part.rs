//! The parts of a profile, each of which is folded by itself.

use chrono::NaiveDate;

use crate::date::parse_date;
use crate::transaction::PREFIX;
use crate::value::{Item, Value};

/// What one recalculation reads and folds as a whole.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// The profile record.
    Profile,
    /// All addresses.
    Addresses,
    /// All transactions whose sort key begins with `TXN#` and this date.
    Date(NaiveDate),
    /// The one transaction with this sort key, which begins with no real date.
    OddKey(String),
}

impl Part {
    /// The part that a sort key belongs to; `None` for a key that is no source item's.
    pub fn of_key(key: &str) -> Option<Self> {
        if key == "PROFILE" {
            return Some(Self::Profile);
        }
        if key.starts_with("ADDRESS#") {
            return Some(Self::Addresses);
        }
        let rest = key.strip_prefix(PREFIX)?;
        Some(match rest.get(..10).and_then(parse_date) {
            Some(date) => Self::Date(date),
            None => Self::OddKey(key.to_owned()),
        })
    }

    /// The part that an item belongs to, by its `sk` attribute.
    pub fn of_item(item: &Item) -> Option<Self> {
        item.get("sk")
            .and_then(Value::as_text)
            .and_then(Self::of_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_parts_from_keys() {
        let date = parse_date("2026-01-01").unwrap();
        for (key, expected) in [
            ("PROFILE", Some(Part::Profile)),
            ("PROFILE#x", None),
            ("ADDRESS#home", Some(Part::Addresses)),
            ("ADDRESS", None),
            ("AGG", None),
            ("LOCATION", None),
            ("", None),
            ("TXN#2026-01-01T10:00:00Z#a", Some(Part::Date(date))),
            ("TXN#2026-01-01", Some(Part::Date(date))),
            (
                "TXN#2026-02-30T10:00:00Z#a",
                Some(Part::OddKey("TXN#2026-02-30T10:00:00Z#a".into())),
            ),
            (
                "TXN#yesterday#a",
                Some(Part::OddKey("TXN#yesterday#a".into())),
            ),
            ("TXN#ééééé", Some(Part::OddKey("TXN#ééééé".into()))),
        ] {
            assert_eq!(Part::of_key(key), expected, "{key}");
        }
    }
}
