//! The rows of a file, one after another.

use std::io;

use super::change::Row;
use super::header::Header;
use super::json::{self, Names};
use super::kind::Kind;
use super::lines::Lines;
use super::object::ObjectText;
use super::row;
use super::source::Source;

/// One row as it was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The number of its first line.
    pub line: u64,
    /// Its bytes.
    pub raw: Vec<u8>,
    /// What it stands for, or why it cannot be read.
    pub row: Result<Row, String>,
}

/// The rows of a file, as they are read.
pub(crate) struct Rows<'a> {
    source: &'a mut Source,
    lines: Lines,
}

impl<'a> Rows<'a> {
    /// The rows of `source`, whose lines these are.
    pub fn new(source: &'a mut Source, mut lines: Lines) -> io::Result<Self> {
        if let Some(header) = &source.header {
            while lines.next()?.is_some_and(|line| line.number < header.line) {}
        }
        Ok(Self { source, lines })
    }

    /// What the rows are.
    pub fn kind(&self) -> Kind {
        self.source.kind
    }

    /// The header of CSV.
    pub fn header(&mut self) -> Option<&mut Header> {
        self.source.header.as_mut()
    }

    /// The next row, or `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Found>> {
        loop {
            let Some(first) = self.lines.next_filled()? else {
                return Ok(None);
            };
            let line = first.number;
            let Source {
                header,
                kind,
                columns,
                ..
            } = &mut *self.source;
            let (raw, object) = if first.is_cut {
                (
                    first.bytes,
                    Err("the line is longer than 4 MiB; this is its beginning".to_owned()),
                )
            } else if let Some(header) = header {
                header.record(first, &mut self.lines, *kind, columns)?
            } else {
                let object = self.object(&first.bytes).map(Some);
                (first.bytes, object)
            };
            let (kind, delete) = (self.source.kind, self.source.columns.delete);
            let row = match object {
                // A row of empty cells, as spreadsheets add them.
                Ok(None) => continue,
                Ok(Some(object)) => row::read(kind, &object, delete),
                Err(reason) => Err(reason),
            };
            return Ok(Some(Found { line, raw, row }));
        }
    }

    /// The object on a line of JSON, under the names that count.
    fn object(&self, line: &[u8]) -> Result<String, String> {
        let text = std::str::from_utf8(line)
            .map_err(|_| "the text is not UTF-8: save the file in UTF-8")?;
        let text = &*json::row(text);
        if self.source.kind == Kind::Items {
            return Ok(text.to_owned());
        }
        let mut object = ObjectText::default();
        for (found, value) in json::parse::<Names>(text)?.0 {
            if let Some(name) = self.source.columns.name_of(self.source.kind, &found) {
                object.add(name, value.get());
            }
        }
        Ok(object.finish())
    }
}
