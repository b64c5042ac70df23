//! The file of the rows that were rejected.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::header::{Header, REJECTS_COLUMNS};
use super::rows::Found;
use super::source::Source;

/// Writes rejects: beside the file or where a flag says, and to the standard error if that cannot be.
#[derive(Debug)]
pub(crate) struct Rejects {
    /// Where they go; nowhere beside the standard input.
    path: Option<PathBuf>,
    is_dry_run: bool,
    has_begun: bool,
    file: Option<File>,
}

impl Rejects {
    /// The rejects of a file, none so far.
    pub fn of(source: &Source, named: Option<&Path>, is_dry_run: bool) -> Self {
        let extension = if source.header.is_some() {
            "csv"
        } else {
            "ndjson"
        };
        let beside = || {
            let mut name = source.path.clone().into_os_string();
            name.push(format!(".rejects.{extension}"));
            (source.path.as_os_str() != "-").then(|| PathBuf::from(name))
        };
        let path = named.map(Path::to_owned).or_else(beside);
        Self {
            path,
            is_dry_run,
            has_begun: false,
            file: None,
        }
    }

    /// Adds a row, and the reason. The load goes on whatever becomes of it.
    pub fn add(&mut self, header: Option<&mut Header>, found: &Found, reason: &str) {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first {
            match self.path.as_deref().map(open) {
                Some(Ok(file)) => self.file = Some(file),
                Some(Err(error)) => self.say(&error),
                None => to_standard_error(b"rejected rows:\n"),
            }
        }
        let text = match header {
            Some(header) => header.rejected(found, reason, is_first),
            None => {
                let row = String::from_utf8_lossy(&found.raw);
                let (line, row) = (json!(found.line), json!(row));
                Ok(format!(
                    "{{\"{}\":{line},\"reason\":{},\"row\":{row}}}\n",
                    REJECTS_COLUMNS[0],
                    json!(reason)
                )
                .into())
            }
        };
        let text =
            text.unwrap_or_else(|error| format!("{}: {reason} ({error})\n", found.line).into());
        match self.file.as_mut().map(|file| file.write_all(&text)) {
            Some(Ok(())) => return,
            Some(Err(error)) => {
                self.file = None;
                self.say(&error);
            }
            None => {}
        }
        to_standard_error(&text);
    }

    /// Returns where the rejects are, if there are any in a file. Otherwise deletes those of an earlier run, but not in a dry run.
    pub fn finish(self) -> Option<PathBuf> {
        let path = self.path?;
        if !self.has_begun && !self.is_dry_run && is_ours(&path).is_ok_and(|ours| ours) {
            // They are of no use any more, but do no harm.
            fs::remove_file(&path).ok();
        }
        self.file.map(|_| path)
    }

    fn say(&self, why: &io::Error) {
        let path = self.path.as_deref().unwrap_or(Path::new("-")).display();
        let text = format!("cannot write the rejected rows to `{path}`: {why}; here they are:\n");
        to_standard_error(text.as_bytes());
    }
}

fn to_standard_error(text: &[u8]) {
    // Nowhere is left to say that even this fails; the summary counts the row.
    io::stderr().write_all(text).ok();
}

/// Opens a file for rejects: a new or empty one, one of an earlier run, or what is no file but can be written to.
fn open(path: &Path) -> io::Result<File> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        created => return created,
    }
    let about = fs::metadata(path)?;
    if about.is_file() && about.len() > 0 && !is_ours(path)? {
        return Err(io::Error::other(
            "it holds something else: move it, or name another file with --rejects",
        ));
    }
    OpenOptions::new()
        .write(true)
        .truncate(about.is_file())
        .open(path)
}

/// Whether the importer wrote a file: its first line begins as only that of rejects does.
fn is_ours(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut beginning)?;
    let beginning = String::from_utf8_lossy(&beginning).replace(['"', '{'], "");
    let after = beginning.strip_prefix(REJECTS_COLUMNS[0]);
    Ok(after.is_some_and(|after| after.starts_with([',', ';', '\t', ':'])))
}
