//! A reader of the past: the derived item, and then its archive, as in `table::Table::derived_as_of`.

use std::collections::BTreeMap;

use calculation::{Ledger, Tag};

use crate::archive::take_in;
use crate::design::{Design, Rule};
use crate::scenario::{Reading, Scenario};
use crate::source::{Date, Totals, told};
use crate::stored::{Archived, Head, Stored};
use crate::worker::known_of_head;

/// How far a reader is.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Reader {
    /// It reads the derived item next.
    Begins {
        /// Strongly consistent.
        is_strong: bool,
    },
    /// It has the derived item, and reads the archive.
    Archive {
        /// Strongly consistent.
        is_strong: bool,
        /// The derived item.
        head: Head,
        /// The archive items of years that it read.
        found: BTreeMap<u16, Option<Archived>>,
    },
    /// It has its answer.
    Told(Totals),
    /// It has an answer that says that there is none, or its answer was seen to be right.
    Over,
}

impl Reader {
    /// The reader of a scenario.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        match scenario.reading {
            Reading::Nobody => Self::Over,
            Reading::Strong => Self::Begins { is_strong: true },
            Reading::Eventual => Self::Begins { is_strong: false },
        }
    }

    /// Whether it may be told what was stored before the last write.
    pub(crate) fn may_be_behind(&self) -> bool {
        match self {
            Self::Begins { is_strong } | Self::Archive { is_strong, .. } => !is_strong,
            Self::Told(_) | Self::Over => false,
        }
    }

    /// Its next request, answered from `stored`.
    pub(crate) fn read(
        &self,
        design: &Design,
        scenario: &Scenario,
        stored: &Stored,
    ) -> Option<Self> {
        match self.clone() {
            Self::Begins { is_strong } => Some(match &stored.head {
                None => Self::Told(Totals::new()),
                Some(head) => with_head(head.clone(), is_strong),
            }),
            Self::Archive {
                is_strong,
                head,
                mut found,
            } => {
                let years = scenario.years();
                let year = years.iter().find(|year| !found.contains_key(year));
                if let Some(year) = year {
                    found.insert(*year, stored.archive.get(year).cloned());
                }
                if found.len() < years.len() {
                    return Some(Self::Archive {
                        is_strong,
                        head,
                        found,
                    });
                }
                let mut ledger = ledger_of(&head)?;
                let belongs = take_in(&mut ledger, &found, design.keeps(Rule::TagsOfReader));
                Some(if belongs {
                    Self::Told(told(&ledger))
                } else {
                    Self::Begins { is_strong: true }
                })
            }
            Self::Told(_) | Self::Over => None,
        }
    }

    /// Adds the versions that it knows.
    pub(crate) fn add_known(&self, known: &mut Vec<Tag>) {
        if let Self::Archive { head, found, .. } = self {
            known.extend(known_of_head(head));
            known.extend(found.values().flatten().map(|item| item.tag));
        }
    }
}

/// What comes after the derived item.
fn with_head(head: Head, is_strong: bool) -> Reader {
    match ledger_of(&head) {
        // A 404, or a 503 if there is no document to keep.
        None if head.is_incomplete => Reader::Over,
        None => Reader::Told(Totals::new()),
        Some(ledger) if ledger.needs_archive(Date::First.day()) => Reader::Archive {
            is_strong,
            head,
            found: BTreeMap::new(),
        },
        Some(ledger) => Reader::Told(told(&ledger)),
    }
}

fn ledger_of(head: &Head) -> Option<Ledger> {
    head.book.as_ref()?.ledger()
}
