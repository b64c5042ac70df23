//! The lines of a text, numbered; lines can be handed back to be read again.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Cursor, Read};

/// An item has 400 KB at most, and its JSON some times that. A longer line is not a row, and must not fill the memory.
pub(crate) const LONGEST: usize = 4 * 1024 * 1024;
/// What is looked at to tell how lines end.
const BEGINNING: u64 = 64 * 1024;

/// One line without its ending.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes; of one that is too long, the first of them.
    pub bytes: Vec<u8>,
    /// Whether it is longer than [`LONGEST`], so that its end is missing.
    pub is_cut: bool,
}

/// Reads lines that end in LF or CRLF or, where there is no LF, in CR, as on an old Macintosh.
pub(crate) struct Lines {
    input: BufReader<Box<dyn Read + Send>>,
    end: u8,
    returned: VecDeque<Line>,
    read: u64,
}

impl Lines {
    /// The lines of `text`.
    pub fn new(mut text: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut beginning = Vec::new();
        text.by_ref().take(BEGINNING).read_to_end(&mut beginning)?;
        let is_old = beginning.contains(&b'\r') && !beginning.contains(&b'\n');
        let input: Box<dyn Read + Send> = Box::new(Cursor::new(beginning).chain(text));
        Ok(Self {
            input: BufReader::new(input),
            end: if is_old { b'\r' } else { b'\n' },
            returned: VecDeque::new(),
            read: 0,
        })
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
        let is_cut = bytes.len() > LONGEST && bytes.last() != Some(&self.end);
        if is_cut {
            bytes.truncate(LONGEST);
            let mut rest = Vec::new();
            while self.read_on(&mut rest)? > 0 && rest.last() != Some(&self.end) {
                rest.clear();
            }
        }
        if bytes.last() == Some(&self.end) {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        let number = self.read;
        Ok(Some(Line {
            number,
            bytes,
            is_cut,
        }))
    }

    /// Whether no line was read so far.
    pub fn is_empty(&self) -> bool {
        self.read == 0
    }

    /// Reads to the end of the line, or somewhat further than a line may be long.
    fn read_on(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(2);
        self.input.by_ref().take(most).read_until(self.end, bytes)
    }

    /// The next line that is not blank, or `None` at the end.
    pub fn next_filled(&mut self) -> io::Result<Option<Line>> {
        while let Some(line) = self.next()? {
            if !line.bytes.iter().all(u8::is_ascii_whitespace) {
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

    fn lines(input: &[u8]) -> Lines {
        Lines::new(Box::new(Cursor::new(input.to_vec()))).unwrap()
    }

    fn texts(input: &[u8]) -> Vec<(u64, String)> {
        let mut lines = lines(input);
        std::iter::from_fn(|| lines.next_filled().unwrap())
            .map(|line| (line.number, String::from_utf8(line.bytes).unwrap()))
            .collect()
    }

    #[test]
    fn numbers_count_blank_lines_and_endings_are_cut() {
        assert_eq!(
            texts(b"a,b\r\n\n  \r\nc\rd\ne"),
            [(1, "a,b".into()), (4, "c\rd".into()), (5, "e".into())]
        );
        assert_eq!(texts(b"a\r\rb\r"), [(1, "a".into()), (3, "b".into())]);
        assert_eq!(texts(b""), []);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_is_read() {
        let mut input = vec![b'x'; 3 * LONGEST];
        input.extend_from_slice(b"\nnext\n");
        let mut lines = lines(&input);
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
        assert!(lines.next().unwrap().is_none());
    }

    #[test]
    fn lines_handed_back_come_again_in_order() {
        let mut lines = lines(b"1\n2\n3\n");
        let first = lines.next().unwrap().unwrap();
        let second = lines.next().unwrap().unwrap();
        lines.hand_back(vec![first, second]);
        let again: Vec<u64> = std::iter::from_fn(|| lines.next().unwrap())
            .map(|line| line.number)
            .collect();
        assert_eq!(again, [1, 2, 3]);
    }
}
