//! Writes the rows of a file to the table.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use super::error::{FileProblem, ImportError};
use super::put::Put;
use super::rejects::{Reject, Rejects};
use super::row;
use super::source::{Row, Source};
use super::summary::FileSummary;
use super::target::Target;
use super::wave::{Entry, Wave};
use super::writer::BatchWriter;

/// Rejects that are held until the wave around them is written.
const HELD_REJECTS: usize = 1600;

/// Writes files to one table, one after another.
pub(crate) struct Loader<'a> {
    writer: BatchWriter<'a>,
    /// Hashes of the keys so far. They only serve a count: one collision among ten million rows is very unlikely.
    seen: HashSet<u64>,
}

impl<'a> Loader<'a> {
    pub fn new(target: &'a Target) -> Self {
        Self {
            writer: BatchWriter::new(target),
            seen: HashSet::new(),
        }
    }

    /// Writes the rows of `source`.
    pub async fn load(&mut self, mut source: Source) -> Result<FileSummary, ImportError> {
        let started = Instant::now();
        let path = source.path.clone();
        let progress = progress_bar(&source);
        let mut rejects = Rejects::of(&source);
        let mut summary = FileSummary::new(&source);
        let mut more = true;
        while more {
            let (mut wave, mut rejected) = (Wave::default(), Vec::new());
            while !wave.is_full() && rejected.len() < HELD_REJECTS {
                let row = source
                    .next()
                    .map_err(|error| FileProblem::Read(error).of(&path))?;
                let Some(row) = row else {
                    more = false;
                    break;
                };
                match entry(&source, row) {
                    Ok(entry) => {
                        summary.loaded = summary.loaded.saturating_add(1);
                        if !self.seen.insert(hash(&entry.put)) {
                            summary.repeated = summary.repeated.saturating_add(1);
                        }
                        wave.add(entry);
                    }
                    Err(reject) => rejected.push(reject),
                }
            }
            let refused = self.writer.write(wave).await?;
            summary.loaded = summary.loaded.saturating_sub(count(refused.len()));
            rejected.extend(refused);
            rejected.sort_by_key(|reject| reject.line);
            summary.rejected = summary.rejected.saturating_add(count(rejected.len()));
            for reject in &rejected {
                rejects.add(reject).map_err(|problem| problem.of(&path))?;
            }
            progress.set_position(source.position());
        }
        drop(progress);
        summary.rejects = rejects.finish().map_err(|problem| problem.of(&path))?;
        summary.took = started.elapsed();
        Ok(summary)
    }
}

/// The item of a row, or why the row cannot be read.
fn entry(source: &Source, row: Row) -> Result<Entry, Reject> {
    let Row { line, raw, fields } = row;
    let item = fields.and_then(|fields| row::item(source.kind, fields));
    match item.and_then(Put::new) {
        Ok(put) => Ok(Entry { line, raw, put }),
        Err(reason) => Err(Reject { line, raw, reason }),
    }
}

fn hash(put: &Put) -> u64 {
    let mut hasher = DefaultHasher::new();
    put.key().hash(&mut hasher);
    hasher.finish()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn progress_bar(source: &Source) -> ProgressBar {
    // Draws on the standard error, and not at all where that is no terminal.
    let bar = match source.length {
        0 => ProgressBar::no_length(),
        length => ProgressBar::new(length),
    };
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(source.path.display().to_string());
    // Also when the load fails: the line with the error should stand alone.
    bar.with_finish(ProgressFinish::AndClear)
}
