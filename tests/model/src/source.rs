//! What shops store: of each date one total. More purchases of a date would add nothing, since a date is always folded whole.

use std::collections::BTreeMap;

use calculation::{
    Fold, Item, Ledger, Locations, Part, Rebuild, SourceKey, TransactionKey, Value, evaluate,
};
use chrono::{Datelike, NaiveDate};

/// The profile's id.
pub(crate) const PROFILE: &str = "p";
/// A purchase of at least so much is one of a brand whose name takes room in the ledger.
const LARGE: u8 = 5;

/// A date on which something may be stored.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Date {
    /// The first one, closed as soon as there is a later one.
    First,
    /// A later one of the same year, so both share an archive item.
    SameYear,
    /// One of the next year.
    NextYear,
    /// The newest one, which is never closed.
    Newest,
}

/// What is stored: the total of each date.
pub type Totals = BTreeMap<Date, u8>;

impl Date {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::First, Self::SameYear, Self::NextYear, Self::Newest];

    /// The date itself.
    pub fn day(self) -> NaiveDate {
        let (year, month) = match self {
            Self::First => (2020, 3),
            Self::SameYear => (2020, 9),
            Self::NextYear => (2021, 3),
            Self::Newest => (2026, 1),
        };
        NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default()
    }

    /// The year of its archive item.
    pub(crate) fn year(self) -> u16 {
        u16::try_from(self.day().year()).unwrap_or_default()
    }

    /// The part that a record of it names.
    pub fn part(self) -> Part {
        Part::Date(self.day())
    }

    /// The key of its purchase, without the prefix of the sort key.
    pub fn key(self) -> String {
        format!("{}T12:00:00Z#a", self.day())
    }

    /// The date folded from what is stored of it.
    pub(crate) fn fold(self, total: Option<u8>) -> Fold {
        let mut fold = Fold::new(self.part(), None);
        if let Some(total) = total {
            let key = self.key();
            let key = SourceKey::Transaction(TransactionKey::parse(&key));
            fold.add(key, &self.purchase(total));
        }
        fold
    }

    /// The attributes of its purchase.
    pub fn purchase(self, total: u8) -> Item {
        let mut item = Item::from([("total".to_owned(), Value::Number(total.to_string()))]);
        if total >= LARGE {
            let brand = Value::Text(format!("{self:?}").repeat(20));
            let line = Value::Map(
                Item::from([("brand".to_owned(), brand)])
                    .into_iter()
                    .collect(),
            );
            item.insert("items".to_owned(), Value::List(vec![line]));
        }
        item
    }
}

/// A ledger from nothing.
pub(crate) fn from_nothing(totals: &Totals) -> Ledger {
    let mut rebuild = Rebuild::new(None);
    for (date, total) in totals {
        let key = date.key();
        let key = SourceKey::Transaction(TransactionKey::parse(&key));
        rebuild.add(key, &date.purchase(*total));
    }
    rebuild.finish()
}

/// The document as of a date, as text; `None` if there is none, or if it takes the archive.
pub(crate) fn document(ledger: &Ledger, today: NaiveDate) -> Option<String> {
    let locations = Locations::new();
    let document = evaluate(ledger, PROFILE, today, &locations);
    Some(format!("{:?}", document.ok()??))
}

/// What a reader is told of each date: by how much the sum of all time grows on it.
pub fn told(ledger: &Ledger) -> Totals {
    let locations = Locations::new();
    let mut before = 0;
    let mut told = Totals::new();
    for date in Date::ALL {
        let document = evaluate(ledger, PROFILE, date.day(), &locations);
        let sum = document.ok().flatten();
        let sum = sum.map_or(0, |document| {
            document.spend_all.to_string().parse().unwrap_or(0)
        });
        if sum > before {
            told.insert(date, sum - before);
        }
        before = sum;
    }
    told
}
