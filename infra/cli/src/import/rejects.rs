//! The file of the rows that were rejected.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempPath};

use super::header::{Header, REJECTS_COLUMNS};
use super::json::Reject;
use super::record::Splitter;
use super::rows::Found;
use super::source::Source;

/// The rejects of a file. They are written to a temporary file, which takes its place when it is whole: beside the file or where
/// a flag says. If that cannot be they go to the standard error.
pub(crate) struct Rejects<'a> {
    source: &'a Source<'a>,
    /// Where they go; nowhere beside the standard input.
    path: Option<PathBuf>,
    splitter: Splitter,
    has_begun: bool,
    file: Option<(File, Option<TempPath>)>,
}

impl<'a> Rejects<'a> {
    /// The rejects of a file, none so far.
    pub fn of(source: &'a Source<'a>) -> Self {
        let header = source.header.as_ref();
        let extension = header.map_or("ndjson", |_| "csv");
        let beside = || (source.path.as_os_str() != "-").then(|| beside(source.path, extension));
        Self {
            source,
            path: source.flags.rejects.clone().or_else(beside),
            splitter: Splitter::new(header.map_or(b',', |header| header.separator)),
            has_begun: false,
            file: None,
        }
    }

    /// Adds a row, which says why it is rejected. The load goes on whatever becomes of it.
    pub fn add(&mut self, found: &Found) {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first {
            match self.path.as_deref().map(open) {
                Some(Ok(file)) => self.file = Some(file),
                Some(Err(error)) => self.give_up(&error),
                None => to_standard_error(b"rejected rows:\n"),
            }
        }
        let reason = found.row.as_ref().err().map_or("", String::as_str);
        let text = match &self.source.header {
            Some(header) => {
                let cells = self.splitter.split(&found.raw);
                let cells = cells.map(|cells| cells.into_iter().skip(header.skipped).collect());
                let cells = cells.unwrap_or_else(|| vec![found.raw.as_slice()]);
                record(header, found.line, reason, cells, is_first)
            }
            None => line(found, reason),
        };
        let text =
            text.unwrap_or_else(|error| format!("{}: {reason} ({error})\n", found.line).into());
        let written = self.file.as_mut().map(|(file, _)| file.write_all(&text));
        if let Some(Err(error)) = &written {
            self.give_up(error);
        }
        if !matches!(written, Some(Ok(()))) {
            to_standard_error(&text);
        }
    }

    /// Returns where the rejects are, if there are any in a file. Otherwise deletes those of an earlier run, but not in a dry run.
    pub fn finish(mut self) -> Option<PathBuf> {
        let path = self.path.clone()?;
        if !self.has_begun && !self.source.flags.dry_run && is_ours(&path).is_ok_and(|ours| ours) {
            // They are of no use any more, but do no harm.
            fs::remove_file(&path).ok();
        }
        let (_, whole) = self.file.as_ref()?;
        let place = |whole| place(&path).and_then(|place| fs::rename(whole, place));
        match whole.as_ref().map(place) {
            None | Some(Ok(())) => Some(path),
            Some(Err(error)) => {
                self.give_up(&error);
                None
            }
        }
    }

    /// Says why there can be no file, and what it would hold.
    fn give_up(&mut self, why: &io::Error) {
        let path = self.path.as_deref().unwrap_or(Path::new("-")).display();
        let text = format!("cannot write the rejected rows to `{path}`: {why}; here they are:\n");
        to_standard_error(text.as_bytes());
        if let Some((_, Some(whole))) = self.file.take() {
            to_standard_error(&fs::read(whole).unwrap_or_default());
        }
    }
}

/// The rejects file beside a file.
pub(crate) fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".rejects.{extension}"));
    name.into()
}

/// A rejected row under the file's own header, so that it can be corrected and imported as it is.
fn record(
    header: &Header,
    line: u64,
    reason: &str,
    cells: Vec<&[u8]>,
    is_first: bool,
) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .delimiter(header.separator)
        .from_writer(Vec::new());
    if is_first {
        let names = header.names.iter().map(String::as_str);
        writer.write_record(REJECTS_COLUMNS.into_iter().chain(names))?;
    }
    let line = line.to_string();
    writer.write_record(
        [line.as_bytes(), reason.as_bytes()]
            .into_iter()
            .chain(cells),
    )?;
    writer.into_inner().map_err(|error| error.into_error())
}

fn line(found: &Found, reason: &str) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(&Reject {
        rejected_line: found.line,
        reason: reason.into(),
        row: String::from_utf8_lossy(&found.raw),
    })?;
    line.push(b'\n');
    Ok(line)
}

fn to_standard_error(text: &[u8]) {
    // Nowhere is left to say that even this fails; the summary counts the row.
    io::stderr().write_all(text).ok();
}

/// Opens a temporary file beside the place of the rejects, or what is there if it is not a file but can be written to.
fn open(path: &Path) -> io::Result<(File, Option<TempPath>)> {
    let place = place(path)?;
    if place.exists() && !place.is_file() {
        return Ok((OpenOptions::new().write(true).open(place)?, None));
    }
    let folder = place
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let file = Builder::new()
        .prefix(".rejects-")
        .make_in(folder.unwrap_or(Path::new(".")), |path| {
            File::create_new(path)
        })?;
    let (file, whole) = file.into_parts();
    Ok((file, Some(whole)))
}

/// Where a path leads to, if no file is there, or one that is empty or that the importer wrote.
fn place(path: &Path) -> io::Result<PathBuf> {
    let Ok(place) = fs::canonicalize(path) else {
        return Ok(path.to_owned());
    };
    let about = fs::metadata(&place)?;
    if about.is_file() && about.len() > 0 && !is_ours(&place)? {
        let why = "it holds something else: move it, or name another file with --rejects";
        return Err(io::Error::other(why));
    }
    Ok(place)
}

/// Whether the importer wrote a file: its first line begins as only that of rejects does.
fn is_ours(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut beginning)?;
    let beginning = String::from_utf8_lossy(&beginning).replace(['"', '{'], "");
    let after = beginning.strip_prefix(REJECTS_COLUMNS[0]);
    Ok(after.is_some_and(|after| after.starts_with([',', ';', '\t', ':'])))
}
