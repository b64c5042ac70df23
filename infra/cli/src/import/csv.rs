//! CSV: the header, and the rows under it as JSON objects.

use std::collections::HashSet;
use std::io;

use super::columns::Columns;
use super::error::FileProblem;
use super::id::is_whole;
use super::kind::Kind;
use super::lines::{LONGEST, Line, Lines};
use super::object::ObjectText;
use super::splitter::Splitter;
use super::values::is_no_value;

/// What may stand between cells.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// What the header of a rejects file begins with.
pub(crate) const REJECTS_COLUMNS: [&str; 2] = ["rejected_line", "reason"];
/// What is wrong with a record that cannot be split.
const QUOTES: &str =
    "unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one";

/// A CSV file's header.
#[derive(Debug)]
pub(crate) struct Header {
    /// The names in the file, without the columns of a rejects file.
    pub names: Vec<String>,
    /// How many columns of a rejects file stand before them.
    pub skipped: usize,
    /// The number of its line.
    pub line: u64,
    splitter: Splitter,
}

impl Header {
    /// Reads the header, which says what stands between cells: of the separators the one that shows the most names we know.
    pub fn read(first: Line, lines: &mut Lines, columns: &Columns) -> Result<Self, FileProblem> {
        let named = match first.bytes.trim_ascii().to_ascii_lowercase().as_slice() {
            [b's', b'e', b'p', b'=', separator] => Some(*separator),
            [b'"', b's', b'e', b'p', b'=', separator, b'"'] => Some(*separator),
            _ => None,
        };
        let next = if named.is_some() {
            lines.next_filled()?
        } else {
            None
        };
        let header = next.unwrap_or(first);
        let candidates = named.map_or_else(|| SEPARATORS.to_vec(), |separator| vec![separator]);
        let headers = candidates
            .into_iter()
            .filter_map(|separator| Self::split(&header, separator));
        let known = |header: &Self| {
            let known = header
                .names
                .iter()
                .filter(|name| columns.knows(name))
                .count();
            (known, header.names.len())
        };
        // Of equals the last one is taken, and the comma is to be preferred.
        let best = headers
            .rev()
            .max_by_key(known)
            .ok_or(FileProblem::Header(QUOTES))?;
        let mut seen = HashSet::new();
        let used = best.names.iter().filter_map(|name| columns.name(name));
        let twice = used
            .filter(|name| !name.is_empty())
            .find(|name| !seen.insert(*name));
        match twice {
            Some(name) => Err(FileProblem::Twice(name.to_owned())),
            None => Ok(best),
        }
    }

    fn split(header: &Line, separator: u8) -> Option<Self> {
        let mut splitter = Splitter::new(separator);
        let names = splitter.split(&header.bytes)?;
        let names = names
            .iter()
            .map(|name| Some(std::str::from_utf8(name).ok()?.trim().to_owned()));
        let mut names = names.collect::<Option<Vec<String>>>()?;
        // A spreadsheet pads every row to its longest.
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let is_rejects = names
            .iter()
            .zip(REJECTS_COLUMNS)
            .filter(|(name, own)| name == own)
            .count()
            == REJECTS_COLUMNS.len();
        let skipped = if is_rejects { REJECTS_COLUMNS.len() } else { 0 };
        Some(Self {
            names: names.split_off(skipped),
            skipped,
            line: header.number,
            splitter,
        })
    }

    /// The kind of the rows.
    pub fn kind(&self, columns: &Columns) -> Result<Kind, FileProblem> {
        let kind = columns.kind_told(&self.names)?;
        columns.check(kind, &self.names)?;
        let has = |name: &&str| {
            self.names
                .iter()
                .any(|found| columns.name(found) == Some(name))
        };
        match kind.required(columns.delete).find(|name| !has(name)) {
            Some(column) => Err(FileProblem::Missing { column, kind }),
            None => Ok(kind),
        }
    }

    /// What stands between cells.
    pub fn separator(&self) -> u8 {
        self.splitter.separator()
    }

    /// The record that begins with a line, and the text of it. Only a cell in quotes goes on in the next line. When the lines
    /// come to no record the first one is to blame, and those after it may be rows of their own.
    pub fn record(
        &mut self,
        first: Line,
        lines: &mut Lines,
        kind: Kind,
        columns: &Columns,
    ) -> io::Result<(Vec<u8>, Result<Option<String>, String>)> {
        let alone = self.object(&first.bytes, kind, columns);
        if alone.is_ok() {
            return Ok((first.bytes, alone));
        }
        let is_odd = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        let (mut record, mut more, mut is_open) =
            (first.bytes.clone(), Vec::new(), is_odd(&first.bytes));
        while is_open && record.len() < LONGEST {
            let Some(line) = lines.next()? else { break };
            record.push(b'\n');
            record.extend_from_slice(&line.bytes);
            is_open ^= is_odd(&line.bytes);
            more.push(line);
        }
        if !more.is_empty() && !is_open {
            let together = self.object(&record, kind, columns);
            if together.is_ok() {
                return Ok((record, together));
            }
        }
        lines.hand_back(more);
        Ok((first.bytes, alone))
    }

    /// A record as a JSON object; `None` if all its cells are empty.
    fn object(
        &mut self,
        record: &[u8],
        kind: Kind,
        columns: &Columns,
    ) -> Result<Option<String>, String> {
        let cells = self.splitter.split(record).ok_or(QUOTES)?;
        let cells = cells.get(self.skipped..).unwrap_or_default();
        let texts = cells
            .iter()
            .map(|cell| std::str::from_utf8(cell).map(str::trim));
        let texts = texts
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "the text is not UTF-8: save the file in UTF-8")?;
        if texts.iter().all(|text| text.is_empty()) {
            return Ok(None);
        }
        let (own, beyond) = texts
            .split_at_checked(self.names.len())
            .unwrap_or((&texts, &[]));
        if own.len() < self.names.len() || beyond.iter().any(|text| !text.is_empty()) {
            return Err(format!(
                "the row has {} cells: expected {}, as in the header",
                texts.len(),
                self.names.len()
            ));
        }
        let used = self
            .names
            .iter()
            .zip(own)
            .filter_map(|(found, text)| Some((found, columns.name_of(kind, found)?, *text)));
        let mut object = ObjectText::default();
        let (mut is_header, mut has_text) = (true, false);
        for (found, name, text) in used {
            // Only what a location says may have several lines; elsewhere they mean that a quote was not closed.
            if text.contains('\n') && kind != Kind::Locations {
                return Err(QUOTES.to_owned());
            }
            has_text |= !text.is_empty();
            is_header &= text.is_empty() || text == found || kind.knows(text);
            object.add(name, &json(kind, name, text));
        }
        if is_header && has_text {
            return Err("this is the header again".to_owned());
        }
        Ok(Some(object.finish()))
    }
}

/// A cell as JSON: it cannot say whether it is a text, so its column does.
fn json(kind: Kind, name: &str, text: &str) -> String {
    let is_structure = Kind::is_structured(name)
        && text.starts_with(['[', '{'])
        && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    // The source writes the ids of locations as numbers.
    let is_number = kind == Kind::Locations && name == "id" && is_whole(text);
    match text {
        _ if is_no_value(text) => "null".to_owned(),
        _ if is_structure || is_number => text.to_owned(),
        _ => serde_json::Value::from(text).to_string(),
    }
}
