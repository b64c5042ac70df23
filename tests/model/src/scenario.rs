//! What happens in a check: what is stored, what changes, and who is there.

use std::collections::BTreeSet;

use calculation::{Closing, Ledger, Tag};

use crate::source::{Date, PROFILE, Totals};

/// A date's new total, or its deletion.
pub type Edit = (Date, Option<u8>);

/// How the reader of the past reads first. After archive items that do not belong it reads strongly consistent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reading {
    /// Nobody reads.
    Nobody,
    /// Strongly consistent.
    Strong,
    /// Each item as it is, or as it was before the last write.
    Eventual,
}

/// What happens in a check.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// What is stored and calculated at first.
    pub stored: &'static [Edit],
    /// What changes, in this order. Each change sends a record.
    pub edits: &'static [Edit],
    /// Whether every day before the newest one is closed.
    pub closes: bool,
    /// How many bytes a ledger may have.
    pub room: usize,
    /// How many recalculations run at the same time.
    pub workers: usize,
    /// Whether a rebuild is started.
    pub rebuild: bool,
    /// How many requests may be on their way whose sender no longer waits.
    pub late: usize,
    /// How often a record that is done, or a message that is not, is delivered again.
    pub replays: u8,
    /// After how many receives a message of the queue of unfinished profiles goes to the dead letters; 0 for no queue.
    pub receives: u8,
    /// The reader of the past.
    pub reading: Reading,
    /// Whether the archive is lost before the check begins.
    pub is_torn: bool,
}

impl Scenario {
    /// Two recalculations, and one request that may be late.
    pub(crate) const BASE: Self = Self {
        name: "",
        stored: &[],
        edits: &[],
        closes: false,
        room: usize::MAX,
        workers: 2,
        rebuild: false,
        late: 1,
        replays: 0,
        receives: 0,
        reading: Reading::Nobody,
        is_torn: false,
    };

    /// The same with one delivery more that was not needed.
    #[must_use]
    pub fn large(self) -> Self {
        let replays = self.replays + 1;
        Self { replays, ..self }
    }

    /// When days are closed.
    pub(crate) fn closing(&self) -> Closing {
        Closing {
            months: 0,
            days: if self.closes { 1 } else { usize::MAX },
            bytes: 0,
        }
    }

    /// The dates that have something to be read.
    pub(crate) fn dates(&self) -> BTreeSet<Date> {
        let edits = self.stored.iter().chain(self.edits);
        edits.map(|(date, _)| *date).collect()
    }

    /// The years of archive items that there may be.
    pub(crate) fn years(&self) -> BTreeSet<u16> {
        let dates = self.dates().into_iter().filter(|_| self.closes);
        let years = dates.filter(|date| *date != Date::Newest).map(Date::year);
        // Where there are none, it is asked for them all the same before everything is deleted.
        years.chain([Date::First.year()]).collect()
    }

    /// Whether there is no room for the ledger. What matters in the model is open days, so none is closed for it.
    pub(crate) fn is_too_large(&self, ledger: &Ledger) -> bool {
        ledger.encode(PROFILE, Tag::default()).ledger.len() > self.room
    }

    /// What is stored at first.
    pub(crate) fn totals(&self) -> Totals {
        let stored = self.stored.iter();
        stored
            .filter_map(|(date, total)| Some((*date, (*total)?)))
            .collect()
    }
}
