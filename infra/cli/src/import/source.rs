//! A file of rows: what it holds, and its rows one after another.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use super::error::{FileProblem, ImportError};
use super::fields::Fields;
use super::header::{self, Format, text};
use super::kind::Kind;
use super::lines::{LONGEST, NumberedLines};
use super::quoting::{Split, Splitter};
use super::row_error::RowError;

/// A file of rows, open for reading.
#[derive(Debug)]
pub(crate) struct Source {
    pub path: PathBuf,
    pub kind: Kind,
    pub format: Format,
    /// The file's length, if it has one.
    pub length: u64,
    lines: NumberedLines<BufReader<File>>,
}

/// One row as it was found.
#[derive(Debug)]
pub(crate) struct Row {
    /// The number of its first line.
    pub line: u64,
    /// Its bytes.
    pub raw: Vec<u8>,
    /// What they say.
    pub fields: Result<Fields, RowError>,
}

impl Source {
    /// Opens a file and reads as much of it as tells what it holds.
    pub fn open(path: &Path, kind: Option<Kind>) -> Result<Self, ImportError> {
        Self::open_any(path, kind).map_err(|problem| problem.of(path))
    }

    fn open_any(path: &Path, kind: Option<Kind>) -> Result<Self, FileProblem> {
        let file = File::open(path).map_err(FileProblem::Open)?;
        let length = file.metadata().map_err(FileProblem::Open)?.len();
        let mut lines = NumberedLines::new(BufReader::new(file));
        let (format, kind) = header::begin(path, kind, &mut lines)?;
        Ok(Self {
            path: path.to_owned(),
            kind,
            format,
            length,
            lines,
        })
    }

    /// How many bytes have been read.
    pub fn position(&self) -> u64 {
        self.lines.position()
    }

    /// The next row, or `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Row>> {
        let Some(first) = self.lines.next_filled()? else {
            return Ok(None);
        };
        if first.is_cut {
            return Ok(Some(Row {
                line: first.number,
                raw: first.bytes,
                fields: Err(RowError::TooLong),
            }));
        }
        let Format::Csv { columns, ignored } = &self.format else {
            return Ok(Some(Row {
                line: first.number,
                fields: text(&first.bytes).and_then(Fields::of_json),
                raw: first.bytes,
            }));
        };
        // Only the texts of a location may have line breaks. Anywhere else one means that a quote was not closed, as does
        // a record that goes on for longer than a line may.
        let may_go_on = self.kind == Kind::Locations;
        let (mut splitter, mut raw, mut more) =
            (Splitter::default(), first.bytes.clone(), Vec::new());
        let mut split = splitter.feed(&first.bytes);
        while split == Split::Open && may_go_on && raw.len() < LONGEST {
            let Some(line) = self.lines.next()? else {
                break;
            };
            split = splitter.feed(&line.bytes);
            raw.push(b'\n');
            raw.extend_from_slice(&line.bytes);
            more.push(line);
        }
        let fields = fields(split, columns, *ignored);
        let several_lines_failed = fields.is_err() && !more.is_empty();
        if several_lines_failed {
            // The first line is to blame: those after it may be rows of their own.
            self.lines.hand_back(more);
            raw = first.bytes;
        }
        Ok(Some(Row {
            line: first.number,
            raw,
            fields,
        }))
    }
}

/// The values of a record under the names of the header.
fn fields(split: Split, columns: &[String], ignored: usize) -> Result<Fields, RowError> {
    let Split::Record(cells) = split else {
        return Err(RowError::Quoting);
    };
    if cells.len() != columns.len() {
        return Err(RowError::Cells {
            found: cells.len(),
            expected: columns.len(),
        });
    }
    let own = columns.iter().zip(&cells).skip(ignored);
    let own = own.map(|(name, cell)| Ok((name.as_str(), text(cell)?)));
    Ok(Fields::of_cells(
        own.collect::<Result<Vec<_>, RowError>>()?.into_iter(),
    ))
}
