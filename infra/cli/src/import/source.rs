//! A file of rows: what it holds.

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::columns::Columns;
use super::document;
use super::error::{FileProblem, ImportError};
use super::header::Header;
use super::json_lines::{is_on_lines, kind_of_rows};
use super::kind::Kind;
use super::lines::Lines;
use super::rows::Rows;
use super::text::{self, TextFile};

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
        let first = lines
            .next_filled()?
            .ok_or_else(|| FileProblem::Unfit("the file is empty".to_owned()))?;
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
