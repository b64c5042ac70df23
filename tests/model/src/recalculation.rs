//! What a recalculation does next, given all that it was answered: the order of requests of `table::recalculate`. What is made
//! of the answers is the calculation's own code.

mod replacement;

use std::collections::BTreeSet;

use calculation::Ledger;

use crate::archive::{items, take_in};
use crate::design::{Design, Rule};
use crate::scenario::Scenario;
use crate::source::{Date, PROFILE, from_nothing};
use crate::stored::{Condition, Head, Version, Write};
use crate::worker::{Answers, Changed, Task, Worker};
use replacement::Calculated;

/// What a recalculation does next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Next {
    /// It reads the derived item.
    Head,
    /// It reads the archive item of a year.
    Archive(u16),
    /// It reads a date.
    Date(Date),
    /// It puts an empty derived item.
    Empty,
    /// It writes, and is done.
    Write(Write),
    /// It forgets what it read, and reads everything.
    Everything,
    /// The archive does not belong to the derived item: it begins again.
    Mismatch,
    /// It has nothing to write.
    Done,
}

/// A recalculation under way.
pub(crate) struct Recalculation<'a> {
    pub(crate) design: &'a Design,
    pub(crate) scenario: &'a Scenario,
    pub(crate) task: &'a Task,
    pub(crate) answers: &'a Answers,
    /// Whether an archive that does not belong may be a lost race.
    pub(crate) trusts_archive: bool,
    /// The version of its next write.
    pub(crate) fresh: Version,
}

impl<'a> Recalculation<'a> {
    /// The recalculation of a worker that has something to do.
    pub(crate) fn of(
        design: &'a Design,
        scenario: &'a Scenario,
        worker: &'a Worker,
        fresh: Version,
    ) -> Option<Self> {
        let head = worker.answers.head.as_ref();
        let is_same =
            worker.mismatched.is_some() && worker.mismatched == head.map(|head| head.version);
        Some(Self {
            design,
            scenario,
            task: worker.task.as_ref()?,
            answers: &worker.answers,
            trusts_archive: !is_same || !design.keeps(Rule::SecondLook),
            fresh,
        })
    }

    pub(crate) fn next(&self) -> Next {
        let Some(head) = &self.answers.head else {
            return self.before_head();
        };
        if self.answers.is_whole {
            return self.with_everything(head);
        }
        let ledger = head.book.as_ref().and_then(|book| book.ledger());
        match (&self.task.changed, ledger) {
            (Changed::Dates(dates), Some(ledger)) if !head.is_incomplete => {
                self.with_parts(head, ledger, dates)
            }
            _ => Next::Everything,
        }
    }

    /// The derived item, and whatever a rule that is left out reads before it.
    fn before_head(&self) -> Next {
        if self.answers.is_absent {
            return self.first_put();
        }
        if let Changed::Dates(dates) = &self.task.changed {
            let parts = (!self.design.keeps(Rule::PartsAfterHead)).then(|| self.unread(dates));
            let archive = (!self.design.keeps(Rule::ArchiveAfterHead)).then(|| self.unread_year());
            if let Some(next) = archive.flatten().or(parts.flatten()) {
                return next;
            }
        }
        Next::Head
    }

    /// What is put when there is no derived item.
    fn first_put(&self) -> Next {
        let comes_first = self.design.keeps(Rule::EmptyFirst);
        if comes_first && self.design.keeps(Rule::PartsAfterEmpty) {
            return Next::Empty;
        }
        if let Some(next) = self.unread(&self.scenario.dates()) {
            return next;
        }
        if comes_first {
            return Next::Empty;
        }
        let ledger = self.ledger_of_dates();
        if ledger.is_empty() {
            return Next::Done;
        }
        Next::Write(self.put(&ledger, Condition::Absent, BTreeSet::new()))
    }

    fn with_parts(&self, head: &Head, mut ledger: Ledger, dates: &BTreeSet<Date>) -> Next {
        let parts: Vec<_> = dates.iter().map(|date| date.part()).collect();
        let mut calculated = Calculated::of_parts(head);
        if ledger.parts_need_archive(&parts) || !self.trusts_archive {
            if let Some(next) = self.unread_year() {
                return next;
            }
            calculated.add_archive(self.answers);
            if !self.take_in(&mut ledger) {
                return if self.trusts_archive {
                    Next::Mismatch
                } else {
                    Next::Everything
                };
            }
        }
        if let Some(next) = self.unread(dates) {
            return next;
        }
        let before = ledger.clone();
        for date in dates {
            let total = self.answers.dates.get(date).copied().flatten();
            ledger.replace(date.fold(total));
        }
        let is_unchanged = before.differences(&ledger).is_empty();
        if is_unchanged && !self.design.keeps(Rule::WriteOfUnchanged) {
            return Next::Done;
        }
        self.replace(head, ledger, calculated)
    }

    fn with_everything(&self, head: &Head) -> Next {
        let unread = self
            .unread_year()
            .or_else(|| self.unread(&self.scenario.dates()));
        if let Some(next) = unread {
            return next;
        }
        let mut ledger = self.ledger_of_dates();
        let named = head.named();
        let found = items(&self.answers.archive, &named, self.looks_at_tags());
        ledger.keep_archive_of(&named, PROFILE, found);
        let mut calculated = Calculated::of_everything(head);
        calculated.add_archive(self.answers);
        self.replace(head, ledger, calculated)
    }

    /// The next one of dates that was not read yet.
    fn unread(&self, dates: &BTreeSet<Date>) -> Option<Next> {
        let unread = dates
            .iter()
            .find(|date| !self.answers.dates.contains_key(date));
        unread.copied().map(Next::Date)
    }

    /// The next year whose archive item was not read yet.
    fn unread_year(&self) -> Option<Next> {
        let years = self.scenario.years();
        let unread = years
            .iter()
            .find(|year| !self.answers.archive.contains_key(year));
        unread.copied().map(Next::Archive)
    }

    fn ledger_of_dates(&self) -> Ledger {
        let read = self.answers.dates.iter();
        from_nothing(
            &read
                .filter_map(|(date, total)| Some((*date, (*total)?)))
                .collect(),
        )
    }

    fn looks_at_tags(&self) -> bool {
        self.design.keeps(Rule::TagsOfWriter)
    }

    fn take_in(&self, ledger: &mut Ledger) -> bool {
        take_in(ledger, &self.answers.archive, self.looks_at_tags())
    }
}
