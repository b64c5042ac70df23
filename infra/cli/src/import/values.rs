//! How the cells of each column are read.

use calculation::{Currency, MAX_NAME_BYTES, Money, TotalError, Value, WEBSITE_WORDS};
use serde::de::Deserializer;

use super::cell::{Cell, is_no_value};
use super::id::{check_id, check_phone};
use super::instant;

/// Declares how the cells of a column are read.
macro_rules! cells {
    ($($(#[$about:meta])* $name:ident = $read:expr;)*) => {$(
        $(#[$about])*
        pub(crate) fn $name<'de, D: Deserializer<'de>>(source: D) -> Result<Cell, D::Error> {
            Cell::read(source, $read)
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
    /// An id that becomes a part of a key.
    id = check_id;
    /// The id of a location, of a length that the calculation takes.
    location_id = |value| check_id(value).and_then(named);
    /// A telephone number.
    phone = check_phone;
    /// A brand.
    brand = |value| match value {
        Value::Text(_) => named(value),
        _ => expected("a text"),
    };
    /// Brands, in a list or with bars between them.
    brands = |value| match split(value)? {
        Value::List(brands) => brands.into_iter().map(|brand| match brand {
            Value::Text(text) if !is_no_value(&text) => named(Value::Text(text)),
            _ => Err("one of them is empty or not a text".to_owned()),
        }).collect::<Result<_, _>>().map(Value::List),
        _ => expected("a list, or words with | between them"),
    };
    /// Words, in a list or with bars between them.
    words = split;
    /// Yes or no, as databases and data frames write it.
    flag = |value| match &value {
        Value::Bool(_) => Ok(value),
        Value::Text(text) | Value::Number(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Ok(Value::Bool(true)),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Ok(Value::Bool(false)),
            _ => Err(format!("`{text}` is neither true nor false")),
        },
        _ => expected("true or false"),
    };
    /// A number of any size.
    number = |value| match &value {
        Value::Text(text) => match serde_json::from_str(text) {
            Ok(number @ Value::Number(_)) => Ok(number),
            _ => Err(format!("`{text}` is not a number")),
        },
        Value::Number(_) => Ok(value),
        _ => expected("a number"),
    };
    /// An amount of money, in the form in which DynamoDB gives it back.
    amount = |value| match value {
        Value::Number(text) | Value::Text(text) => money(&text).map(Value::Number),
        _ => expected("an amount"),
    };
    /// The code of a currency.
    currency = |value| match value.as_text().map(Currency::parse) {
        Some(Some(code)) => Ok(Value::Text(code.to_string())),
        Some(None) => Err(format!("{} is not an ISO 4217 code such as EUR", quoted(&value))),
        None => expected("an ISO 4217 code such as EUR"),
    };
    /// A channel; the words that a location's type knows for a website are understood, too.
    channel = |value| match value.as_text().map(str::to_ascii_lowercase).as_deref() {
        Some("pos") => Ok(Value::Text("pos".to_owned())),
        Some(word) if WEBSITE_WORDS.contains(&word) => Ok(Value::Text("website".to_owned())),
        _ => Err(format!("{} is not a channel: expected pos, website, web or online, or no value", quoted(&value))),
    };
    /// An instant, as `YYYY-MM-DD HH:MM:SS` in UTC.
    moment = |value| match value.as_text() {
        Some(text) => instant::read(text).map(|read| Value::Text(read.to_string())),
        None => expected("a text such as 2026-01-31T10:00:00Z"),
    };
    /// The same; of a date alone, its beginning.
    day_or_moment = |value| match value.as_text() {
        Some(text) => instant::read_day(text).map(|read| Value::Text(read.to_string())),
        None => expected("a text such as 2026-01-31"),
    };
}

fn quoted(value: &Value) -> String {
    format!("`{}`", value.as_text().unwrap_or("this"))
}

fn expected(what: &str) -> Result<Value, String> {
    Err(format!("expected {what}"))
}

/// A name that the calculation does not pass over.
fn named(value: Value) -> Result<Value, String> {
    match value.as_text().map_or(0, str::len) {
        0..=MAX_NAME_BYTES => Ok(value),
        bytes => Err(format!(
            "it has {bytes} bytes: at most {MAX_NAME_BYTES} are allowed"
        )),
    }
}

fn split(value: Value) -> Result<Value, String> {
    match &value {
        Value::List(_) => Ok(value),
        Value::Text(text) => {
            let words = text
                .split('|')
                .map(|word| Value::Text(word.trim().to_owned()));
            Ok(Value::List(words.collect()))
        }
        _ => expected("a list, or words with | between them"),
    }
}

/// An amount. A decimal comma, as many spreadsheets write it, is one before one or two digits; before three it may separate
/// thousands.
fn money(text: &str) -> Result<String, String> {
    let pointed = match text.split_once(',') {
        Some((whole, cents)) if !whole.contains('.') && (1..=2).contains(&cents.len()) => {
            format!("{whole}.{cents}")
        }
        _ => text.to_owned(),
    };
    Money::parse_total(&pointed)
        .map(|amount| amount.to_string())
        .map_err(|error| match error {
            TotalError::NotANumber => format!("`{text}` is not a number: write it like 1234.50"),
            TotalError::TooManyDecimals => format!("`{text}` has more than 4 decimals: round it"),
            TotalError::TooLarge => format!("`{text}` is not between -10^12 and 10^12"),
        })
}
