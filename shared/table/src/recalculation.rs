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

use std::collections::{BTreeMap, BTreeSet};

use calculation::{Instant, Ledger, Locations, Part, Tag, evaluate};
use chrono::{DateTime, Timelike, Utc};

use crate::back_off::back_off;
use crate::derived::{Derived, Replacement, StoredLedger, TOO_LARGE, Version};
use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::settings::Settings;
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
///
/// # Examples
///
/// ```no_run
/// # async fn example(table: table::Table) -> Result<(), table::TableError> {
/// use std::collections::BTreeSet;
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
    let mut mismatched = None;
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
        let version = derived.version.clone();
        // An archive that does not belong to the derived item was replaced in between. If it is so again, it never belonged to
        // it, and everything is read.
        let trusts_archive = mismatched.as_ref() != Some(&version);
        let attempt = Attempt {
            table,
            settings,
            profile,
            now: now(),
        };
        let calculated = attempt.calculate(derived, changed, trusts_archive).await?;
        let Some(calculated) = calculated else {
            mismatched = Some(version);
            continue;
        };
        let set_aside = calculated.ledger.set_aside_count();
        let Some((write, written)) = attempt.write(calculated, &version).await? else {
            mismatched = Some(version);
            continue;
        };
        if write == Write::Done {
            return Ok(Outcome {
                written,
                lost_races,
                set_aside,
            });
        }
    }
    Err(TableError::LostRaces(MAX_LOST_RACES))
}

/// One try to bring a derived item up to date.
struct Attempt<'a> {
    table: &'a Table,
    settings: &'a Settings,
    profile: &'a ProfileId,
    now: DateTime<Utc>,
}

/// The ledger of what the table holds now.
struct Calculated {
    ledger: Ledger,
    /// The archive items that the stored ledger names.
    named: BTreeMap<u16, Tag>,
    /// The years of all archive items that were found or that the stored ledger names.
    archive: BTreeSet<u16>,
    /// Whether the archive items were read, and so all of them are known.
    has_read_archive: bool,
    /// Whether it was made from everything.
    is_whole: bool,
}

