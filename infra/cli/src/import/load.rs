//! Writes the rows of a file to the table.

use std::io;
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

/// Rows that are written together, and those between them that are not.
#[derive(Default)]
struct Wave {
    rows: Vec<Found>,
    rejected: Vec<Found>,
    written_before: usize,
    derived: usize,
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
    let mut is_last = false;
    while !is_last {
        let mut wave = Wave::read(&mut rows, &mut repeats).map_err(unreadable)?;
        is_last = wave.is_last;
        let tried = wave.rows.len().saturating_add(wave.written_before);
        let written = match target {
            Some(target) => writer::write(target, wave.rows).await?,
            None => Written::default(),
        };
        let done = tried.saturating_sub(written.refused.len());
        wave.rejected.extend(written.refused);
        wave.rejected.sort_by_key(|found| found.line);
        for found in &wave.rejected {
            let reason = found.row.as_ref().err().map_or("", String::as_str);
            rejects.add(rows.header(), found, reason);
        }
        add(
            if delete {
                &mut summary.deleted
            } else {
                &mut summary.loaded
            },
            done,
        );
        add(&mut summary.rejected, wave.rejected.len());
        add(&mut summary.derived, wave.derived);
        if let Some(replaced) = &mut summary.replaced {
            add(replaced, written.replaced);
        }
    }
    summary.rejects = rejects.finish();
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}

impl Wave {
    fn read(rows: &mut Rows<'_>, repeats: &mut Repeats) -> io::Result<Self> {
        let (mut wave, mut bytes) = (Self::default(), 0_usize);
        while wave.rows.len() < WAVE_ROWS && bytes < WAVE_BYTES && wave.rejected.len() < WAVE_ROWS {
            let Some(mut found) = rows.next()? else {
                wave.is_last = true;
                break;
            };
            bytes = bytes.saturating_add(found.raw.len());
            let Ok(row) = &found.row else {
                wave.rejected.push(found);
                continue;
            };
            if is_derived(row) {
                add(&mut wave.derived, 1);
                continue;
            }
            bytes = bytes.saturating_add(row.bytes());
            match repeats.fate(row.key_hash()) {
                Fate::Written => wave.rows.push(found),
                Fate::WrittenBefore => add(&mut wave.written_before, 1),
                Fate::Rejected => {
                    found.row = Err(repeats::reason(rows.kind()));
                    wave.rejected.push(found);
                }
            }
        }
        Ok(wave)
    }
}

fn add(sum: &mut usize, count: usize) {
    *sum = sum.saturating_add(count);
}
