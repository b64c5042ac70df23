//! What an export tells on the standard error.

use std::io::{self, IsTerminal};

use chrono::NaiveDate;
use indicatif::HumanCount;

use super::arguments::Arguments;
use super::document::{Document, Exported};
use crate::progress::Progress;
use crate::target::Target;

/// What a number of profiles came to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Profiles that the table has.
    pub profiles: u64,
    /// Documents that were written.
    pub documents: u64,
    /// Profiles without a document: they are not calculated yet, or nothing of them counts.
    pub absent: u64,
    /// Profiles whose document cannot be read.
    pub unreadable: u64,
    /// Profiles whose document is not what the table holds.
    pub incomplete: u64,
}

impl Counts {
    /// The exit code of the command: 0 if all is written, 3 if some could not be read or are incomplete.
    pub fn exit_code(&self) -> u8 {
        match (self.unreadable, self.incomplete) {
            (0, 0) => 0,
            _ => 3,
        }
    }
}

/// Tells what becomes of profiles, and counts it.
pub(super) struct Report {
    as_of: NaiveDate,
    counts: Counts,
    progress: Progress,
}

impl Report {
    /// Says what is about to be done.
    pub(super) async fn begin(arguments: &Arguments, target: &Target, as_of: NaiveDate) -> Self {
        let progress = Progress::new(arguments.quiet);
        // Documents that run over a terminal leave no room for a bar.
        if arguments.output.is_none() && io::stdout().is_terminal() {
            progress.hide();
        }
        progress.say(&format!("Exporting documents of {target} as of {as_of}"));
        progress.expect(target, arguments.of.unwrap_or(1)).await;
        Self {
            as_of,
            counts: Counts::default(),
            progress,
        }
    }

    /// Tells what became of a profile, if that is worth a line.
    pub(super) fn add(&mut self, exported: &Exported) {
        let Exported { profile, .. } = exported;
        self.counts.profiles += 1;
        match &exported.document {
            Document::Row(_) => self.counts.documents += 1,
            Document::NotChosen => {}
            Document::Absent => self.counts.absent += 1,
            Document::Unreadable(why) => {
                self.counts.unreadable += 1;
                self.progress.complain(&format!("{profile} {why}"));
            }
        }
        if let Some(why) = &exported.incomplete {
            self.counts.incomplete += 1;
            let line = format!("{profile} incomplete: {why}; its last good document is taken");
            self.progress.complain(&line);
        }
        self.progress.scan(exported.items);
        self.progress.show(self.summary());
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Tells what it all came to.
    pub(super) fn end(self) -> Counts {
        self.progress.end(&self.summary());
        self.counts
    }

    fn summary(&self) -> String {
        let Counts {
            profiles,
            documents,
            absent,
            unreadable,
            incomplete,
        } = self.counts;
        let (documents, profiles) = (HumanCount(documents), HumanCount(profiles));
        let mut summary = format!(
            "{documents} documents of {profiles} profiles as of {}",
            self.as_of
        );
        for (count, what) in [
            (
                absent,
                "without a document (not calculated yet, or nothing counts)",
            ),
            (unreadable, "could not be read"),
            (incomplete, "incomplete"),
        ] {
            if count > 0 {
                summary.push_str(&format!(", {} {what}", HumanCount(count)));
            }
        }
        summary
    }
}
