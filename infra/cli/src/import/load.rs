//! Writes the rows of a file to the table.

use std::time::Instant;

use super::error::{FileProblem, ImportError};
use super::item::is_derived;
use super::progress::Progress;
use super::rejects::Rejects;
use super::repeats::{self, Fate, Repeats};
use super::rows::{Found, Rows};
use super::source::Source;
use super::summary::FileSummary;
use super::target::Target;
use super::writer::{self, Written};

/// Rows that are written together.
const WAVE_ROWS: usize = 1600;
/// Bytes of items in a wave, which bounds the memory of an import.
const WAVE_BYTES: usize = 32 * 1024 * 1024;

/// Rows that have been read, and what is known of the others so far.
#[derive(Default)]
struct Wave {
    rows: Vec<Found>,
    rejected: Vec<(Found, String)>,
    unwritten: u64,
    derived: u64,
    is_last: bool,
}

/// Loads a file: looks at all its rows, then writes them, to nowhere if there is no `target`.
pub(crate) async fn load(
    source: &mut Source,
    target: Option<&Target>,
    mut rejects: Rejects,
    progress: Progress,
) -> Result<FileSummary, ImportError> {
    let started = Instant::now();
    let mut summary = FileSummary::new(source);
    let (path, delete) = (source.path.clone(), source.columns.delete);
    let unreadable = |error| FileProblem::Read(error).of(&path);
    let mut repeats =
        Repeats::find(source, &progress.bar(source, "checking")).map_err(unreadable)?;
    let bar = progress.bar(source, "loading");
    let mut rows = source.rows(&bar).map_err(unreadable)?;
    loop {
        let mut wave = Wave::read(&mut rows, &mut repeats).map_err(unreadable)?;
        let count = wave.rows.len();
        let written = match target {
            Some(target) => writer::write(target, wave.rows).await?,
            None => Written::default(),
        };
        let count = count.saturating_sub(written.refused.len());
        wave.rejected
            .extend(written.refused.into_iter().map(|mut found| {
                let reason = std::mem::replace(&mut found.row, Err(String::new())).err();
                (found, reason.unwrap_or_default())
            }));
        wave.rejected.sort_by_key(|(found, _)| found.line);
        for (found, reason) in &wave.rejected {
            rejects.add(rows.header(), found, reason);
        }
        let done = wave.unwritten.saturating_add(number(count));
        *(if delete {
            &mut summary.deleted
        } else {
            &mut summary.loaded
        }) += done;
        summary.rejected = summary.rejected.saturating_add(number(wave.rejected.len()));
        summary.derived = summary.derived.saturating_add(wave.derived);
        summary.replaced = summary
            .replaced
            .map(|sum| sum.saturating_add(written.replaced));
        if wave.is_last {
            break;
        }
    }
    summary.rejects = rejects.finish();
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}

impl Wave {
    fn read(rows: &mut Rows<'_>, repeats: &mut Repeats) -> std::io::Result<Self> {
        let (mut wave, mut bytes) = (Self::default(), 0_usize);
        while wave.rows.len() < WAVE_ROWS && bytes < WAVE_BYTES && wave.rejected.len() < WAVE_ROWS {
            let Some(found) = rows.next()? else {
                wave.is_last = true;
                break;
            };
            bytes = bytes.saturating_add(found.raw.len());
            let row = match &found.row {
                Ok(row) => row,
                Err(reason) => {
                    let reason = reason.clone();
                    wave.rejected.push((found, reason));
                    continue;
                }
            };
            bytes = bytes.saturating_add(row.bytes());
            if is_derived(row) {
                wave.derived = wave.derived.saturating_add(1);
                continue;
            }
            match repeats.fate(row.hashes().0) {
                Fate::Written => wave.rows.push(found),
                Fate::WrittenBefore => wave.unwritten = wave.unwritten.saturating_add(1),
                Fate::Rejected => wave.rejected.push((found, repeats::reason(rows.kind()))),
            }
        }
        Ok(wave)
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
