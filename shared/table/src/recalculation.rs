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

mod attempt;

use std::collections::{BTreeSet, HashSet};

use calculation::{Ledger, Part};
use chrono::{DateTime, Utc};

use crate::back_off::back_off;
use crate::budget::Budget;
use crate::derived::{Derived, StoredLedger};
use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::settings::Settings;
use crate::store::{Consistency, Table, Write};
use attempt::Attempt;

/// How often a recalculation is tried before it gives up, after about two seconds in all.
const MAX_ATTEMPTS: u32 = 8;

/// What a recalculation did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// What became of the derived item.
    pub written: Written,
    /// How often another writer was faster.
    pub lost_races: u32,
    /// How many of the profile's transactions cannot be counted.
    pub set_aside: u64,
    /// How many of them the derived item did not know before.
    pub newly_set_aside: u64,
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

/// What is to be read of a profile.
#[derive(Clone, Copy, Debug)]
enum Changed<'a> {
    /// These parts, if there is a ledger to build on.
    Parts(&'a BTreeSet<Part>),
    /// All parts, whatever the ledger says.
    Everything,
}

/// Brings a profile's derived item up to what the table holds now of the parts that changed.
///
/// `now` reads the clock: the figures of that date go into the item's native attributes.
///
/// # Errors
///
/// A request failed, or other writers were faster time and again. The stored item is then the old one, and doing it again
/// later is safe.
///
/// # Examples
///
/// ```no_run
/// # async fn example(table: table::Table) -> Result<(), table::TableError> {
/// use std::collections::{BTreeSet, HashSet};
///
/// use calculation::Part;
/// use chrono::Utc;
/// use table::{ProfileId, Settings, recalculate};
///
/// let ada = ProfileId::parse("ada").expect("a valid id");
/// let changed = BTreeSet::from([Part::Addresses]);
/// let outcome = recalculate(&table, &Settings::default(), &ada, &changed, Utc::now).await?;
/// println!("{} transactions are set aside", outcome.set_aside);
/// # Ok(())
/// # }
/// ```
pub async fn recalculate(
    table: &Table,
    settings: &Settings,
    profile: &ProfileId,
    changed: &BTreeSet<Part>,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Outcome, TableError> {
    let changed = Changed::Parts(changed);
    bring_up(table, settings, profile, changed, now).await
}

/// Makes a profile's derived item anew from everything that the table holds, whatever is stored of it, beside live traffic.
/// Readers see the old one until the new one stands.
///
/// # Errors
///
/// As for [`recalculate`].
///
/// # Examples
///
/// ```no_run
/// # async fn example(table: table::Table) -> Result<(), table::TableError> {
/// use chrono::Utc;
/// use table::{ProfileId, Settings, rebuild};
///
/// let ada = ProfileId::parse("ada").expect("a valid id");
/// rebuild(&table, &Settings::default(), &ada, Utc::now).await?;
/// # Ok(())
/// # }
/// ```
pub async fn rebuild(
    table: &Table,
    settings: &Settings,
    profile: &ProfileId,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Outcome, TableError> {
    bring_up(table, settings, profile, Changed::Everything, now).await
}

async fn bring_up(
    table: &Table,
    settings: &Settings,
    profile: &ProfileId,
    changed: Changed<'_>,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<Outcome, TableError> {
    let mut mismatched = None;
    let budget = Budget::new(settings.max_items);
    for lost_races in 0..MAX_ATTEMPTS {
        if lost_races > 0 {
            back_off(lost_races).await;
        }
        let derived = match table.derived(profile, Consistency::Strong).await? {
            Some(derived) => derived,
            // Under "no item exists" an item that came and went in between would go unnoticed.
            None => match table.put_empty(profile).await {
                Ok(Some(version)) => Derived::empty(version),
                Ok(None) => continue,
                // The SDK does not try again by itself; the next try here has a version of its own.
                Err(error) if error.is_unavailable() && lost_races + 1 < MAX_ATTEMPTS => continue,
                Err(error) => return Err(error),
            },
        };
        let version = derived.version.clone();
        let before = set_aside(&derived);
        // An archive that does not belong to the derived item was replaced in between. If it is so again, it never belonged to
        // it, and everything is read.
        let trusts_archive = mismatched.as_ref() != Some(&version);
        let attempt = Attempt {
            table,
            settings,
            profile,
            now: now(),
            budget: &budget,
        };
        let calculated = attempt.calculate(derived, changed, trusts_archive).await?;
        let Some(calculated) = calculated else {
            mismatched = Some(version);
            continue;
        };
        let set_aside = calculated.ledger.set_aside_count();
        let newly_set_aside = newly_set_aside(&before, &calculated.ledger);
        let Some((write, written)) = attempt.write(calculated, &version).await? else {
            mismatched = Some(version);
            continue;
        };
        if write == Write::Done {
            return Ok(Outcome {
                written,
                lost_races,
                set_aside,
                newly_set_aside,
            });
        }
    }
    Err(TableError::LostRaces(MAX_ATTEMPTS))
}

/// What a derived item says of transactions that cannot be counted.
#[derive(Default)]
struct KnownSetAside {
    /// Those that it lists.
    listed: HashSet<String>,
    /// How many there are.
    count: u64,
}

fn set_aside(derived: &Derived) -> KnownSetAside {
    let ledger = match &derived.ledger {
        StoredLedger::None => return KnownSetAside::default(),
        StoredLedger::Usable(ledger) => ledger,
        // Nobody knows; that they are old is more likely.
        StoredLedger::Unusable(_) => {
            let count = u64::MAX;
            return KnownSetAside {
                listed: HashSet::new(),
                count,
            };
        }
    };
    KnownSetAside {
        listed: ledger.set_aside().map(|(key, _)| key.to_owned()).collect(),
        count: ledger.set_aside_count(),
    }
}

/// Those that are listed now and were not before; where not all were listed, by how many they have become more.
fn newly_set_aside(before: &KnownSetAside, ledger: &Ledger) -> u64 {
    let more = ledger.set_aside_count().saturating_sub(before.count);
    if u64::try_from(before.listed.len()).is_ok_and(|listed| listed < before.count) {
        return more;
    }
    let listed = ledger.set_aside();
    let new = listed.filter(|(key, _)| !before.listed.contains(*key));
    let new = u64::try_from(new.count()).unwrap_or(u64::MAX);
    new.max(more)
}

#[cfg(test)]
mod tests;
