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

use calculation::{Instant, Item, Ledger, Part, evaluate};
use chrono::{DateTime, Timelike, Utc};

use crate::back_off::back_off;
use crate::derived::{DerivedItem, StoredLedger};
use crate::error::TableError;
use crate::keys::ProfileId;
use crate::locations::LocationMemory;
use crate::store::{Consistency, Table, Write};

/// How often a recalculation starts again before it gives up, after about two seconds in all.
const MAX_LOST_RACES: u32 = 8;

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
    /// There was none, and nothing is stored that would need one.
    Nothing,
}

/// Brings a profile's derived item up to what the table holds now of the parts that changed.
///
/// `now` reads the clock: the document of that date goes into the item's native attributes.
///
/// # Errors
///
/// A request failed, other writers were faster time and again, or the item would be too large. The stored item is then
/// the old one, and doing it again later is safe.
pub async fn recalculate(
    table: &Table,
    memory: &LocationMemory,
    profile: &ProfileId,
    changed: &BTreeSet<Part>,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Outcome, TableError> {
    let mut lost_races = 0;
    // The first pass may only put the empty item, which is no lost race.
    for _ in 0..=MAX_LOST_RACES {
        let Some(derived) = table.derived(profile, Consistency::Strong).await? else {
            if table.rebuild(profile).await?.is_empty() {
                return Ok(Outcome {
                    written: Written::Nothing,
                    lost_races,
                    set_aside: 0,
                });
            }
            // What was read so far was read before the item that stands there now: start again.
            if table.put_empty(profile).await? == Write::LostRace {
                lost_races += 1;
                back_off(lost_races).await;
            }
            continue;
        };
        let ledger = match derived.ledger {
            StoredLedger::Usable(ledger) => {
                let ledger = fold(*ledger, table.parts(profile, changed).await?);
                if ledger.is_list_incomplete() {
                    table.rebuild(profile).await?
                } else {
                    ledger
                }
            }
            StoredLedger::None | StoredLedger::Unusable(_) => table.rebuild(profile).await?,
        };
        let (write, written) = if ledger.is_empty() {
            let write = table.delete(profile, &derived.version).await?;
            (write, Written::Deleted)
        } else {
            let item = derived_item(table, memory, profile, &ledger, now()).await?;
            (table.put(item, &derived.version).await?, Written::Put)
        };
        if write == Write::Done {
            return Ok(Outcome {
                written,
                lost_races,
                set_aside: ledger.set_aside_count(),
            });
        }
        lost_races += 1;
        back_off(lost_races).await;
    }
    Err(TableError::LostRaces(lost_races))
}

/// Folds parts again from nothing, each in place of what the ledger holds of it.
fn fold(mut ledger: Ledger, parts: impl IntoIterator<Item = (Part, Vec<Item>)>) -> Ledger {
    for (part, items) in parts {
        ledger.replace(&part, &items);
    }
    ledger
}

/// The item of a ledger, with the document of today.
async fn derived_item(
    table: &Table,
    memory: &LocationMemory,
    profile: &ProfileId,
    ledger: &Ledger,
    now: DateTime<Utc>,
) -> Result<DerivedItem, TableError> {
    let found = memory.locations(table, ledger.location_ids(), now).await?;
    let document = evaluate(ledger, profile.as_str(), now.date_naive(), &found.locations);
    let calculated_at = Instant {
        date: now.date_naive(),
        second: now.time().num_seconds_from_midnight(),
    };
    DerivedItem::new(profile, ledger, document.as_ref(), calculated_at)
}

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;
