//! The cells of a CSV record, read strictly.
//!
//! The `csv` crate accepts everything: a quote that is never closed silently swallows every row after it. This splitter
//! reports such a row, so that the rows after it can still be read.

/// Splits one record at its commas, line by line.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    cells: Vec<Vec<u8>>,
    cell: Vec<u8>,
    state: State,
}

/// Where in a cell the splitter stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    #[default]
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes: it ends the cell, or stands for itself if another follows.
    QuoteInQuotes,
}

/// What the lines so far come to.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Split {
    /// A whole record.
    Record(Vec<Vec<u8>>),
    /// A quote is open: the record goes on in the next line, if it may.
    Open,
    /// A quote stands in a cell without quotes, or something other than a comma after a closing one.
    Broken,
}

impl Splitter {
    /// Takes the next line of the record.
    pub fn feed(&mut self, line: &[u8]) -> Split {
        if self.state == State::Quoted {
            self.cell.push(b'\n');
        }
        for &byte in line {
            self.state = match (self.state, byte) {
                (State::Start, b'"') => State::Quoted,
                (State::Quoted, b'"') => State::QuoteInQuotes,
                (State::QuoteInQuotes, b',') | (State::Start | State::Plain, b',') => {
                    self.cells.push(std::mem::take(&mut self.cell));
                    State::Start
                }
                (State::QuoteInQuotes, b'"') | (State::Quoted, _) => {
                    self.cell.push(byte);
                    State::Quoted
                }
                (State::QuoteInQuotes, _) | (State::Plain, b'"') => return Split::Broken,
                (State::Start | State::Plain, _) => {
                    self.cell.push(byte);
                    State::Plain
                }
            };
        }
        if self.state == State::Quoted {
            return Split::Open;
        }
        self.cells.push(std::mem::take(&mut self.cell));
        self.state = State::Start;
        Split::Record(std::mem::take(&mut self.cells))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Split {
        Splitter::default().feed(line.as_bytes())
    }

    fn record(cells: &[&str]) -> Split {
        Split::Record(cells.iter().map(|cell| cell.as_bytes().to_vec()).collect())
    }

    #[test]
    fn splits_as_the_csv_crate_does_where_both_can_read() {
        for line in [
            "a,b,c",
            "a,,",
            ",",
            "\"\"",
            "\"a,b\",c",
            "\"say \"\"hi\"\"\",x",
            "é,ü",
            " a , b",
            "\"\"\"\"",
        ] {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(line.as_bytes());
            let expected = reader.byte_records().next().unwrap().unwrap();
            let expected = expected.iter().map(<[u8]>::to_vec).collect();
            assert_eq!(split(line), Split::Record(expected), "{line}");
        }
    }

    #[test]
    fn tells_open_and_broken_quotes() {
        assert_eq!(split("a,\"b"), Split::Open);
        assert_eq!(split("\""), Split::Open);
        assert_eq!(split("\"a\"b,c"), Split::Broken);
        assert_eq!(split("\"a\" ,c"), Split::Broken);
        assert_eq!(split("12\" disc,c"), Split::Broken);
        assert_eq!(split(" \"a\",c"), Split::Broken);
    }

    #[test]
    fn a_record_goes_on_in_the_next_line() {
        let mut splitter = Splitter::default();
        assert_eq!(splitter.feed(b"a,\"one"), Split::Open);
        assert_eq!(splitter.feed(b""), Split::Open);
        assert_eq!(splitter.feed(b"two\",b"), record(&["a", "one\n\ntwo", "b"]));
        assert_eq!(
            split("a,\"one\n\ntwo\",b"),
            record(&["a", "one\n\ntwo", "b"])
        );
    }
}
