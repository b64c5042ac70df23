//! What a row says in one column.

use calculation::Value;
use serde::de::{Deserialize, Deserializer, Error};

/// How databases, data frames and spreadsheets write that there is no value. (`NA` is Namibia.)
const NO_VALUE: [&str; 9] = [
    "NULL", "null", "\\N", "NaN", "nan", "None", "<NA>", "NaT", "#N/A",
];

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
        read: impl FnOnce(Value) -> Result<Value, String>,
    ) -> Result<Self, D::Error> {
        match Value::deserialize(source)? {
            Value::Null => Ok(Self::Empty),
            Value::Text(text) if is_no_value(&text) => Ok(Self::Empty),
            value => read(value).map(Self::Is).map_err(D::Error::custom),
        }
    }

    /// The value, if there is one.
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Empty => None,
        }
    }
}
