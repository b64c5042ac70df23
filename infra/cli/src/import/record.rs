//! The cells of one CSV record, read strictly.
//!
//! `csv-core` accepts everything: a quote that is never closed swallows every row after it. So a record counts only if its
//! cells, written again, are as long as the text that was read, and each ends where it should.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// What is wrong with a record that cannot be split.
pub(crate) const QUOTES: &str =
    "unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one";
/// What some editors and spreadsheets write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Splits records at one separator.
pub(crate) struct Splitter {
    reader: Reader,
    separator: u8,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    pub fn new(separator: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(separator).build(),
            separator,
            output: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The cells of a record without its line end; `None` if its quotes are not balanced.
    pub fn split(&mut self, record: &[u8]) -> Option<Vec<&[u8]>> {
        // Where files were joined, it stands before any line.
        let record = record.strip_prefix(BYTE_ORDER_MARK).unwrap_or(record);
        let line = [record, b"\n"].concat();
        self.output.resize(line.len(), 0);
        self.ends.resize(line.len(), 0);
        self.reader.reset();
        let (result, read, _, count) =
            self.reader
                .read_record(&line, &mut self.output, &mut self.ends);
        let ends = self.ends.iter().copied().take(count);
        let cells = std::iter::once(0).chain(ends.clone()).zip(ends);
        let cells = cells.map(|(begin, end)| self.output.get(begin..end));
        let cells = cells.collect::<Option<Vec<_>>>()?;
        // It skips line breaks before the first cell.
        let is_one = result == ReadRecordResult::Record
            && read == line.len()
            && !record.starts_with(b"\r")
            && !record.starts_with(b"\n")
            && after(record, &cells, self.separator)?.is_empty();
        is_one.then_some(cells)
    }
}

/// What follows some cells, each in quotes or not, in a record that begins with them.
fn after<'a>(mut record: &'a [u8], cells: &[&[u8]], separator: u8) -> Option<&'a [u8]> {
    for (number, cell) in cells.iter().enumerate() {
        if number > 0 {
            record = record.strip_prefix(&[separator])?;
        }
        let is_quoted = record.starts_with(b"\"");
        let inner = cell.iter().filter(|byte| **byte == b'"').count();
        let length = cell.len() + if is_quoted { inner + 2 } else { 0 };
        let (own, rest) = record.split_at_checked(length)?;
        if is_quoted && !own.ends_with(b"\"") {
            return None;
        }
        record = rest;
    }
    Some(record)
}

#[cfg(test)]
mod tests;
