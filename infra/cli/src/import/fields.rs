//! The named values of one row, and their reading as what they should be.
//!
//! A value of NDJSON has its type. A cell of CSV is a text that is read as whatever its column holds.

use calculation::{Item, Value};

use super::json;
use super::row_error::RowError;

/// Digits that a number of DynamoDB keeps.
const DIGITS: usize = 38;

/// The values of a row by the names of their columns.
#[derive(Debug)]
pub(crate) struct Fields {
    values: Item,
    typed: bool,
}

impl Fields {
    /// The cells of a CSV row. Blanks around a value are dropped, and an empty cell is an absent value.
    pub fn of_cells<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let values = cells
            .map(|(name, cell)| (name, cell.trim_ascii()))
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| (name.to_owned(), Value::Text(cell.to_owned())))
            .collect();
        Self {
            values,
            typed: false,
        }
    }

    /// The values of a JSON object.
    pub fn of_json(text: &str) -> Result<Self, RowError> {
        match json::parse(text, RowError::Json)? {
            Value::Map(values) => Ok(Self {
                values,
                typed: true,
            }),
            _ => Err(RowError::NoObject),
        }
    }

    /// Whether the values came with their types.
    pub fn typed(&self) -> bool {
        self.typed
    }

    /// The names of the values that have not been taken.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.values.keys()
    }

    /// Takes a value out; a null counts as absent.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.values
            .remove(name)
            .filter(|value| *value != Value::Null)
    }

    /// Takes a text.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, RowError> {
        self.read(name, "text", |value, _| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    /// Takes a text or number as it is.
    pub fn scalar(&mut self, name: &str) -> Result<Option<Value>, RowError> {
        self.read(name, "text or number", |value, _| {
            matches!(value, Value::Text(_) | Value::Number(_)).then_some(value)
        })
    }

    /// Takes the text of a number.
    pub fn number(&mut self, name: &str) -> Result<Option<String>, RowError> {
        self.read(name, "a number", |value, typed| match value {
            Value::Number(text) => Some(text),
            Value::Text(text) if !typed => Some(text),
            _ => None,
        })
    }

    /// Takes a boolean; in a cell true or 1, false or 0, in any case.
    pub fn boolean(&mut self, name: &str) -> Result<Option<bool>, RowError> {
        self.read(name, "true or false", |value, typed| match value {
            Value::Bool(value) => Some(value),
            Value::Text(text) if !typed => {
                if text == "1" || text.eq_ignore_ascii_case("true") {
                    Some(true)
                } else if text == "0" || text.eq_ignore_ascii_case("false") {
                    Some(false)
                } else {
                    None
                }
            }
            _ => None,
        })
    }

    /// Takes an id: a text, or a number that is written as a whole one. DynamoDB writes a number in its shortest form,
    /// so any other would not be found again under the text that it came with.
    pub fn id(&mut self, name: &str) -> Result<Option<Value>, RowError> {
        let id = self.scalar(name)?;
        match &id {
            Some(Value::Number(text)) if !is_whole(text) => {
                Err(RowError::FractionalId(name.to_owned()))
            }
            _ => Ok(id),
        }
    }

    /// Takes a list.
    pub fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>, RowError> {
        match self.structure(name)? {
            None => Ok(None),
            Some(Value::List(values)) => Ok(Some(values)),
            Some(_) => Err(wrong(name, "a list")),
        }
    }

    /// Takes a map.
    pub fn map(&mut self, name: &str) -> Result<Option<Item>, RowError> {
        match self.structure(name)? {
            None => Ok(None),
            Some(Value::Map(values)) => Ok(Some(values)),
            Some(_) => Err(wrong(name, "an object")),
        }
    }

    /// Takes words: a list of them, or a text with bars between them.
    pub fn words(&mut self, name: &str) -> Result<Option<Vec<Value>>, RowError> {
        match self.values.get(name) {
            Some(Value::Text(text)) if self.typed || !text.starts_with('[') => {
                let words = text
                    .split('|')
                    .map(|word| Value::Text(word.trim_ascii().to_owned()));
                let words = words.collect();
                self.values.remove(name);
                Ok(Some(words))
            }
            _ => self.list(name),
        }
    }

    /// Takes a list or map, which a cell holds as JSON.
    fn structure(&mut self, name: &str) -> Result<Option<Value>, RowError> {
        match self.take(name) {
            Some(Value::Text(text)) if !self.typed => {
                json::parse(&text, |source| RowError::JsonCell {
                    name: name.to_owned(),
                    source,
                })
                .map(Some)
            }
            value => Ok(value),
        }
    }

    fn read<T>(
        &mut self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(Value, bool) -> Option<T>,
    ) -> Result<Option<T>, RowError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match read(value, self.typed) {
            None => Err(wrong(name, expected)),
            value => Ok(value),
        }
    }
}

/// Whether this is a whole number in the only form that DynamoDB gives back.
pub(crate) fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = !digits.starts_with('0') || text == "0";
    canonical
        && (1..=DIGITS).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

fn wrong(name: &str, expected: &'static str) -> RowError {
    RowError::Type {
        name: name.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests;
