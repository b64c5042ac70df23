//! The rows of a file, one after another.

mod csv;

use std::{io, str};

use super::change::Row;
use super::error::{FileProblem, ImportError};
use super::lines::Lines;
use super::record::Splitter;
use super::source::Source;
use super::{json, row};

/// What is wrong with a row in another encoding.
pub(crate) const NOT_UTF8: &str = "the text is not UTF-8: save the file in UTF-8";

/// One row as it was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The number of its first line.
    pub line: u64,
    pub raw: Vec<u8>,
    /// What it stands for, or why it cannot be read.
    pub row: Result<Row, String>,
}

/// The rows of a file, as they are read.
pub(crate) struct Rows<'a> {
    source: &'a Source<'a>,
    lines: Lines,
    splitter: Splitter,
}

impl Iterator for Rows<'_> {
    type Item = Result<Found, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let unreadable = |error| FileProblem::Read(error).of(self.source.path);
        self.read().map_err(unreadable).transpose()
    }
}

impl<'a> Rows<'a> {
    /// The rows of `source`, whose lines these are.
    pub fn new(source: &'a Source<'a>, mut lines: Lines) -> io::Result<Self> {
        let header = source.header.as_ref();
        let line = header.map_or(0, |header| header.line);
        while lines.read < line && lines.next()?.is_some() {}
        let splitter = Splitter::new(header.map_or(b',', |header| header.separator));
        Ok(Self {
            source,
            lines,
            splitter,
        })
    }

    fn read(&mut self) -> io::Result<Option<Found>> {
        let (kind, flags) = (self.source.kind, self.source.flags);
        while let Some(first) = self.lines.next_filled()? {
            let line = first.number;
            let (raw, cells) = match &self.source.header {
                _ if first.is_cut => {
                    let why = "the line is longer than 4 MiB; this is its beginning";
                    (first.bytes, Err(why.to_owned()))
                }
                Some(header) => match self.record(header, first)? {
                    // A row of empty cells, as spreadsheets add them.
                    (_, Ok(cells)) if cells.is_empty() => continue,
                    record => record,
                },
                None => {
                    let text = str::from_utf8(&first.bytes).map_err(|_| NOT_UTF8.to_owned());
                    let cells = text.and_then(json::row);
                    let cells = cells.and_then(|cells| flags.named(kind, cells));
                    (first.bytes, cells)
                }
            };
            let row = cells.and_then(|cells| row::read(kind, cells, flags.delete));
            return Ok(Some(Found { line, raw, row }));
        }
        Ok(None)
    }
}
