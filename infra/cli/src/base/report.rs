//! What a run tells: profiles on the standard output, everything else on the standard error.

use std::fmt::Display;
use std::io::{self, Write};

use indicatif::HumanCount;
use serde::{Deserialize, Serialize};
use table::{ProfileId, Settings, Task, Verified};
use telemetry::chain;

use super::error::BaseError;
use crate::progress::Progress;
use crate::target::Target;

/// What a number of profiles came to.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Counts {
    /// Profiles that were worked on.
    pub profiles: u64,
    /// Profiles whose derived items differ from a calculation from nothing.
    pub different: u64,
    /// Profiles that could not be rebuilt.
    pub not_rebuilt: u64,
    /// Lines that name no profile.
    pub refused: u64,
    /// Profiles that could not be verified.
    pub failed: u64,
}

impl Counts {
    /// The exit code of the command: 0 if all are in order, 1 if some could not be verified, 3 if some differ or could not be
    /// rebuilt.
    pub fn exit_code(&self) -> u8 {
        match (
            self.failed,
            self.different + self.not_rebuilt + self.refused,
        ) {
            (0, 0) => 0,
            (0, _) => 3,
            _ => 1,
        }
    }
}

/// Tells what becomes of profiles, and counts it.
pub(super) struct Report {
    task: Task,
    target: String,
    counts: Counts,
    progress: Progress,
}

impl Report {
    pub(super) fn new(task: Task, target: &Target, quiet: bool) -> Self {
        Self {
            task,
            target: target.to_string(),
            counts: Counts::default(),
            progress: Progress::new(quiet),
        }
    }

    pub(super) fn task(&self) -> Task {
        self.task
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// What is done, to which table, for a checkpoint.
    pub(super) fn run(&self, settings: &Settings) -> String {
        let doing = match self.task {
            Task::Verify => "verify",
            Task::Rebuild => "rebuild",
        };
        format!("{doing} {}, {}", self.target, currency(settings))
    }

    /// Says what is about to be done.
    pub(super) fn begin(&self, settings: &Settings) {
        let doing = match self.task {
            Task::Verify => "Verifying",
            Task::Rebuild => "Rebuilding",
        };
        self.progress.say(&format!(
            "{doing} profiles of {}, {}",
            self.target,
            currency(settings)
        ));
    }

    /// Expects all items of the table, as far as DynamoDB knows how many there are.
    pub(super) async fn expect(&self, target: &Target) {
        self.progress.expect(target, 1).await;
    }

    /// Goes on with what was counted before.
    pub(super) fn go_on(&mut self, counts: Counts) {
        if counts != Counts::default() {
            self.progress.say(&format!(
                "going on after {} profiles",
                HumanCount(counts.profiles)
            ));
        }
        self.counts = counts;
    }

    /// Counts items that were scanned.
    pub(super) fn scan(&self, items: u64) {
        self.progress.scan(items);
    }

    /// Tells what became of a profile, if that is worth a line.
    pub(super) fn add(
        &mut self,
        profile: &ProfileId,
        verified: &Verified,
    ) -> Result<(), BaseError> {
        self.counts.profiles += 1;
        let told = match verified {
            Verified::InOrder => Ok(()),
            Verified::Differs(discrepancy) => {
                self.counts.different += 1;
                self.print(profile, discrepancy)
            }
            Verified::TooLarge => {
                self.counts.not_rebuilt += 1;
                self.print(
                    profile,
                    &"too large for a derived item; the last good document stays",
                )
            }
            Verified::Failed(error) if self.task == Task::Rebuild => {
                self.counts.not_rebuilt += 1;
                self.print(profile, &chain(error))
            }
            Verified::Failed(error) => {
                self.counts.failed += 1;
                self.progress
                    .complain(&format!("{profile} cannot be verified: {}", chain(error)));
                Ok(())
            }
        };
        self.progress.show(self.summary());
        told.map_err(BaseError::Output)
    }

    /// Tells that a line names no profile.
    pub(super) fn refuse(&mut self, reason: &str) {
        self.counts.refused += 1;
        self.progress.complain(reason);
    }

    /// Tells what it all came to.
    pub(super) fn end(self) -> Counts {
        self.progress.end(&self.summary());
        self.counts
    }

    fn summary(&self) -> String {
        let Counts {
            profiles,
            different,
            not_rebuilt,
            refused,
            failed,
        } = self.counts;
        let mut summary = match self.task {
            Task::Verify => format!(
                "{} profiles verified, {different} differ",
                HumanCount(profiles)
            ),
            Task::Rebuild => {
                let rebuilt = HumanCount(profiles - not_rebuilt);
                format!("{rebuilt} profiles rebuilt, {not_rebuilt} could not be rebuilt")
            }
        };
        for (count, what) in [
            (refused, "lines name no profile"),
            (failed, "could not be verified"),
        ] {
            if count > 0 {
                summary.push_str(&format!(", {count} {what}"));
            }
        }
        summary
    }

    /// A line on the standard output: the profile, then why.
    fn print(&self, profile: &ProfileId, why: &dyn Display) -> io::Result<()> {
        self.progress
            .beside(|| writeln!(io::stdout(), "{profile} {why}"))
    }
}

fn currency(settings: &Settings) -> String {
    match settings.currency {
        Some(currency) => format!("figures in {currency}"),
        None => "figures in no particular currency".to_owned(),
    }
}
