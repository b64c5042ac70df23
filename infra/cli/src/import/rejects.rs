//! The file, beside the input, of the rows that could not be read.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::{BoxError, FileProblem};
use super::header::Format;
use super::quoting::{Split, Splitter};
use super::row_error::RowError;
use super::source::Source;

/// A row that could not become an item.
#[derive(Debug)]
pub(crate) struct Reject {
    /// The number of its first line.
    pub line: u64,
    /// Its bytes as they were found.
    pub raw: Vec<u8>,
    /// Why not.
    pub reason: RowError,
}

/// Writes rejects; the file appears with the first of them.
#[derive(Debug)]
pub(crate) struct Rejects {
    path: PathBuf,
    format: Format,
    output: Option<BufWriter<File>>,
}

/// A line of rejects of NDJSON.
#[derive(Serialize)]
struct JsonReject<'a> {
    line: u64,
    reason: String,
    row: &'a str,
}

impl Rejects {
    /// Rejects of `source`, none so far.
    pub fn of(source: &Source) -> Self {
        let extension = match source.format {
            Format::Csv { .. } => "csv",
            Format::Ndjson => "ndjson",
        };
        Self {
            path: beside(&source.path, extension),
            format: source.format.clone(),
            output: None,
        }
    }

    /// Adds a row.
    pub fn add(&mut self, reject: &Reject) -> Result<(), FileProblem> {
        self.write(reject).map_err(|source| self.problem(source))
    }

    /// Returns where the rejects are, if there are any. Otherwise deletes the rejects of an earlier run.
    pub fn finish(mut self) -> Result<Option<PathBuf>, FileProblem> {
        let finished = match &mut self.output {
            Some(output) => output.flush(),
            None => fs::remove_file(&self.path).or_else(|error| match error.kind() {
                // A file behind a descriptor (`/dev/fd/63`) has no place beside it.
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(()),
                _ => Err(error),
            }),
        };
        finished.map_err(|source| self.problem(source.into()))?;
        Ok(self.output.is_some().then_some(self.path))
    }

    fn problem(&self, source: BoxError) -> FileProblem {
        FileProblem::Rejects {
            path: self.path.clone(),
            source,
        }
    }

    fn write(&mut self, reject: &Reject) -> Result<(), BoxError> {
        let is_first = self.output.is_none();
        let output = match &mut self.output {
            Some(output) => output,
            None => self
                .output
                .insert(BufWriter::new(File::create(&self.path)?)),
        };
        let (line, reason) = (reject.line, reject.reason.to_string());
        match &self.format {
            Format::Ndjson => {
                let row = &String::from_utf8_lossy(&reject.raw);
                serde_json::to_writer(&mut *output, &JsonReject { line, reason, row })?;
                output.write_all(b"\n")?;
            }
            Format::Csv { columns, ignored } => {
                let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(output);
                if is_first {
                    let names = columns.iter().skip(*ignored).map(String::as_str);
                    writer.write_record(["line", "reason"].into_iter().chain(names))?;
                }
                let cells = cells(&reject.raw, *ignored);
                let cells = cells.iter().map(Vec::as_slice);
                let (line, reason) = (line.to_string(), reason);
                writer.write_record(
                    [line.as_bytes(), reason.as_bytes()]
                        .into_iter()
                        .chain(cells),
                )?;
                writer.flush()?;
            }
        }
        Ok(())
    }
}

/// The cells of a row, without those that an earlier run put before them; all of it as one, if it cannot be split.
fn cells(raw: &[u8], ignored: usize) -> Vec<Vec<u8>> {
    match Splitter::default().feed(raw) {
        Split::Record(cells) => cells.into_iter().skip(ignored).collect(),
        Split::Open | Split::Broken => vec![raw.to_vec()],
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".rejects.");
    name.push(extension);
    PathBuf::from(name)
}
