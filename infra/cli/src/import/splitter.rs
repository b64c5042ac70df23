//! The cells of one CSV record, read strictly.
//!
//! `csv-core` accepts everything: a quote that is never closed swallows every row after it. So a record counts only if its
//! cells, written again, are the text that was read.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// What is wrong with a record that cannot be split.
pub(crate) const QUOTES: &str =
    "unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one";
/// What some editors and spreadsheets write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Splits records at one separator.
#[derive(Debug)]
pub(crate) struct Splitter {
    reader: Reader,
    separator: u8,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    /// Splits at `separator`.
    pub fn new(separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).build();
        Self {
            reader,
            separator,
            output: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// What stands between the cells.
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// The cells of a record without its line end; `None` if its quotes are not balanced.
    pub fn split(&mut self, record: &[u8]) -> Option<Vec<&[u8]>> {
        // Where files were joined, it stands before any line.
        let record = record.strip_prefix(BYTE_ORDER_MARK).unwrap_or(record);
        self.reader.reset();
        let separators = record
            .iter()
            .filter(|byte| **byte == self.separator)
            .count();
        self.output.resize(record.len(), 0);
        self.ends.resize(separators.saturating_add(2), 0);
        let (read, used, written, ended) =
            self.reader
                .read_record(record, &mut self.output, &mut self.ends);
        if read != ReadRecordResult::InputEmpty || used != record.len() {
            return None;
        }
        let output = self.output.get_mut(written..)?;
        let ends = self.ends.get_mut(ended..)?;
        let (_, _, _, more) = self.reader.read_record(&[], output, ends);
        let ends = self.ends.get(..ended.saturating_add(more))?;
        let begins = std::iter::once(0).chain(ends.iter().copied());
        let cells = begins
            .zip(ends)
            .map(|(begin, end)| self.output.get(begin..*end));
        let cells = cells.collect::<Option<Vec<_>>>()?;
        is_written_so(record, &cells, self.separator).then_some(cells)
    }
}

/// Whether a record is these cells, each in quotes or not.
fn is_written_so(record: &[u8], cells: &[&[u8]], separator: u8) -> bool {
    let mut rest = Some(record);
    for (number, cell) in cells.iter().enumerate() {
        let Some(mut text) = rest else { return false };
        if number > 0 {
            match text.split_first() {
                Some((first, after)) if *first == separator => text = after,
                _ => return false,
            }
        }
        rest = match text.strip_prefix(b"\"") {
            Some(quoted) => after_quoted(quoted, cell),
            None => text.strip_prefix(*cell),
        };
    }
    rest.is_some_and(<[u8]>::is_empty)
}

/// What follows a cell in quotes, whose first one is gone.
fn after_quoted<'a>(mut text: &'a [u8], cell: &[u8]) -> Option<&'a [u8]> {
    for byte in cell {
        if *byte == b'"' {
            text = text.strip_prefix(b"\"")?;
        }
        text = text.strip_prefix(&[*byte])?;
    }
    text.strip_prefix(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(record: &str) -> Option<Vec<String>> {
        let mut splitter = Splitter::new(b',');
        // Of what stood there before nothing is left.
        splitter.split(b"before,\"before");
        let cells = splitter.split(record.as_bytes())?;
        Some(
            cells
                .iter()
                .map(|cell| String::from_utf8(cell.to_vec()).unwrap())
                .collect(),
        )
    }

    #[test]
    fn splits_as_the_csv_crate_does() {
        for record in [
            "a,b,c",
            "a,,",
            ",",
            "\"\"",
            "\"a,b\",c",
            "\"say \"\"hi\"\"\",x",
            "é,ü",
            " a , b",
            "\"\"\"\"",
            "12\" disc,c",
            "a,\"one\n\ntwo\",b",
            "a,\"one\r\ntwo\"",
            "x",
        ] {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(record.as_bytes());
            let expected = reader.records().next().unwrap().unwrap();
            let expected: Vec<String> = expected.iter().map(str::to_owned).collect();
            assert_eq!(split(record), Some(expected), "{record}");
        }
    }

    #[test]
    fn unbalanced_quotes_are_no_record() {
        for record in [
            "a,\"b", "\"", "\"a\"b,c", "\"a\" ,c", "a\nb", "a\rb", "\"a\nb",
        ] {
            assert_eq!(split(record), None, "{record}");
        }
    }
}
