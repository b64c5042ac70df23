//! The progress bar, on the standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use super::source::Source;

/// Whether progress is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Whether nothing is shown.
    pub quiet: bool,
}

impl Progress {
    /// A bar for one reading of a file. It is not drawn where the standard error is no terminal.
    pub fn bar(self, source: &Source, doing: &str) -> ProgressBar {
        let bar = match source.length() {
            0 => ProgressBar::no_length(),
            length => ProgressBar::new(length),
        };
        if self.quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(format!("{doing} {}", source.path.display()));
        // Also when the load fails: the line with the error should stand alone.
        bar.with_finish(ProgressFinish::AndClear)
    }
}
