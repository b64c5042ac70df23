//! What a recalculation writes, once it has a ledger: the replacement of the derived item, or what else is left to do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use calculation::{Encoded, Ledger, Tag};

use super::{Next, Recalculation};
use crate::design::Rule;
use crate::source::{Date, PROFILE};
use crate::stored::{Archived, Book, Change, Condition, Head, Version, Write};
use crate::worker::Answers;

/// What is known beside a ledger that was calculated.
pub(super) struct Calculated {
    /// The archive items that were found, or that the stored ledger names.
    archive: BTreeSet<u16>,
    has_read_archive: bool,
    is_whole: bool,
}

impl Calculated {
    pub(super) fn of_parts(head: &Head) -> Self {
        Self {
            archive: head.named().into_keys().collect(),
            has_read_archive: false,
            is_whole: false,
        }
    }

    pub(super) fn of_everything(head: &Head) -> Self {
        let is_whole = true;
        Self {
            is_whole,
            ..Self::of_parts(head)
        }
    }

    /// Adds what was found of the archive.
    pub(super) fn add_archive(&mut self, answers: &Answers) {
        self.has_read_archive = true;
        let found = answers.archive.iter().filter(|(_, item)| item.is_some());
        self.archive.extend(found.map(|(year, _)| *year));
    }
}

impl Recalculation<'_> {
    /// What takes the place of the derived item, as in `Attempt::replace` and `Attempt::write` of `table`.
    pub(super) fn replace(
        &self,
        head: &Head,
        mut ledger: Ledger,
        mut calculated: Calculated,
    ) -> Next {
        let has = Condition::Has(head.version);
        if ledger.is_empty() {
            if !calculated.has_read_archive {
                if let Some(next) = self.unread_year() {
                    return next;
                }
                calculated.add_archive(self.answers);
            }
            let deletes = calculated.archive.into_iter();
            let deletes = deletes
                .filter(|_| self.design.keeps(Rule::DeletesOfLast))
                .collect();
            let condition = self.kept(Rule::ConditionOfDelete, has);
            let delete = Write {
                deletes,
                ..Write::alone(condition, Change::Delete)
            };
            return Next::Write(delete);
        }
        let (closing, today) = (self.scenario.closing(), Date::Newest.day());
        if ledger.closable(&closing, today) >= closing.days {
            if !calculated.has_read_archive {
                if let Some(next) = self.unread_year() {
                    return next;
                }
                calculated.add_archive(self.answers);
                if !self.take_in(&mut ledger) {
                    return Next::Mismatch;
                }
            }
            ledger.close(&closing, today);
        }
        if self.scenario.is_too_large(&ledger) {
            return match (calculated.is_whole, self.design.keeps(Rule::Incomplete)) {
                (false, true) => Next::Everything,
                (_, false) => Next::Done,
                (true, true) => {
                    Next::Write(Write::alone(has, Change::Mark(self.version_of_mark(head))))
                }
            };
        }
        let keeps_found = calculated.is_whole && !self.design.keeps(Rule::DeletesOfFullRead);
        let found = if keeps_found {
            BTreeSet::new()
        } else {
            calculated.archive
        };
        let condition = self.kept(Rule::ConditionOfPut, has);
        Next::Write(self.put(&ledger, condition, found))
    }

    /// The put of a ledger with what changes of its archive; of the archive items `found` those go that it does not name.
    pub(super) fn put(&self, ledger: &Ledger, condition: Condition, found: BTreeSet<u16>) -> Write {
        let named: BTreeMap<u16, Tag> = ledger.archive().collect();
        let mut encoded = ledger.encode(PROFILE, self.fresh.tag());
        if !self.design.keeps(Rule::FreshTags) {
            let rewritten = encoded
                .archive
                .iter()
                .find_map(|item| named.get(&item.year));
            if let Some(tag) = rewritten {
                encoded = ledger.encode(PROFILE, *tag);
            }
        }
        let Encoded {
            ledger: bytes,
            archive,
            years,
        } = encoded;
        let mut book = Book {
            bytes,
            named: BTreeMap::new(),
        };
        book.named = book.ledger().iter().flat_map(Ledger::archive).collect();
        let put = Change::Put(Head {
            book: Some(Arc::new(book)),
            ..Head::empty(self.fresh)
        });
        let puts = archive.into_iter().map(|item| {
            let days = item.days.into();
            (
                item.year,
                Archived {
                    tag: item.tag,
                    days,
                },
            )
        });
        Write {
            puts: puts.collect(),
            deletes: found.difference(&years).copied().collect(),
            ..Write::alone(condition, put)
        }
    }

    fn kept(&self, rule: Rule, condition: Condition) -> Condition {
        if self.design.keeps(rule) {
            condition
        } else {
            Condition::Always
        }
    }

    fn version_of_mark(&self, head: &Head) -> Version {
        if self.design.keeps(Rule::VersionOfIncomplete) {
            self.fresh
        } else {
            head.version
        }
    }
}
