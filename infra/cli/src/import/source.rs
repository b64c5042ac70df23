//! A file of rows: what it holds.

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::columns::Columns;
use super::csv::Header;
use super::document;
use super::error::{FileProblem, ImportError};
use super::item;
use super::json::{self, Object};
use super::kind::{ADDRESS_PREFIX, Kind};
use super::lines::{Line, Lines};
use super::rows::Rows;
use super::text::{self, TextFile};

/// Rows of JSON that are looked at to tell what they are.
const TRIED: usize = 100;

/// A file of rows.
#[derive(Debug)]
pub(crate) struct Source {
    /// Where the file is.
    pub path: PathBuf,
    /// What its rows are.
    pub kind: Kind,
    /// The header, if it is CSV.
    pub header: Option<Header>,
    /// What the flags say about columns.
    pub columns: Columns,
    file: TextFile,
}

impl Source {
    /// Opens a file and reads as much of it as tells what it holds.
    pub fn open(path: &Path, columns: &Columns) -> Result<Self, ImportError> {
        Self::begin(path, columns).map_err(|problem| problem.of(path))
    }

    fn begin(path: &Path, columns: &Columns) -> Result<Self, FileProblem> {
        let mut file = TextFile::open(path)?;
        let mut lines = beginning(&file)?;
        let first = lines.next_filled()?.ok_or(FileProblem::Empty)?;
        text::check(&first.bytes)?;
        let (kind, header) = if matches!(first.bytes.trim_ascii_start().first(), Some(b'{' | b'['))
        {
            if is_on_lines(&first, &mut lines)? {
                lines.hand_back(vec![first]);
            } else {
                file = TextFile::kept(|kept| {
                    document::rewrite(BufReader::new(file.read(&ProgressBar::hidden())?), kept)
                })?;
                lines = beginning(&file)?;
            }
            (kind_of_rows(&mut lines, columns)?, None)
        } else {
            let header = Header::read(first, &mut lines, columns)?;
            (header.kind(columns)?, Some(header))
        };
        let (path, columns) = (path.to_owned(), columns.clone());
        Ok(Self {
            path,
            kind,
            header,
            columns,
            file,
        })
    }

    /// How many bytes the file has.
    pub fn length(&self) -> u64 {
        self.file.length
    }

    /// The rows from the beginning; `progress` follows the bytes that are read.
    pub fn rows(&mut self, progress: &ProgressBar) -> io::Result<Rows<'_>> {
        let lines = Lines::new(self.file.read(progress)?)?;
        Rows::new(self, lines)
    }
}

fn beginning(file: &TextFile) -> io::Result<Lines> {
    Lines::new(file.read(&ProgressBar::hidden())?)
}

/// Whether JSON has one object a line. The first one may be broken: the second line tells it from an object over several lines.
fn is_on_lines(first: &Line, lines: &mut Lines) -> io::Result<bool> {
    let read: Result<Object, _> = serde_json::from_slice(&first.bytes);
    Ok(match read {
        Ok(Object(names)) => !names
            .iter()
            .any(|(name, value)| name == "Items" && value.get().starts_with('[')),
        Err(_) if first.bytes.trim_ascii_start().starts_with(b"[") => false,
        Err(error) if error.is_eof() => {
            let second = lines.next_filled()?;
            let begins = |line: &Line| line.bytes.trim_ascii_start().starts_with(b"{");
            let is_row = second.as_ref().is_some_and(begins);
            lines.hand_back(second.into_iter().collect());
            is_row
        }
        Err(_) => true,
    })
}

/// Tells the kind by the names in the first rows that can be read, and checks those of the first as if they were a header.
fn kind_of_rows(lines: &mut Lines, columns: &Columns) -> Result<Kind, FileProblem> {
    let (mut first, mut names): (Option<Vec<String>>, Vec<String>) = (None, Vec::new());
    for _ in 0..TRIED {
        let Some(line) = lines.next_filled()? else {
            break;
        };
        let text = String::from_utf8_lossy(&line.bytes);
        let text = json::row(&text);
        let Ok(object) = json::parse::<Object>(&text) else {
            continue;
        };
        if item::is_item(&text) {
            return columns.kind.map_or(Ok(Kind::Items), |kind| match kind {
                Kind::Items => Ok(kind),
                _ => Err(FileProblem::AreItems(kind)),
            });
        }
        if object.0.iter().any(|(name, _)| name == "Keys")
            && object.0.iter().any(|(name, _)| name == "Metadata")
        {
            return Err(FileProblem::Incremental);
        }
        for (name, value) in &object.0 {
            names.push(name.clone());
            if name == "address"
                && let Ok(Object(parts)) = serde_json::from_str(value.get())
            {
                names.extend(
                    parts
                        .iter()
                        .map(|(part, _)| format!("{ADDRESS_PREFIX}{part}")),
                );
            }
        }
        first.get_or_insert_with(|| object.0.into_iter().map(|(name, _)| name).collect());
    }
    let Some(first) = first else {
        return columns.kind.ok_or(FileProblem::Unreadable);
    };
    names.sort_unstable();
    names.dedup();
    let kind = columns.kind_told(&names)?;
    columns.check(kind, &first)?;
    Ok(kind)
}