impl Attempt<'_> {
    /// The stored ledger with the changed parts folded again from nothing, or one from everything if there is none to build
    /// on. `None`: the archive does not belong to the ledger.
    async fn calculate(
        &self,
        derived: Derived,
        changed: &BTreeSet<Part>,
        trusts_archive: bool,
    ) -> Result<Option<Calculated>, TableError> {
        let currency = self.settings.currency;
        let stored = match derived.ledger {
            StoredLedger::Usable(ledger) => Some(*ledger),
            StoredLedger::None | StoredLedger::Unusable(_) => None,
        };
        let named: BTreeMap<u16, Tag> = stored.iter().flat_map(Ledger::archive).collect();
        let is_usable =
            |ledger: &Ledger| derived.incomplete.is_none() && ledger.currency() == currency;
        if let Some(ledger) = stored.filter(is_usable) {
            let mut calculated = Calculated {
                ledger,
                archive: named.keys().copied().collect(),
                named: named.clone(),
                has_read_archive: false,
                is_whole: false,
            };
            let needs_archive = calculated.ledger.parts_need_archive(changed) || !trusts_archive;
            let has_days = !needs_archive || self.take_in(&mut calculated).await?;
            if !has_days && trusts_archive {
                return Ok(None);
            }
            if has_days {
                for fold in self.table.parts(self.profile, changed, currency).await? {
                    calculated.ledger.replace(fold);
                }
                if !calculated.ledger.needs_everything() {
                    return Ok(Some(calculated));
                }
            }
        }
        self.calculate_whole(named).await.map(Some)
    }

    /// A ledger from everything that is stored, in the place of one that names the archive items `named`.
    async fn calculate_whole(&self, named: BTreeMap<u16, Tag>) -> Result<Calculated, TableError> {
        let rebuild = self.table.rebuild(self.profile, self.settings.currency);
        let (mut ledger, found) = rebuild.await?;
        ledger.keep_archive_of(&named, self.profile.as_str(), found.items);
        let mut archive = found.years;
        archive.extend(named.keys());
        Ok(Calculated {
            ledger,
            named,
            archive,
            has_read_archive: true,
            is_whole: true,
        })
    }

    /// Reads the archive, if it was not read yet, and gives the ledger its closed days. Tells whether they belong to it.
    async fn take_in(&self, calculated: &mut Calculated) -> Result<bool, TableError> {
        if calculated.has_read_archive {
            return Ok(true);
        }
        let found = self.table.archive(self.profile, Consistency::Strong);
        let found = found.await?;
        calculated.archive.extend(found.years);
        calculated.has_read_archive = true;
        let taken = calculated
            .ledger
            .take_in(self.profile.as_str(), found.items);
        Ok(taken.is_ok())
    }

    /// Writes the ledger in the place of what is stored under the version that was read, or says that it is too large.
    /// `None`: the archive does not belong to the ledger.
    async fn write(
        &self,
        calculated: Calculated,
        read: &Version,
    ) -> Result<Option<(Write, Written)>, TableError> {
        let (is_whole, named) = (calculated.is_whole, calculated.named.clone());
        let mut written = self.replace(calculated, read).await?;
        // One from everything chooses anew which days are closed, and may fit.
        if matches!(written, Some((Write::TooLarge, _))) && !is_whole {
            let whole = self.calculate_whole(named).await?;
            written = self.replace(whole, read).await?;
        }
        if matches!(written, Some((Write::TooLarge, _))) {
            let write = self.table.put_incomplete(self.profile, TOO_LARGE, read);
            written = Some((write.await?, Written::Incomplete));
        }
        Ok(written)
    }

    /// Puts or deletes the derived item and what changes of its archive. `None`: the archive does not belong to the ledger.
    async fn replace(
        &self,
        mut calculated: Calculated,
        read: &Version,
    ) -> Result<Option<(Write, Written)>, TableError> {
        if calculated.ledger.is_empty() {
            // All of it goes; that its days could not be read does not matter.
            self.take_in(&mut calculated).await?;
            let write = self.table.delete(self.profile, &calculated.archive, read);
            return Ok(Some((write.await?, Written::Deleted)));
        }
        let mut replacement = self.replacement(&calculated);
        if self.is_to_close(&calculated.ledger, &replacement) {
            if !self.take_in(&mut calculated).await? {
                return Ok(None);
            }
            let open = calculated.ledger.clone();
            let (closing, today) = (&self.settings.closing, self.now.date_naive());
            calculated.ledger.close(closing, today);
            replacement = self.replacement(&calculated);
            // A closing that would pass a limit is not done.
            if !replacement.fits() {
                calculated.ledger = open;
                replacement = self.replacement(&calculated);
            }
        }
        let write = self.table.replace(self.profile, replacement, read).await?;
        Ok(Some((write, Written::Put)))
    }

    /// Whether enough days are old enough for an item that is no longer small, or any for one that is too large.
    fn is_to_close(&self, ledger: &Ledger, replacement: &Replacement) -> bool {
        let closing = &self.settings.closing;
        let old = || ledger.closable(closing, self.now.date_naive());
        (replacement.bytes() > closing.bytes && old() >= closing.days)
            || (!replacement.fits() && old() > 0)
    }

    /// What is to be written of a ledger, with the figures of today if they are stored. They need no location's record, and
    /// are left out when they would need the archive.
    fn replacement(&self, calculated: &Calculated) -> Replacement {
        let ledger = &calculated.ledger;
        let today = self.now.date_naive();
        let locations = Locations::new();
        let document = if self.settings.store_figures {
            evaluate(ledger, self.profile.as_str(), today, &locations)
                .ok()
                .flatten()
        } else {
            None
        };
        let calculated_at = Instant {
            date: today,
            second: self.now.time().num_seconds_from_midnight(),
        };
        Replacement::new(
            self.profile,
            ledger,
            document.as_ref(),
            calculated_at,
            &calculated.archive,
        )
    }
}

#[cfg(test)]
mod closed_days;
#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod tests;
