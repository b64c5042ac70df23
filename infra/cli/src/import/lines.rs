//! The lines of a text, numbered; lines can be handed back to be read again.

use std::io::{self, BufRead, BufReader, Cursor, Read};

/// An item has 400 KB at most, and its JSON some times that. A longer line is not a row, and must not fill the memory.
pub(crate) const LONGEST: usize = 4 * 1024 * 1024;
/// What is looked at to tell how lines end.
const BEGINNING: u64 = 64 * 1024;

/// One line without its ending.
#[derive(Debug)]
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
    /// Lines handed back, the next one last.
    returned: Vec<Line>,
    pub read: u64,
}

impl Lines {
    pub fn new(mut text: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut beginning = Vec::new();
        text.by_ref().take(BEGINNING).read_to_end(&mut beginning)?;
        let is_old = beginning.contains(&b'\r') && !beginning.contains(&b'\n');
        let input: Box<dyn Read + Send> = Box::new(Cursor::new(beginning).chain(text));
        Ok(Self {
            input: BufReader::new(input),
            end: if is_old { b'\r' } else { b'\n' },
            returned: Vec::new(),
            read: 0,
        })
    }

    /// The next line, or `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.returned.pop() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        if self.read_on(&mut bytes)? == 0 {
            return Ok(None);
        }
        self.read += 1;
        let is_cut = bytes.len() > LONGEST && !bytes.ends_with(&[self.end]);
        if is_cut {
            bytes.truncate(LONGEST);
            let mut rest = Vec::new();
            while self.read_on(&mut rest)? > 0 && !rest.ends_with(&[self.end]) {
                rest.clear();
            }
        }
        let own = bytes.strip_suffix(&[self.end]).unwrap_or(&bytes);
        bytes.truncate(own.strip_suffix(b"\r").unwrap_or(own).len());
        let number = self.read;
        Ok(Some(Line {
            number,
            bytes,
            is_cut,
        }))
    }

    /// Reads to the end of the line, or somewhat further than a line may be long.
    fn read_on(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let most = (LONGEST as u64) + 2;
        self.input.by_ref().take(most).read_until(self.end, bytes)
    }

    /// The next line that is not blank, or `None` at the end.
    pub fn next_filled(&mut self) -> io::Result<Option<Line>> {
        while let Some(line) = self.next()? {
            if !line.bytes.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// Hands back lines that were the last ones read, in their order.
    pub fn hand_back(&mut self, lines: Vec<Line>) {
        self.returned.extend(lines.into_iter().rev());
    }
}

#[cfg(test)]
mod tests;
