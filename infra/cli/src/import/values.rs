//! The values of a row, read as what their column holds.

use std::borrow::Cow;

use calculation::{Currency, MAX_NAME_BYTES, Money, TotalError, Value, WEBSITE_WORDS};
use serde::de::{Deserialize, Deserializer, Error};

use super::id::check_id;
use super::instant;

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
    /// The value, if there is one.
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Empty => None,
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        scalar(source)
    }
}

type Read = Result<Value, String>;

fn cell<'de, D: Deserializer<'de>>(source: D, read: fn(Value) -> Read) -> Result<Cell, D::Error> {
    match Value::deserialize(source)? {
        Value::Null => Ok(Cell::Empty),
        Value::Text(text) if is_no_value(&text) => Ok(Cell::Empty),
        value => read(value).map(Cell::Is).map_err(D::Error::custom),
    }
}

/// Declares how the cells of a column are read.
macro_rules! cells {
    ($($(#[$about:meta])* $name:ident = $read:expr;)*) => {$(
        $(#[$about])*
        pub(crate) fn $name<'de, D: Deserializer<'de>>(source: D) -> Result<Cell, D::Error> {
            cell(source, $read)
        }
    )*};
}

cells! {
    /// A text or number as it is.
    scalar = |value| match value {
        Value::Text(_) | Value::Number(_) => Ok(value),
        _ => expected("a text or number"),
    };
    /// A text.
    text = |value| match value {
        Value::Text(_) => Ok(value),
        _ => expected("a text"),
    };
    /// A list of anything.
    list = |value| match value {
        Value::List(_) => Ok(value),
        _ => expected("a list"),
    };
    /// An object.
    map = |value| match value {
        Value::Map(_) => Ok(value),
        _ => expected("an object"),
    };
    /// An id: a text, or a whole number.
    id = |value| match &value {
        Value::Text(text) | Value::Number(text) => {
            check_id(text, matches!(value, Value::Number(_)))?;
            Ok(value)
        }
        _ => expected("a text or a whole number"),
    };
    /// The id of a location.
    location_id = |value| match &value {
        Value::Text(text) if text.len() > MAX_NAME_BYTES => Err(too_long(text)),
        Value::Text(text) | Value::Number(text) => {
            check_id(text, matches!(value, Value::Number(_)))?;
            Ok(value)
        }
        _ => expected("a text or a whole number"),
    };
    /// A telephone number, which a spreadsheet may have spoilt, too.
    phone = |value| match &value {
        Value::Text(text) if text.parse::<f64>().is_ok() && (text.contains(['e', 'E']) || text.ends_with(".0")) => {
            Err(format!("`{text}` is how a spreadsheet or a data frame writes a number: export the column as text"))
        }
        Value::Text(_) | Value::Number(_) => Ok(value),
        _ => expected("a text or number"),
    };
    /// A brand.
    brand = |value| match value {
        Value::Text(text) if text.len() > MAX_NAME_BYTES => Err(too_long(&text)),
        Value::Text(_) => Ok(value),
        _ => expected("a text"),
    };
    /// Words in a list, or with bars between them.
    words = |value| match value {
        Value::List(_) => Ok(value),
        Value::Text(text) => {
            let words = text.split('|').map(|word| Value::Text(word.trim().to_owned()));
            Ok(Value::List(words.collect()))
        }
        _ => expected("a list, or words with | between them"),
    };
    /// Yes or no, as databases and data frames write it.
    flag = |value| match value {
        Value::Bool(_) => Ok(value),
        Value::Text(text) | Value::Number(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Ok(Value::Bool(true)),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Ok(Value::Bool(false)),
            _ => Err(format!("`{text}` is neither true nor false")),
        },
        _ => expected("true or false"),
    };
    /// A number of any size.
    number = |value| match value {
        Value::Number(_) => Ok(value),
        Value::Text(text) => match serde_json::from_str(&text) {
            Ok(number @ Value::Number(_)) => Ok(number),
            _ => Err(format!("`{text}` is not a number")),
        },
        _ => expected("a number"),
    };
    /// An amount of money, in the form in which DynamoDB gives it back.
    amount = |value| match value {
        Value::Number(text) | Value::Text(text) => match Money::parse_total(&with_point(&text)) {
            Ok(amount) => Ok(Value::Number(amount.to_string())),
            Err(TotalError::NotANumber) => {
                Err(format!("`{text}` is not a number: write it like 1234.50"))
            }
            Err(TotalError::TooManyDecimals) => {
                Err(format!("`{text}` has more than 4 decimals: round it"))
            }
            Err(TotalError::TooLarge) => Err(format!("`{text}` is not between -10^12 and 10^12")),
        },
        _ => expected("an amount"),
    };
    /// The code of a currency.
    currency = |value| match value {
        Value::Text(text) => match Currency::parse(&text) {
            Some(code) => Ok(Value::Text(code.to_string())),
            None => Err(format!("`{text}` is not an ISO 4217 code such as EUR")),
        },
        _ => expected("an ISO 4217 code such as EUR"),
    };
    /// A channel; the words that a location's type knows for a website are understood, too.
    channel = |value| match value {
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "pos" => Ok(Value::Text("pos".to_owned())),
            word if WEBSITE_WORDS.contains(&word) => Ok(Value::Text("website".to_owned())),
            _ => Err(format!("`{text}` is not a channel: expected pos, website, web or online, or no value")),
        },
        _ => expected("pos or website"),
    };
    /// An instant, as `YYYY-MM-DD HH:MM:SS` in UTC.
    moment = |value| match value {
        Value::Text(text) => instant::read(&text).map(|read| Value::Text(read.to_string())),
        _ => expected("a text such as 2026-01-31T10:00:00Z"),
    };
    /// The same; of a date alone, its beginning.
    day_or_moment = |value| match value {
        Value::Text(text) => instant::read_day(&text).map(|read| Value::Text(read.to_string())),
        _ => expected("a text such as 2026-01-31"),
    };
}

fn expected(what: &str) -> Read {
    Err(format!("expected {what}"))
}

/// An amount with a decimal comma, as many spreadsheets write it, with a point. Before three digits a comma may separate
/// thousands: that is left alone.
fn with_point(text: &str) -> Cow<'_, str> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once(',') {
        Some((whole, cents))
            if (1..=2).contains(&cents.len())
                && is_digits(cents)
                && is_digits(whole.trim_start_matches(['-', '+'])) =>
        {
            Cow::Owned(format!("{whole}.{cents}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Says of a brand or the id of a location that the calculation would pass it over.
pub(crate) fn too_long(name: &str) -> String {
    format!(
        "it has {} bytes: at most {MAX_NAME_BYTES} are allowed",
        name.len()
    )
}
