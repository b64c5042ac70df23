//! The records of a CSV file as JSON objects.

use std::io;

use serde_json::value::RawValue;

use super::cell::is_no_value;
use super::columns::Columns;
use super::header::Header;
use super::id::is_whole;
use super::kind::Kind;
use super::lines::{LONGEST, Line, Lines};
use super::object::{Object, ObjectText};
use super::splitter::QUOTES;

impl Header {
    /// The object of the record that begins with a line, and the record's bytes. Only a cell in quotes goes on in the next line.
    /// When the lines come to no record the first one is to blame, and those after it may be rows of their own.
    pub fn record(
        &mut self,
        first: Line,
        lines: &mut Lines,
        kind: Kind,
        columns: &Columns,
    ) -> io::Result<(Vec<u8>, Object)> {
        let alone = self.object(&first.bytes, kind, columns);
        let is_odd = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        let (mut record, mut more, mut is_open) =
            (first.bytes.clone(), Vec::new(), is_odd(&first.bytes));
        while alone.is_err() && is_open && record.len() < LONGEST {
            let Some(line) = lines.next()? else { break };
            record.push(b'\n');
            record.extend_from_slice(&line.bytes);
            is_open ^= is_odd(&line.bytes);
            more.push(line);
        }
        if !more.is_empty() {
            let together = self.object(&record, kind, columns);
            if together.is_ok() {
                return Ok((record, together));
            }
            lines.hand_back(more);
        }
        Ok((first.bytes, alone))
    }

    /// A record as a JSON object; `None` if all its cells are empty.
    fn object(&mut self, record: &[u8], kind: Kind, columns: &Columns) -> Object {
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
        let (mut object, mut is_header, mut has_text) = (ObjectText::default(), true, false);
        for (found, text) in self.names.iter().zip(own) {
            let Some(name) = columns.name_of(kind, found) else {
                continue;
            };
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
        && serde_json::from_str::<&RawValue>(text).is_ok();
    // The source writes the ids of locations as numbers.
    let is_number = kind == Kind::Locations && name == "id" && is_whole(text);
    match text {
        _ if is_no_value(text) => "null".to_owned(),
        _ if is_structure || is_number => text.to_owned(),
        _ => serde_json::Value::from(text).to_string(),
    }
}
