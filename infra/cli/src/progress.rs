//! How far a scan of the table is, on the standard error.

use std::io::{self, Write};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::target::Target;

/// A bar on a terminal, and lines that do not disturb it.
pub(crate) struct Progress {
    bar: ProgressBar,
    quiet: bool,
    began: Instant,
}

impl Progress {
    /// A bar that knows no end yet; the user may want neither it nor any line that is not an error.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::no_length().with_finish(ProgressFinish::AndClear);
        bar.set_style(style("{spinner} {elapsed} {msg}"));
        let progress = Self {
            bar,
            quiet,
            began: Instant::now(),
        };
        if quiet {
            progress.hide();
        }
        progress
    }

    /// Shows no bar.
    pub(crate) fn hide(&self) {
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// Expects one of `parts` parts of the table's items, as far as DynamoDB knows how many there are.
    pub(crate) async fn expect(&self, target: &Target, parts: u32) {
        let describe = target.client.describe_table().table_name(&target.name);
        let described = describe.send().await.ok();
        let items = described.and_then(|described| described.table?.item_count);
        let items = items.and_then(|items| u64::try_from(items).ok());
        let items = items.and_then(|items| items.checked_div(parts.into()));
        if let Some(items) = items.filter(|items| *items > 0) {
            self.bar.set_length(items);
            self.bar
                .set_style(style("{wide_bar} {pos}/{len} items {eta} {msg}"));
        }
    }

    /// Counts items that were scanned.
    pub(crate) fn scan(&self, items: u64) {
        self.bar.inc(items);
    }

    /// Shows what it came to so far.
    pub(crate) fn show(&self, summary: String) {
        self.bar.set_message(summary);
    }

    /// Tells what it all came to, and how long it took.
    pub(crate) fn end(&self, summary: &str) {
        self.bar.finish_and_clear();
        let seconds = self.began.elapsed().as_secs_f64();
        self.say(&format!("{summary}, {seconds:.1} s"));
    }

    /// A line on the standard error, unless the user wants none.
    pub(crate) fn say(&self, line: &str) {
        if !self.quiet {
            self.complain(line);
        }
    }

    /// A line on the standard error in any case.
    pub(crate) fn complain(&self, line: &str) {
        // Nothing is left to do if even this fails.
        self.beside(|| writeln!(io::stderr(), "{line}").ok());
    }

    /// Writes something while the bar is out of the way.
    pub(crate) fn beside<R>(&self, write: impl FnOnce() -> R) -> R {
        self.bar.suspend(write)
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
