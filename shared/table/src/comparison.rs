//! What is derived of a profile, beside what a calculation from nothing makes of it.

use std::collections::BTreeSet;
use std::fmt;

use calculation::{
    ArchiveError, Currency, Difference, Instant, Ledger, LedgerError, Locations, Rebuild, evaluate,
};

use crate::archive::Archive;
use crate::attributes::plain_item;
use crate::derived::{Derived, Replacement, StoredLedger, Version};
use crate::keys::SortKey;
use crate::profile_id::ProfileId;
use crate::settings::Settings;
use crate::source::Attributes;

/// How many differences are named.
const NAMED: usize = 5;
/// A figure that is there whenever figures are.
pub(crate) const A_FIGURE: &str = "shop_count";

/// Why what is derived of a profile is not what it should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Discrepancy {
    /// There is no derived item, or an empty one.
    NotCalculated,
    /// Nothing else is stored of the profile.
    OfNothing,
    /// The ledger cannot be read.
    Ledger(LedgerError),
    /// The derived item says itself that it is not what the table holds.
    Incomplete(String),
    /// The archive does not belong to the ledger.
    Archive(ArchiveError),
    /// There is an archive item that the ledger does not name, of this year.
    ArchiveNotNamed(u16),
    /// The ledger says something else than a calculation from nothing.
    Calculation(Vec<Difference>),
    /// What the ledger says of its closed days all together is not what the archive says.
    Past,
    /// An attribute of the derived item says something else than the ledger, or is not one that a recalculation writes.
    Attribute(String),
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCalculated => formatter.write_str("not calculated"),
            Self::OfNothing => {
                formatter.write_str("derived item of a profile of which nothing is stored")
            }
            Self::Ledger(error) => error.fmt(formatter),
            Self::Incomplete(reason) => {
                write!(formatter, "incomplete: {}", crate::printable(reason))
            }
            Self::Archive(error) => error.fmt(formatter),
            Self::ArchiveNotNamed(year) => write!(
                formatter,
                "archive item of {year} does not belong to the ledger"
            ),
            Self::Calculation(differences) => {
                formatter.write_str("differs in ")?;
                let named = differences.iter().take(NAMED);
                let named: Vec<_> = named.map(ToString::to_string).collect();
                formatter.write_str(&named.join(", "))?;
                match differences.len().saturating_sub(NAMED) {
                    0 => Ok(()),
                    more => write!(formatter, " and {more} more"),
                }
            }
            Self::Past => formatter.write_str("differs in the summary of closed days"),
            Self::Attribute(name) => write!(formatter, "differs in attribute {name}"),
        }
    }
}

/// What is stored of a profile: its source items folded from nothing, and what was derived of them.
#[derive(Debug)]
pub(crate) struct StoredProfile {
    rebuild: Rebuild,
    derived: Option<Attributes>,
    archive: Archive,
}

/// What became of a comparison.
#[derive(Debug)]
pub(crate) enum Verdict {
    Exact,
    /// An empty derived item, of this version, where nothing is stored; beside it archive items of these years.
    EmptyOfNothing(Version, BTreeSet<u16>),
    Wrong(Discrepancy),
}

/// What was compared: the derived item, and the ledger of a calculation from nothing.
pub(crate) type Seen = (Option<Attributes>, Ledger);

impl StoredProfile {
    /// Nothing yet.
    pub(crate) fn new(currency: Option<Currency>) -> Self {
        Self {
            rebuild: Rebuild::new(currency),
            derived: None,
            archive: Archive::default(),
        }
    }

    /// Takes the next item, in the order of their sort keys.
    pub(crate) fn add(&mut self, key: SortKey<'_>, item: Attributes) {
        match key {
            SortKey::Derived => self.derived = Some(item),
            SortKey::Archive(year) => self.archive.add(year, item),
            key => {
                if let Some(key) = key.source() {
                    self.rebuild.add(key, &plain_item(item));
                }
            }
        }
    }

