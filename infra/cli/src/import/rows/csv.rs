//! The rows of a CSV file.

use std::{io, str};

use serde_json::value::{RawValue, to_raw_value};

use super::{NOT_UTF8, Rows};
use crate::import::header::Header;
use crate::import::json::Cells;
use crate::import::kind::Kind;
use crate::import::lines::{LONGEST, Line};
use crate::import::record::QUOTES;
use crate::import::row::{is_no_value, is_whole};

impl Rows<'_> {
    /// The record that begins with a line, and its cells. Only a cell in quotes goes on in the next line. When the lines come to no
    /// record the first one is to blame, and those after it may be rows of their own.
    pub(super) fn record(
        &mut self,
        header: &Header,
        first: Line,
    ) -> io::Result<(Vec<u8>, Result<Cells, String>)> {
        let is_odd = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        let (mut record, mut more) = (first.bytes.clone(), Vec::new());
        let (alone, mut is_open) = (self.cells(header, &record), is_odd(&record));
        while alone.is_err() && is_open && record.len() < LONGEST {
            let Some(line) = self.lines.next()? else {
                break;
            };
            record.push(b'\n');
            record.extend_from_slice(&line.bytes);
            is_open ^= is_odd(&line.bytes);
            more.push(line);
        }
        if !more.is_empty() {
            let together = self.cells(header, &record);
            if together.is_ok() {
                return Ok((record, together));
            }
            self.lines.hand_back(more);
        }
        Ok((first.bytes, alone))
    }

    /// The cells of a record that count; none if all of them are empty.
    fn cells(&mut self, header: &Header, record: &[u8]) -> Result<Cells, String> {
        let (kind, flags) = (self.source.kind, self.source.flags);
        let texts = self.splitter.split(record).ok_or(QUOTES)?.into_iter();
        let texts = texts
            .skip(header.skipped)
            .map(|cell| str::from_utf8(cell).map(str::trim));
        let texts: Vec<&str> = texts.collect::<Result<_, _>>().map_err(|_| NOT_UTF8)?;
        let (count, expected) = (texts.len(), header.names.len());
        if texts.iter().all(|text| text.is_empty()) {
            return Ok(Cells::new());
        }
        if count < expected || texts.iter().skip(expected).any(|text| !text.is_empty()) {
            return Err(format!(
                "the row has {count} cells: expected {expected}, as in the header"
            ));
        }
        let (mut cells, mut is_header, mut has_text) = (Cells::new(), true, false);
        for (found, text) in header.names.iter().zip(texts) {
            let Some(name) = flags.name_of(kind, found) else {
                continue;
            };
            // Only what a location says may have several lines; elsewhere they mean that a quote was not closed.
            if text.contains('\n') && kind != Kind::Locations {
                return Err(QUOTES.to_owned());
            }
            has_text |= !text.is_empty();
            is_header &= text.is_empty() || text == found || kind.knows(text);
            let json = json(kind, name, text).map_err(|error| error.to_string())?;
            cells.insert(name.to_owned(), json);
        }
        match is_header && has_text {
            true => Err("this is the header again".to_owned()),
            false => Ok(cells),
        }
    }
}

/// A cell as JSON: it cannot say whether it is a text, so its column does.
fn json(kind: Kind, name: &str, text: &str) -> serde_json::Result<Box<RawValue>> {
    if is_no_value(text) {
        return to_raw_value(&());
    }
    // The source writes the ids of locations as numbers.
    let is_number = kind == Kind::Locations && name == "id" && is_whole(text);
    let is_structure = kind.is_structured(name) && text.starts_with(['[', '{']);
    let value = (is_number || is_structure).then(|| serde_json::from_str(text).ok());
    value.flatten().map_or_else(|| to_raw_value(text), Ok)
}
