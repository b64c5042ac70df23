//! The physical lines of a file, numbered; lines can be handed back to be read again.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// What some editors and spreadsheets write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A cell can hold no more than an item, 400 KB; with every quote doubled, twice that. A longer line is not a
/// row, and must not fill the memory.
pub(crate) const LONGEST: usize = 1024 * 1024;

/// One line without its ending.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes, of whatever encoding; of one that is too long, the first of them.
    pub bytes: Vec<u8>,
    /// Whether it is longer than [`LONGEST`], so that its end is missing.
    pub is_cut: bool,
}

impl Line {
    /// Whether there is nothing on it but blanks.
    pub fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// Reads lines that end in LF or CRLF.
#[derive(Debug)]
pub(crate) struct NumberedLines<R> {
    input: R,
    returned: VecDeque<Line>,
    read: u64,
    bytes: u64,
}

impl<R: BufRead> NumberedLines<R> {
    /// The lines of `input`.
    pub fn new(input: R) -> Self {
        Self {
            input,
            returned: VecDeque::new(),
            read: 0,
            bytes: 0,
        }
    }

    /// How many bytes of the input have been read.
    pub fn position(&self) -> u64 {
        self.bytes
    }

    /// The next line, or `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.returned.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        if self.read_on(&mut bytes)? == 0 {
            return Ok(None);
        }
        self.read = self.read.saturating_add(1);
        let is_cut = bytes.len() > LONGEST && !bytes.ends_with(b"\n");
        if is_cut {
            bytes.truncate(LONGEST);
            let mut rest = Vec::new();
            while self.read_on(&mut rest)? > 0 && !rest.ends_with(b"\n") {
                rest.clear();
            }
        }
        if bytes.ends_with(b"\n") {
            bytes.pop();
            if bytes.ends_with(b"\r") {
                bytes.pop();
            }
        }
        if self.read == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Some(Line {
            number: self.read,
            bytes,
            is_cut,
        }))
    }

    /// Reads to the end of the line, or somewhat further than a line may be long.
    fn read_on(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(2);
        let count = self.input.by_ref().take(most).read_until(b'\n', bytes)?;
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }

    /// The next line that is not blank, or `None` at the end.
    pub fn next_filled(&mut self) -> io::Result<Option<Line>> {
        while let Some(line) = self.next()? {
            if !line.is_blank() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// Hands back lines that were the last ones read, in their order.
    pub fn hand_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.returned.push_front(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(input: &[u8]) -> Vec<(u64, String)> {
        let mut lines = NumberedLines::new(input);
        std::iter::from_fn(|| lines.next_filled().unwrap())
            .map(|line| (line.number, String::from_utf8(line.bytes).unwrap()))
            .collect()
    }

    #[test]
    fn numbers_count_blank_lines_and_endings_are_cut() {
        assert_eq!(
            texts(b"\xEF\xBB\xBFa,b\r\n\n  \r\nc\rd\ne"),
            [(1, "a,b".into()), (4, "c\rd".into()), (5, "e".into())]
        );
        assert_eq!(texts(b""), []);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_is_read() {
        let mut input = vec![b'x'; 3 * LONGEST];
        input.extend_from_slice(b"\nnext\n");
        let mut lines = NumberedLines::new(&input[..]);
        let long = lines.next().unwrap().unwrap();
        assert_eq!(
            (long.number, long.bytes.len(), long.is_cut),
            (1, LONGEST, true)
        );
        let next = lines.next().unwrap().unwrap();
        assert_eq!(
            (next.number, next.bytes.as_slice(), next.is_cut),
            (2, &b"next"[..], false)
        );
        assert_eq!(lines.position(), u64::try_from(input.len()).unwrap());
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn lines_handed_back_come_again_in_order() {
        let mut lines = NumberedLines::new(&b"1\n2\n3\n"[..]);
        let first = lines.next().unwrap().unwrap();
        let second = lines.next().unwrap().unwrap();
        lines.hand_back(vec![first, second]);
        let again: Vec<u64> = std::iter::from_fn(|| lines.next().unwrap())
            .map(|line| line.number)
            .collect();
        assert_eq!(again, [1, 2, 3]);
        assert_eq!(lines.position(), 6);
    }
}
