//! The state of everything in a check.

use crate::reader::Reader;
use crate::scenario::Scenario;
use crate::source::Totals;
use crate::stored::{Change, Head, Stored, Version, Write};
use crate::worker::{Task, Worker, known_of_head, known_of_write};

/// The state of everything.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct State {
    /// What shops stored.
    pub source: Totals,
    /// How many edits took place.
    pub edits: usize,
    /// The derived item and its archive.
    pub stored: Stored,
    /// The same before the last write, as long as a reader may be told that.
    pub before: Option<Stored>,
    /// Records and messages that are not done and that nobody works on.
    pub pending: Vec<Task>,
    /// Recalculations. They are alike, so their order says nothing.
    pub workers: Vec<Worker>,
    /// Requests whose sender no longer waits, and that may still take effect.
    pub late: Vec<Write>,
    /// How often something was delivered again without need.
    pub replays: u8,
    /// Whether the profile is among the dead letters.
    pub is_dead: bool,
    /// The reader of the past.
    pub reader: Reader,
}

impl State {
    /// With nothing calculated yet.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        Self {
            source: scenario.totals(),
            edits: 0,
            stored: Stored::default(),
            before: None,
            pending: Vec::new(),
            workers: vec![Worker::default(); scenario.workers],
            late: Vec::new(),
            replays: 0,
            is_dead: false,
            reader: Reader::Over,
        }
    }

    /// Whether nothing is left to do but what a new edit would bring.
    pub(crate) fn is_quiet(&self, scenario: &Scenario) -> bool {
        self.edits == scenario.edits.len()
            && self.pending.is_empty()
            && self.late.is_empty()
            && !self.is_dead
            && self.workers.iter().all(|worker| worker.task.is_none())
    }

    /// A version that nobody knows, so it stands for a random one. That it may have been used before makes no difference then,
    /// and keeps the number of states finite.
    pub(crate) fn fresh(&self) -> Version {
        let mut known = Vec::new();
        for stored in [Some(&self.stored), self.before.as_ref()]
            .into_iter()
            .flatten()
        {
            known.extend(stored.head.iter().flat_map(known_of_head));
            known.extend(stored.archive.values().map(|item| item.tag));
        }
        for worker in &self.workers {
            worker.add_known(&mut known);
        }
        known.extend(self.late.iter().flat_map(known_of_write));
        self.reader.add_known(&mut known);
        let is_new = |version: &Version| !known.contains(&version.tag());
        (1..=u8::MAX)
            .map(Version)
            .find(is_new)
            .unwrap_or(Version(0))
    }

    /// Does a write if its condition holds. Tells whether it does.
    pub(crate) fn write(&mut self, write: &Write) -> bool {
        let before = self.stored.clone();
        let is_done = self.stored.apply(write);
        if is_done && self.reader.may_be_behind() {
            self.before = Some(before);
        }
        is_done
    }

    /// One of the states that are the same but for an order that says nothing.
    pub(crate) fn in_order(mut self) -> Self {
        self.pending.sort_unstable();
        self.workers.sort_unstable();
        self.late.sort_unstable();
        if !self.reader.may_be_behind() {
            self.before = None;
        }
        self
    }
}

/// The version after another one, for those that count.
pub(crate) fn counted(head: Option<&Head>) -> Version {
    let before = head.map_or(0, |head| head.version.0);
    Version(before.saturating_add(1))
}

/// Whether a write puts the empty item.
pub(crate) fn puts_empty(write: &Write) -> bool {
    matches!(&write.change, Change::Put(head) if head.book.is_none())
}
