//! What a row says in one column.

use calculation::Value;
use serde::de::{Deserialize, Deserializer, Error};

use super::values::{Read, plain};

/// How databases, data frames and spreadsheets write that there is no value. (`NA` is Namibia.)
const NO_VALUE: [&str; 9] = [
    "NULL", "null", "\\N", "NaN", "nan", "None", "<NA>", "NaT", "#N/A",
];

/// Bytes of a value that a reason shows.
const SHOWN: usize = 100;

/// Whether a text says that there is no value.
pub(crate) fn is_no_value(text: &str) -> bool {
    text.trim().is_empty() || NO_VALUE.contains(&text)
}

/// What a row says in one column.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Cell {
    /// There is no such column.
    #[default]
    Absent,
    /// There is no value.
    Empty,
    /// This value.
    Is(Value),
}

impl Cell {
    /// Reads the value, if there is one.
    pub fn read<'de, D: Deserializer<'de>>(
        source: D,
        read: fn(&Value) -> Read,
    ) -> Result<Self, D::Error> {
        let value = Value::deserialize(source)?;
        if value == Value::Null || value.as_text().is_some_and(is_no_value) {
            return Ok(Self::Empty);
        }
        read(&value).map(Self::Is).map_err(|why| {
            let json = || serde_json::to_string(&value).unwrap_or_default();
            let mut shown = plain(&value).map_or_else(json, str::to_owned);
            shown.truncate(shown.floor_char_boundary(SHOWN));
            D::Error::custom(format!("`{shown}` {why}"))
        })
    }

    /// The value, if there is one.
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Empty => None,
        }
    }
}
