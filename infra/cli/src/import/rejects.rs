//! The file of the rows that were rejected.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{self, Path, PathBuf};

use tempfile::{Builder, SpooledTempFile, spooled_tempfile};

use super::header::{Header, REJECTS_COLUMNS};
use super::json::Reject;
use super::record::Splitter;
use super::rows::Found;
use super::source::Source;

/// Bytes of rejects that are kept in memory; more of them are in a temporary file.
const IN_MEMORY: usize = 1024 * 1024;

/// The rejects of a file, kept aside until all of them are there.
pub(crate) struct Rejects<'a> {
    source: &'a Source<'a>,
    splitter: Splitter,
    text: SpooledTempFile,
}

impl<'a> Rejects<'a> {
    /// The rejects of a file, none so far.
    pub fn of(source: &'a Source<'a>) -> Self {
        let separator = source.header.as_ref().map(|header| header.separator);
        Self {
            source,
            splitter: Splitter::new(separator.unwrap_or(b',')),
            text: spooled_tempfile(IN_MEMORY),
        }
    }

    /// Adds a row, which says why it is rejected. The load goes on whatever becomes of it.
    pub fn add(&mut self, found: &Found) {
        let reason = found.row.as_ref().err().map_or("", String::as_str);
        let text = match &self.source.header {
            Some(header) => self.record(header, found, reason),
            None => line(found, reason),
        };
        let kept = text.and_then(|text| {
            let kept = self.text.write_all(&text);
            kept.inspect_err(|_| to_standard_error(text.as_slice()))
        });
        if let Err(error) = kept {
            to_standard_error(format!("{}: {reason} ({error})\n", found.line).as_bytes());
        }
    }

    /// A row under the file's own header, so that it can be corrected and imported as it is.
    fn record(&mut self, header: &Header, found: &Found, reason: &str) -> io::Result<Vec<u8>> {
        let mut writer = csv::WriterBuilder::new();
        let writer = writer.flexible(true).delimiter(header.separator);
        let mut writer = writer.from_writer(Vec::new());
        if self.text.stream_position()? == 0 {
            let names = header.names.iter().map(String::as_str);
            writer.write_record(REJECTS_COLUMNS.into_iter().chain(names))?;
        }
        let line = found.line.to_string();
        writer.write_field(&line)?;
        writer.write_field(reason)?;
        match self.splitter.split(&found.raw) {
            Some(cells) => writer.write_record(cells.into_iter().skip(header.skipped))?,
            None => writer.write_record([&found.raw])?,
        }
        writer.into_inner().map_err(|error| error.into_error())
    }

    /// Puts the rejects where a flag says, or beside the file, or to the standard error if neither can be; returns the file.
    /// Without any it deletes those of an earlier run, but not in a dry run.
    pub fn finish(mut self) -> Option<PathBuf> {
        let flags = self.source.flags;
        let extension = self.source.header.as_ref().map_or("ndjson", |_| "csv");
        let beside =
            || (self.source.path.as_os_str() != "-").then(|| beside(self.source.path, extension));
        let path = flags.rejects.clone().or_else(beside);
        if self.text.stream_position().is_ok_and(|length| length == 0) {
            let path = path.filter(|path| !flags.dry_run && is_ours(path).is_ok_and(|ours| ours));
            // They are of no use any more, but do no harm.
            path.map(|path| fs::remove_file(path).ok());
            return None;
        }
        let why = match path.as_deref().map(|path| put(&mut self.text, path)) {
            Some(Ok(())) => return path,
            Some(Err(error)) => {
                let path = path.unwrap_or_default();
                format!(
                    "cannot write the rejected rows to `{}`: {error}; here they are",
                    path.display()
                )
            }
            None => "rejected rows".to_owned(),
        };
        // Nowhere is left to say that even this fails; the summary counts the rows.
        self.text.rewind().ok();
        to_standard_error(format!("{why}:\n").as_bytes().chain(self.text));
        None
    }
}

/// The rejects file beside a file.
pub(crate) fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".rejects.{extension}"));
    name.into()
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

fn to_standard_error(mut text: impl Read) {
    io::copy(&mut text, &mut io::stderr()).ok();
}

/// Puts rejects into a file that is whole from its first moment, or into what is not a file but can be written to.
fn put(text: &mut SpooledTempFile, path: &Path) -> io::Result<()> {
    // A link stays one.
    let place = fs::canonicalize(path).or_else(|_| path::absolute(path))?;
    text.rewind()?;
    if place.exists() && !place.is_file() {
        return io::copy(text, &mut OpenOptions::new().write(true).open(place)?).map(drop);
    }
    if fs::metadata(&place).is_ok_and(|about| about.len() > 0) && !is_ours(&place)? {
        let why = "it holds something else: move it, or name another file with --rejects";
        return Err(io::Error::other(why));
    }
    let folder = place.parent().unwrap_or(&place);
    let mut whole = Builder::new().make_in(folder, |path| File::create_new(path))?;
    io::copy(text, &mut whole)?;
    whole.persist(place)?;
    Ok(())
}

/// Whether the importer wrote a file: its first line begins as only that of rejects does.
fn is_ours(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut beginning)?;
    let beginning = String::from_utf8_lossy(&beginning).replace(['"', '{'], "");
    let after = beginning.strip_prefix(REJECTS_COLUMNS[0]);
    Ok(after.is_some_and(|after| after.starts_with([',', ';', '\t', ':'])))
}
