//! Why each figure is what it is, and when it changes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::aggregations::{FIGURES, figure_names};
use crate::changes::Changes;
use crate::country::Country;
use crate::evaluation::{ArchiveNeeded, Evaluation};
use crate::ledger::Ledger;
use crate::location::Locations;
use crate::money::Money;
use crate::set_aside::SetAsideReason;

mod figures;

/// Why each figure is what it is as of a date, and when it changes.
#[derive(Debug, Serialize)]
pub struct Explanation<'a> {
    /// The date of the document.
    pub as_of: NaiveDate,
    /// When each figure changes by itself.
    pub changes_on: Changes,
    /// Why each figure is what it is.
    pub figures: Figures<'a>,
    set_aside: SetAside<'a>,
}

/// What is said of each figure, in the order of the document.
#[derive(Debug)]
pub struct Figures<'a>([Figure<'a>; FIGURES]);

impl<'a> Figures<'a> {
    /// What is said of the figure with this name.
    pub fn get(&self, name: &str) -> Option<&Figure<'a>> {
        let mut figures = figure_names().zip(&self.0);
        figures.find_map(|(figure, said)| (figure == name).then_some(said))
    }
}

impl Serialize for Figures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(FIGURES))?;
        for (name, figure) in figure_names().zip(&self.0) {
            map.serialize_entry(name, figure)?;
        }
        map.end()
    }
}

/// The rule of a figure, and the facts that it was applied to; each figure has those that it needs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figure<'a> {
    /// The rule, in a sentence.
    pub rule: &'static str,
    /// The dates that count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Transactions that count, in the window if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transactions: Option<u64>,
    /// Purchases that count, in the window if there is one; of a location those at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchases: Option<u64>,
    /// The sum that is divided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spend: Option<Money>,
    /// The date of the first purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_purchase: Option<NaiveDate>,
    /// The date of the last purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_purchase: Option<NaiveDate>,
    /// The join date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined_on: Option<NaiveDate>,
    /// Days from the first purchase to the last, or since the join date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// For each recency, the earliest date of the last purchase that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest: Option<BTreeMap<&'static str, NaiveDate>>,
    /// The channels that purchases name themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_by_purchases: Option<Vec<&'static str>>,
    /// The channels of the locations of the other purchases, by the location's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_by_locations: Option<BTreeMap<&'a str, &'static str>>,
    /// What each source says about the country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<Sources>,
    /// How many sources name the country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_by: Option<u64>,
    /// Countries that came to the same among recent purchases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recent_tie: Option<Tie>,
    /// How many brands were purchased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brands: Option<usize>,
    /// What came to the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie: Option<Tie>,
}

/// The dates that count, both included.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Window {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

/// What each source says about the country.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sources {
    /// The purchases of the last 12 months.
    pub recent_transactions: Option<Country>,
    /// The addresses.
    pub addresses: Option<Country>,
    /// The preferred location.
    pub preferred_location: Option<Country>,
    /// The joined location.
    pub joined_location: Option<Country>,
}

/// What came to the same, and what decided.
#[derive(Clone, Debug, Serialize)]
pub struct Tie {
    /// Countries, or ids of locations.
    pub between: Vec<String>,
    /// The rule that decided, in words.
    pub decided_by: &'static str,
}

/// Transactions that could not be counted.
#[derive(Debug, Serialize)]
struct SetAside<'a> {
    count: u64,
    listed: Vec<Listed<'a>>,
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    key: &'a str,
    #[serde(serialize_with = "as_text")]
    reason: SetAsideReason,
}

fn as_text<S: Serializer>(reason: &SetAsideReason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}

/// Why each figure of a profile is what it is at the end of the UTC date `today`, and when it changes; `None` when the profile
/// has no document.
///
/// # Errors
///
/// It [needs the archive](Ledger::needs_archive).
///
/// # Examples
///
/// ```
/// use calculation::{Item, Locations, Rebuild, SourceKey, TransactionKey, Value, explain, parse_date};
///
/// let mut rebuild = Rebuild::new(None);
/// let key = SourceKey::Transaction(TransactionKey::parse("2026-01-31T10:00:00Z#order-1"));
/// rebuild.add(key, &Item::from([("total".to_owned(), Value::Number("49.90".to_owned()))]));
/// let (ledger, locations) = (rebuild.finish(), Locations::new());
///
/// let today = parse_date("2026-02-01").unwrap();
/// let explanation = explain(&ledger, today, &locations).unwrap().unwrap();
/// let mut changes = explanation.changes_on.iter();
/// let (_, date) = changes.find(|(figure, _)| *figure == "spend_12m").unwrap();
/// assert_eq!(date, parse_date("2027-02-01"));
/// ```
pub fn explain<'a>(
    ledger: &'a Ledger,
    today: NaiveDate,
    locations: &'a Locations,
) -> Result<Option<Explanation<'a>>, ArchiveNeeded> {
    let Some(evaluation) = Evaluation::new(ledger, today, locations)? else {
        return Ok(None);
    };
    let listed = ledger
        .set_aside()
        .map(|(key, reason)| Listed { key, reason });
    Ok(Some(Explanation {
        as_of: today,
        figures: Figures(evaluation.figures()),
        set_aside: SetAside {
            count: ledger.set_aside_count(),
            listed: listed.collect(),
        },
        changes_on: evaluation.changes(),
    }))
}
