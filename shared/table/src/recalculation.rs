//! The recalculation protocol.
//!
//! The stream tells which keys changed, never what to add. A recalculation reads the derived item, **then** the changed
//! parts, folds each from nothing, and writes on condition that nobody else wrote since. Whatever two of them do at the
//! same time, one of them ends last, with everything that was stored when the other one wrote:
//!
//! - parts are read after the derived item, so a version that still holds at the write means that no other
//!   recalculation saw later parts in between;
//! - the first one puts an empty item first, so that there is a version to hold on to: under "no item existed", an item
//!   that came and went in between would go unnoticed;
//! - the write happens even when nothing seems to have changed: its new version tells whoever overlaps to start again.

use std::collections::BTreeSet;

use calculation::{Currency, Instant, Ledger, Locations, Part, evaluate};
use chrono::{DateTime, Timelike, Utc};

use crate::back_off::back_off;
use crate::derived::{Derived, DerivedItem, StoredLedger, TOO_LARGE};
use crate::error::TableError;
use crate::keys::ProfileId;
use crate::store::{Consistency, Table, Write};

/// How often a recalculation starts again before it gives up, after about two seconds in all.
const MAX_LOST_RACES: u32 = 8;

/// What a deployment says of its derived items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The currency of the figures; without one, every transaction counts by its total.
    pub currency: Option<Currency>,
    /// Whether the figures of the day are stored beside the ledger, for people who look at the table and for exports.
    pub store_figures: bool,
}

impl Default for Settings {
    /// No currency; figures are stored.
    fn default() -> Self {
        Self {
            currency: None,
            store_figures: true,
        }
    }
}

/// What a recalculation did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// What became of the derived item.
    pub written: Written,
    /// How often another writer was faster.
    pub lost_races: u32,
    /// How many of the profile's transactions cannot be counted.
    pub set_aside: u64,
}

/// What became of the derived item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
    /// It was put.
    Put,
    /// It was deleted, since nothing is stored any more.
    Deleted,
    /// It would be larger than DynamoDB allows. The last good one stays, says that it is incomplete, and the next
    /// recalculation reads everything: nothing is lost once the cause is gone.
    Incomplete,
}

/// Brings a profile's derived item up to what the table holds now of the parts that changed.
///
/// `now` reads the clock: the figures of that date go into the item's native attributes.
///
/// # Errors
///
/// A request failed, or other writers were faster time and again. The stored item is then the old one, and doing it again
/// later is safe.
pub async fn recalculate(
    table: &Table,
    settings: &Settings,
    profile: &ProfileId,
    changed: &BTreeSet<Part>,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Outcome, TableError> {
    for lost_races in 0..MAX_LOST_RACES {
        if lost_races > 0 {
            back_off(lost_races).await;
        }
        let derived = match table.derived(profile, Consistency::Strong).await? {
            Some(derived) => derived,
            // Under "no item exists" an item that came and went in between would go unnoticed.
            None => match table.put_empty(profile).await? {
                Some(version) => Derived::empty(version),
                None => continue,
            },
        };
        let ledger = calculate(
            table,
            settings,
            profile,
            changed,
            derived.ledger,
            derived.incomplete,
        )
        .await?;
        let (mut write, mut written) = if ledger.is_empty() {
            (
                table.delete(profile, &derived.version).await?,
                Written::Deleted,
            )
        } else {
            let item = derived_item(settings, profile, &ledger, now());
            (table.put(item, &derived.version).await?, Written::Put)
        };
        if write == Write::TooLarge {
            write = table
                .put_incomplete(profile, TOO_LARGE, &derived.version)
                .await?;
            written = Written::Incomplete;
        }
        if write == Write::Done {
            return Ok(Outcome {
                written,
                lost_races,
                set_aside: ledger.set_aside_count(),
            });
        }
    }
    Err(TableError::LostRaces(MAX_LOST_RACES))
}

/// The ledger of what the table holds: the stored one with the changed parts folded again from nothing, or one from
/// everything if there is none to build on.
async fn calculate(
    table: &Table,
    settings: &Settings,
    profile: &ProfileId,
    changed: &BTreeSet<Part>,
    stored: StoredLedger,
    incomplete: Option<String>,
) -> Result<Ledger, TableError> {
    if let StoredLedger::Usable(mut ledger) = stored
        && incomplete.is_none()
        && ledger.currency() == settings.currency
    {
        for fold in table.parts(profile, changed, settings.currency).await? {
            ledger.replace(fold);
        }
        if !ledger.needs_everything() {
            return Ok(*ledger);
        }
    }
    table.rebuild(profile, settings.currency).await
}

/// The item of a ledger, with the figures of today if they are stored. They need no location's record.
fn derived_item(
    settings: &Settings,
    profile: &ProfileId,
    ledger: &Ledger,
    now: DateTime<Utc>,
) -> DerivedItem {
    let today = now.date_naive();
    let locations = Locations::new();
    let document = evaluate(ledger, profile.as_str(), today, &locations);
    let calculated_at = Instant {
        date: today,
        second: now.time().num_seconds_from_midnight(),
    };
    let figures = document.as_ref().filter(|_| settings.store_figures);
    DerivedItem::new(profile, ledger, figures, calculated_at)
}

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod tests;
