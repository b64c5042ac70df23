//! JSON: rows, and what is wrong with them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use calculation::Object;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::rows::NOT_UTF8;

/// How deep DynamoDB lets lists and maps be nested in an attribute, and the row around them. Deeper ones must not be read:
/// the reading is recursive. An item of an export has twice as many levels, and two around them.
const DEEPEST: usize = 2 * 32 + 2;

/// A row as it was written, by its columns.
pub(crate) type Cells = BTreeMap<String, Box<RawValue>>;

/// A row in a rejects file.
#[derive(Deserialize, Serialize)]
pub(crate) struct Reject<'a> {
    /// The number of its line in the file that it comes from.
    pub rejected_line: u64,
    #[serde(default)]
    pub reason: Cow<'a, str>,
    /// The row as it was found.
    pub row: Cow<'a, str>,
}

/// The cells of the row on a line of JSON. A line of a rejects file holds the row that it is about, one of an export its item.
pub(crate) fn row(line: &str) -> Result<Cells, String> {
    let is_reject = line.starts_with(r#"{"rejected_line":"#);
    let reject = is_reject.then(|| serde_json::from_str(line).ok());
    let Object::<Box<RawValue>>(cells) = match reject.flatten() {
        // It shows what could be read; the rest is nowhere any more.
        Some(Reject { row, reason, .. })
            if reason == NOT_UTF8 && row.contains(char::REPLACEMENT_CHARACTER) =>
        {
            return Err(reason.into_owned());
        }
        Some(Reject { row, .. }) => parse(&row)?,
        None => parse(line)?,
    };
    match cells.get("Item") {
        Some(item) if cells.len() == 1 => parse(item.get()).map(|Object(cells)| cells),
        _ => Ok(cells),
    }
}

/// Reads a JSON text; an error says what is wrong.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    check_depth(text)?;
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => without_place(&error),
        _ => format!("invalid JSON: {error}"),
    })
}

/// Reads cells; an error says what is wrong, and in which column.
pub(crate) fn typed<'a, T: Deserialize<'a>>(cells: &'a Cells) -> Result<T, String> {
    cells
        .values()
        .try_for_each(|cell| check_depth(cell.get()))?;
    let cells = cells.iter().map(|(name, cell)| (name.as_str(), &**cell));
    serde_path_to_error::deserialize(MapDeserializer::new(cells)).map_err(|error| {
        let (name, why) = (error.path(), without_place(error.inner()));
        match why.starts_with("unknown field") {
            true => format!("unknown column `{name}`"),
            false => format!("invalid `{name}`: {why}"),
        }
    })
}

/// What serde says, without the line and column: they are not those of the file.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// Checks that no more than [`DEEPEST`] brackets are open anywhere in a JSON text.
fn check_depth(text: &str) -> Result<(), String> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' if depth == DEEPEST => {
                return Err(
                    "the JSON is nested deeper than the 32 levels that DynamoDB allows".to_owned(),
                );
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
