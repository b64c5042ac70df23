//! Recalculations under way: what each was asked for and what it was answered so far.

use std::collections::{BTreeMap, BTreeSet};

use calculation::Tag;

use crate::source::Date;
use crate::stored::{Archived, Change, Condition, Head, Version, Write};

/// What is to be recalculated.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Changed {
    /// These dates.
    Dates(BTreeSet<Date>),
    /// Everything.
    Everything,
}

/// Who sent it, and sends it again if it is not done.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// The stream.
    Stream,
    /// The queue of unfinished profiles, which counts how often it was received and not done.
    Queue(u8),
    /// Whoever rebuilds.
    Rebuild,
}

/// A record or a message that is not done.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Task {
    /// Who sent it.
    pub origin: Origin,
    /// What it names.
    pub changed: Changed,
}

/// What a recalculation was answered since it began, or began again.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Answers {
    /// The derived item, or the empty one that was put.
    pub head: Option<Head>,
    /// Whether there was none.
    pub is_absent: bool,
    /// The archive items of years.
    pub archive: BTreeMap<u16, Option<Archived>>,
    /// The totals of dates.
    pub dates: BTreeMap<Date, Option<u8>>,
    /// Whether everything is read.
    pub is_whole: bool,
}

/// A recalculation under way, or none.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Worker {
    /// What it is asked for.
    pub task: Option<Task>,
    /// The version whose archive did not belong to it.
    pub mismatched: Option<Version>,
    /// What it knows.
    pub answers: Answers,
    /// What it still has to write.
    pub outbox: Vec<Write>,
}

impl Worker {
    /// Begins again, after a lost race.
    pub(crate) fn begin_again(&mut self) {
        self.answers = Answers::default();
        self.outbox.clear();
    }

    /// Adds the versions that it knows.
    pub(crate) fn add_known(&self, known: &mut Vec<Tag>) {
        known.extend(self.mismatched.map(Version::tag));
        known.extend(self.answers.head.iter().flat_map(known_of_head));
        let items = self.answers.archive.values().flatten();
        known.extend(items.map(|item| item.tag));
        known.extend(self.outbox.iter().flat_map(known_of_write));
    }
}

/// The versions that a derived item tells.
pub(crate) fn known_of_head(head: &Head) -> Vec<Tag> {
    let named = head.named();
    named.into_values().chain([head.version.tag()]).collect()
}

/// The versions in a write.
pub(crate) fn known_of_write(write: &Write) -> Vec<Tag> {
    let mut known: Vec<Tag> = write.puts.values().map(|item| item.tag).collect();
    if let Condition::Has(version) = write.condition {
        known.push(version.tag());
    }
    match &write.change {
        Change::Put(head) => known.extend(known_of_head(head)),
        Change::Mark(version) => known.push(version.tag()),
        Change::Delete | Change::Nothing => {}
    }
    known
}
