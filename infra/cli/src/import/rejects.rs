//! The file of the rows that were rejected.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::csv::{Header, REJECTS_COLUMNS};
use super::rows::Found;
use super::source::Source;
use super::splitter::Splitter;

/// Writes rejects: beside the file or where a flag says, and to the standard error if that cannot be.
#[derive(Debug)]
pub(crate) struct Rejects {
    /// Where they go; nowhere beside the standard input.
    path: Option<PathBuf>,
    output: Option<Output>,
}

#[derive(Debug)]
enum Output {
    File(File),
    StandardError,
}

/// A line of rejects of JSON.
#[derive(Serialize)]
struct JsonReject<'a> {
    rejected_line: u64,
    reason: &'a str,
    row: &'a str,
}

impl Rejects {
    /// The rejects of a file, none so far.
    pub fn of(source: &Source, named: Option<&Path>) -> Self {
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
        Self {
            path: named.map(Path::to_owned).or_else(beside),
            output: None,
        }
    }

    /// Adds a row. The load goes on whatever becomes of it.
    pub fn add(&mut self, header: Option<&mut Header>, found: &Found, reason: &str) {
        let is_first = self.output.is_none();
        if is_first {
            self.output = Some(self.open());
        }
        let text = match header {
            Some(header) => csv_text(header, found, reason, is_first),
            None => json_text(found, reason),
        };
        let text = text
            .unwrap_or_else(|error| format!("{}: {reason} ({error})\n", found.line).into_bytes());
        let written = match &mut self.output {
            Some(Output::File(file)) => file.write_all(&text),
            _ => Ok(to_standard_error(&text)),
        };
        if let Err(error) = written {
            self.turn(&error.to_string());
            to_standard_error(&text);
        }
    }

    /// Returns where the rejects are, if there are any in a file. Otherwise deletes those of an earlier run.
    pub fn finish(self) -> Option<PathBuf> {
        let path = self.path?;
        match self.output {
            Some(Output::File(_)) => Some(path),
            Some(Output::StandardError) => None,
            None => {
                if is_ours(&path).is_ok_and(|ours| ours) {
                    // They are of no use any more, but do no harm.
                    fs::remove_file(&path).ok();
                }
                None
            }
        }
    }

    fn open(&mut self) -> Output {
        let Some(path) = &self.path else {
            return self.turn("");
        };
        let open = |path: &Path| {
            let created = OpenOptions::new().write(true).create_new(true).open(path);
            match created {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let about = fs::metadata(path)?;
                    if about.is_file() && about.len() > 0 && !is_ours(path)? {
                        return Err(io::Error::other(
                            "it holds something else than rejects: move it, or name another with --rejects",
                        ));
                    }
                    OpenOptions::new()
                        .write(true)
                        .truncate(about.is_file())
                        .open(path)
                }
                created => created,
            }
        };
        match open(path) {
            Ok(file) => Output::File(file),
            Err(error) => self.turn(&error.to_string()),
        }
    }

    /// Turns to the standard error, and says why.
    fn turn(&mut self, why: &str) -> Output {
        let text = match &self.path {
            Some(path) => format!(
                "cannot write the rejected rows to `{}`: {why}; here they are:\n",
                path.display()
            ),
            None => "rejected rows:\n".to_owned(),
        };
        to_standard_error(text.as_bytes());
        self.output = Some(Output::StandardError);
        Output::StandardError
    }
}

fn to_standard_error(text: &[u8]) {
    // Nowhere is left to say that even this fails; the summary counts the row.
    io::stderr().write_all(text).ok();
}

/// Whether the importer wrote a file: its first line begins as only that of rejects does.
fn is_ours(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut beginning)?;
    let beginning = String::from_utf8_lossy(&beginning).replace(['"', '{'], "");
    let after = beginning.strip_prefix(REJECTS_COLUMNS[0]);
    Ok(after.is_some_and(|after| after.starts_with([',', ';', '\t', ':'])))
}

fn json_text(found: &Found, reason: &str) -> io::Result<Vec<u8>> {
    let row = &String::from_utf8_lossy(&found.raw);
    let mut text = serde_json::to_vec(&JsonReject {
        rejected_line: found.line,
        reason,
        row,
    })?;
    text.push(b'\n');
    Ok(text)
}

/// The row under the file's own header, so that it can be corrected and imported as it is.
fn csv_text(
    header: &mut Header,
    found: &Found,
    reason: &str,
    is_first: bool,
) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .delimiter(header.separator())
        .from_writer(Vec::new());
    if is_first {
        writer.write_record(
            REJECTS_COLUMNS
                .into_iter()
                .chain(header.names.iter().map(String::as_str)),
        )?;
    }
    let mut splitter = Splitter::new(header.separator());
    let cells = match splitter.split(&found.raw) {
        Some(cells) => cells.get(header.skipped..).unwrap_or_default().to_vec(),
        None => vec![found.raw.as_slice()],
    };
    let line = found.line.to_string();
    writer.write_record(
        [line.as_bytes(), reason.as_bytes()]
            .into_iter()
            .chain(cells),
    )?;
    writer.into_inner().map_err(|error| error.into_error())
}
