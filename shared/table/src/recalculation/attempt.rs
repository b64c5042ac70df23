//! One try of a recalculation: what is read and folded, and what is written in its place.

use std::collections::{BTreeMap, BTreeSet};

use calculation::{Instant, Ledger, Locations, Tag, evaluate};
use chrono::{DateTime, Timelike, Utc};

use super::{Changed, Written};
use crate::budget::Budget;
use crate::derived::{Derived, Replacement, StoredLedger, TOO_LARGE, Version};
use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::settings::Settings;
use crate::store::{Consistency, Table, Write};

/// One try to bring a derived item up to date.
pub(super) struct Attempt<'a> {
    pub(super) table: &'a Table,
    pub(super) settings: &'a Settings,
    pub(super) profile: &'a ProfileId,
    pub(super) now: DateTime<Utc>,
    /// What all tries together may read.
    pub(super) budget: &'a Budget,
}

/// The ledger of what the table holds now.
pub(super) struct Calculated {
    pub(super) ledger: Ledger,
    /// The archive items that the stored ledger names.
    pub(super) named: BTreeMap<u16, Tag>,
    /// The years of all archive items that were found or that the stored ledger names.
    pub(super) archive: BTreeSet<u16>,
    /// Whether the archive items were read, and so all of them are known.
    pub(super) has_read_archive: bool,
    /// Whether it was made from everything.
    pub(super) is_whole: bool,
}

impl Attempt<'_> {
    /// The stored ledger with the changed parts folded again from nothing, or one from everything if that is asked for or there is
    /// none to build on. `None`: the archive does not belong to the ledger.
    pub(super) async fn calculate(
        &self,
        derived: Derived,
        changed: Changed<'_>,
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
        if let (Changed::Parts(parts), Some(ledger)) = (changed, stored.filter(is_usable)) {
            let mut calculated = Calculated {
                ledger,
                archive: named.keys().copied().collect(),
                named: named.clone(),
                has_read_archive: false,
                is_whole: false,
            };
            let needs_archive = calculated.ledger.parts_need_archive(parts) || !trusts_archive;
            let has_days = !needs_archive || self.take_in(&mut calculated).await?;
            if !has_days && trusts_archive {
                return Ok(None);
            }
            if has_days {
                for fold in self
                    .table
                    .parts(self.profile, parts, currency, self.budget)
                    .await?
                {
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
    pub(super) async fn calculate_whole(
        &self,
        named: BTreeMap<u16, Tag>,
    ) -> Result<Calculated, TableError> {
        let rebuild = self
            .table
            .rebuild(self.profile, self.settings.currency, self.budget);
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
    pub(super) async fn take_in(&self, calculated: &mut Calculated) -> Result<bool, TableError> {
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
    pub(super) async fn write(
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
    pub(super) fn replacement(&self, calculated: &Calculated) -> Replacement {
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
