//! What the documents of all profiles are made of: a scan of the table that keeps what is derived.

use chrono::NaiveDate;
use futures::{Stream, StreamExt};

use crate::archive::Archive;
use crate::derived::{Derived, StoredLedger};
use crate::error::TableError;
use crate::keys::SortKey;
use crate::profile_id::ProfileId;
use crate::scan::{FoundProfile, Scanned, Segment};
use crate::source::Attributes;
use crate::store::Table;

/// Profiles that are read again side by side.
const SIDE_BY_SIDE: usize = 32;

/// A profile that a scan came by, and what a document of it takes.
#[derive(Debug)]
pub struct ScannedProfile {
    /// The profile.
    pub profile: ProfileId,
    /// Its derived item, whose ledger has its archive taken in if the date asks for it; `None` if there is none. An error is one
    /// of this profile alone.
    pub derived: Result<Option<Derived>, TableError>,
    /// How many items were scanned for it.
    pub items: u64,
}

impl Table {
    /// What documents as of `date` take, of all profiles of a part of the table, read by the scan alone, eventually consistent,
    /// and in no particular order. Only a profile whose archive items are not those of its derived item, because a
    /// recalculation came in between, is read again, by [`Table::derived_as_of`].
    ///
    /// The scan reads, and DynamoDB bills, every item of the part.
    ///
    /// # Errors
    ///
    /// The scan failed, which ends it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use std::pin::pin;
    ///
    /// use calculation::parse_date;
    /// use futures::TryStreamExt;
    /// use table::Segment;
    ///
    /// let date = parse_date("2026-01-31").expect("a valid date");
    /// let mut profiles = pin!(table.all_derived_as_of(date, Segment::WHOLE));
    /// while let Some(scanned) = profiles.try_next().await? {
    ///     println!("{} {}", scanned.profile, scanned.derived.is_ok());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn all_derived_as_of(
        &self,
        date: NaiveDate,
        segment: Segment,
    ) -> impl Stream<Item = Result<ScannedProfile, TableError>> + use<> {
        let table = self.clone();
        let scan = self.scan(segment, None, Scanned::Derived);
        let found = scan.profiles(Stored::default, Stored::add);
        found
            .map(move |found| {
                let table = table.clone();
                async move {
                    let (FoundProfile { profile, items, .. }, stored) = found?;
                    let derived = match stored.derived_as_of(&profile, date) {
                        Some(derived) => Ok(derived),
                        None => table.derived_as_of(&profile, date).await,
                    };
                    Ok(ScannedProfile {
                        profile,
                        derived,
                        items,
                    })
                }
            })
            .buffer_unordered(SIDE_BY_SIDE)
    }
}

/// What a scan found of a profile, as far as it is derived.
#[derive(Debug, Default)]
struct Stored {
    derived: Option<Attributes>,
    archive: Archive,
}

impl Stored {
    fn add(&mut self, key: SortKey<'_>, item: Attributes) {
        match key {
            SortKey::Derived => self.derived = Some(item),
            SortKey::Archive(year) => self.archive.add(year, item),
            _ => {}
        }
    }

    /// What [`Table::derived_as_of`] reads; `None` if the archive does not belong to the derived item.
    fn derived_as_of(self, profile: &ProfileId, date: NaiveDate) -> Option<Option<Derived>> {
        let Some(item) = self.derived else {
            return Some(None);
        };
        let mut derived = Derived::read(profile, item);
        if let StoredLedger::Usable(ledger) = &mut derived.ledger
            && ledger.needs_archive(date)
        {
            ledger.take_in(profile.as_str(), self.archive.items).ok()?;
        }
        Some(Some(derived))
    }
}
