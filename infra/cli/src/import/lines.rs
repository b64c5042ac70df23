//! The physical lines of a file, numbered; lines can be handed back to be read again.

use std::collections::VecDeque;
use std::io::{self, BufRead};

/// What some editors and spreadsheets write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One line without its ending.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes, of whatever encoding.
    pub bytes: Vec<u8>,
}

impl Line {
    /// Whether there is nothing on it but blanks.
    pub fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// Reads lines that end in LF or CRLF.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    input: R,
    returned: VecDeque<Line>,
    read: u64,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
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
        let count = self.input.read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        self.read = self.read.saturating_add(1);
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
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
        }))
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
        let mut lines = Lines::new(input);
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
    fn lines_handed_back_come_again_in_order() {
        let mut lines = Lines::new(&b"1\n2\n3\n"[..]);
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