    /// Compares what is derived with the calculation from nothing.
    pub(crate) fn compare(self, profile: &ProfileId, settings: &Settings) -> (Verdict, Seen) {
        let truth = self.rebuild.finish();
        let verdict = verdict(
            profile,
            settings,
            &truth,
            self.derived.as_ref(),
            self.archive,
        );
        (verdict, (self.derived, truth))
    }
}

fn verdict(
    profile: &ProfileId,
    settings: &Settings,
    truth: &Ledger,
    item: Option<&Attributes>,
    archive: Archive,
) -> Verdict {
    let derived = item.map(|item| Derived::read(profile, item.clone()));
    let (ledger, incomplete, version) = match derived {
        None => (StoredLedger::None, None, None),
        Some(derived) => (derived.ledger, derived.incomplete, Some(derived.version)),
    };
    if truth.is_empty() {
        return match (ledger, version) {
            (StoredLedger::None, None) if archive.years.is_empty() => Verdict::Exact,
            (StoredLedger::None, Some(version)) => Verdict::EmptyOfNothing(version, archive.years),
            _ => Verdict::Wrong(Discrepancy::OfNothing),
        };
    }
    let discrepancy = match (ledger, incomplete) {
        (_, Some(reason)) => Some(Discrepancy::Incomplete(reason)),
        (StoredLedger::None, None) => Some(Discrepancy::NotCalculated),
        (StoredLedger::Unusable(error), None) => Some(Discrepancy::Ledger(error)),
        (StoredLedger::Usable(ledger), None) => {
            item.and_then(|item| compare_usable(profile, settings, &ledger, item, truth, archive))
        }
    };
    discrepancy.map_or(Verdict::Exact, Verdict::Wrong)
}

/// Compares a derived item with the ledger that a calculation from nothing made.
fn compare_usable(
    profile: &ProfileId,
    settings: &Settings,
    stored: &Ledger,
    item: &Attributes,
    truth: &Ledger,
    archive: Archive,
) -> Option<Discrepancy> {
    let named: BTreeSet<u16> = stored.archive().map(|(year, _)| year).collect();
    let mut whole = stored.clone();
    if let Err(error) = whole.take_in(profile.as_str(), archive.items) {
        return Some(Discrepancy::Archive(error));
    }
    if let Some(year) = archive.years.difference(&named).next() {
        return Some(Discrepancy::ArchiveNotNamed(*year));
    }
    let differences = whole.differences(truth);
    if !differences.is_empty() {
        return Some(Discrepancy::Calculation(differences));
    }
    if !stored.sums_up(&whole) {
        return Some(Discrepancy::Past);
    }
    let calculated_at = item
        .get("calculated_at")
        .and_then(|value| value.as_s().ok());
    let Some(calculated_at) = calculated_at.and_then(|text| Instant::parse_spaced(text)) else {
        return Some(Discrepancy::Attribute("calculated_at".to_owned()));
    };
    // What a recalculation leaves out may still be there since a time when it did not.
    let are_due = settings.store_figures && !stored.needs_archive(calculated_at.date);
    let locations = Locations::new();
    let document = if are_due || item.contains_key(A_FIGURE) {
        evaluate(&whole, profile.as_str(), calculated_at.date, &locations)
            .ok()
            .flatten()
    } else {
        None
    };
    let expected = Replacement::new(
        profile,
        &whole,
        document.as_ref(),
        calculated_at,
        &BTreeSet::new(),
    )
    .item;
    let names: BTreeSet<&String> = item.keys().chain(expected.keys()).collect();
    let differs = |name: &&&String| match name.as_str() {
        // Fresh in every write, and compared by what it says.
        "version" | "ledger" => !item.contains_key(**name),
        name => item.get(name) != expected.get(name),
    };
    let name = names.iter().find(differs)?;
    Some(Discrepancy::Attribute(crate::printable(name).to_string()))
}
