//! What the console keeps of a profile.

use calculation::{ArchiveNeeded, Instant, Ledger, Locations, Money, evaluate};
use chrono::NaiveDate;
use serde::Serialize;
use table::{ProfileId, ScannedProfile, StoredLedger, TableError};

/// A profile that has a derived item, as the list shows it. All of them are kept, so it has little.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Profile {
    pub(crate) profile_id: ProfileId,
    // The figures, named as in a document; null where there is none to read.
    shop_count: Option<u64>,
    spend_all: Option<Money>,
    spend_last_date: Option<Instant>,
    pub(crate) dimension_frequency: Option<&'static str>,
    pub(crate) dimension_recency: Option<&'static str>,
    pub(crate) dimension_join: Option<Box<str>>,
    /// How many transactions are set aside.
    set_aside: Option<u64>,
    /// Whether the figures are not what the table holds.
    incomplete: bool,
    /// Whether there are figures that cannot be read, as a GET is a 503.
    pub(crate) unreadable: bool,
}

impl Profile {
    /// The profile as of a date; `None` if nothing is derived of it. An error is none of this profile alone.
    pub(crate) fn of(
        scanned: ScannedProfile,
        as_of: NaiveDate,
    ) -> Result<Option<Self>, TableError> {
        let mut profile = Self {
            profile_id: scanned.profile,
            shop_count: None,
            spend_all: None,
            spend_last_date: None,
            dimension_frequency: None,
            dimension_recency: None,
            dimension_join: None,
            set_aside: None,
            incomplete: false,
            unreadable: false,
        };
        let derived = match scanned.derived {
            Ok(Some(derived)) => derived,
            Ok(None) => return Ok(None),
            Err(TableError::Archive(_)) => {
                profile.unreadable = true;
                return Ok(Some(profile));
            }
            Err(error) => return Err(error),
        };
        profile.incomplete = derived.incomplete.is_some();
        profile.unreadable = match derived.ledger {
            StoredLedger::Usable(ledger) => profile.read(&ledger, as_of).is_err(),
            // It stands before the first calculation, or before one that was too large to be stored.
            StoredLedger::None => profile.incomplete,
            StoredLedger::Unusable(_) => true,
        };
        Ok(Some(profile))
    }

    /// Takes the figures that need no location. A profile without a document has none.
    fn read(&mut self, ledger: &Ledger, as_of: NaiveDate) -> Result<(), ArchiveNeeded> {
        let locations = Locations::new();
        let document = evaluate(ledger, self.profile_id.as_str(), as_of, &locations)?;
        let Some(document) = document else {
            return Ok(());
        };
        self.shop_count = Some(document.shop_count);
        self.spend_all = Some(document.spend_all);
        self.spend_last_date = document.spend_last_date;
        self.dimension_frequency = Some(document.dimension_frequency);
        self.dimension_recency = Some(document.dimension_recency);
        self.dimension_join = document.dimension_join.map(Into::into);
        self.set_aside = Some(ledger.set_aside_count());
        Ok(())
    }
}
