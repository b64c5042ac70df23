//! How the cells of each column are read. A reason goes on where the value stands: "`ten` is not a number".

use calculation::{Currency, MAX_NAME_BYTES, Money, TotalError, Value, WEBSITE_WORDS};
use serde::de::{Deserialize, Deserializer, Error};

use super::id::{check_id, check_phone};
use super::instant;

/// How databases, data frames and spreadsheets write that there is no value. (`NA` is Namibia.)
const NO_VALUE: [&str; 9] = [
    "NULL", "null", "\\N", "NaN", "nan", "None", "<NA>", "NaT", "#N/A",
];
/// Bytes of a value that a reason shows.
const SHOWN: usize = 100;

/// What a value is read as, or what is wrong with it.
pub(crate) type Read = Result<Value, &'static str>;

/// Declares how the cells of a column are read.
macro_rules! cells {
    ($($(#[$about:meta])* $name:ident = $read:expr;)*) => {$(
        $(#[$about])*
        pub(super) fn $name<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Value>, D::Error> {
            read(source, $read).map(Some)
        }
    )*};
}

cells! {
    /// A text or number as it is.
    scalar = |value| kept(value, plain(value).is_some(), "is neither a text nor a number");
    text = |value| kept(value, value.as_text().is_some(), "is not a text");
    list = |value| kept(value, matches!(value, Value::List(_)), "is not a list");
    map = |value| kept(value, matches!(value, Value::Map(_)), "is not an object");
    /// An id that becomes a part of a key.
    id = check_id;
    /// The id of a location, of a length that the calculation takes.
    location_id = |value| named(&check_id(value)?);
    phone = check_phone;
    brand = |value| kept(&named(value)?, value.as_text().is_some(), "is not a text");
    /// Brands, in a list or with bars between them.
    brands = |value| match split(value)? {
        Value::List(brands) => {
            let is_brand = |brand: &Value| brand.as_text().is_some_and(|text| !is_no_value(text));
            brands.iter().try_for_each(|brand| named(brand).map(drop))?;
            kept(&Value::List(brands.clone()), brands.iter().all(is_brand), "has a brand that is empty or not a text")
        }
        other => Ok(other),
    };
    /// Words, in a list or with bars between them.
    words = split;
    /// Yes or no, as databases and data frames write it.
    flag = |value| match (value, plain(value).map(str::to_ascii_lowercase).as_deref()) {
        (Value::Bool(_), _) => Ok(value.clone()),
        (_, Some("true" | "t" | "yes" | "y" | "1" | "1.0")) => Ok(Value::Bool(true)),
        (_, Some("false" | "f" | "no" | "n" | "0" | "0.0")) => Ok(Value::Bool(false)),
        _ => Err("is neither true nor false"),
    };
    /// A number of any size.
    number = |value| match plain(value).map(serde_json::from_str) {
        Some(Ok(number @ Value::Number(_))) => Ok(number),
        _ => Err("is not a number"),
    };
    /// An amount of money, in the form in which DynamoDB gives it back.
    amount = |value| match plain(value).map(|text| Money::parse_total(&with_point(text))) {
        Some(Ok(amount)) => Ok(Value::Number(amount.to_string())),
        Some(Err(TotalError::TooManyDecimals)) => Err("has more than 4 decimals: round it"),
        Some(Err(TotalError::TooLarge)) => Err("is not between -10^12 and 10^12"),
        Some(Err(TotalError::NotANumber)) | None => Err("is not a number: write it like 1234.50"),
    };
    currency = |value| match value.as_text().and_then(Currency::parse) {
        Some(code) => Ok(Value::Text(code.to_string())),
        None => Err("is not an ISO 4217 code such as EUR"),
    };
    /// A channel; the words that a location's type knows for a website are understood, too.
    channel = |value| match value.as_text().map(str::to_ascii_lowercase).as_deref() {
        Some("pos") => Ok(Value::Text("pos".to_owned())),
        Some(word) if WEBSITE_WORDS.contains(&word) => Ok(Value::Text("website".to_owned())),
        _ => Err("is not a channel: expected pos, website, web or online, or no value"),
    };
    /// An instant, as `YYYY-MM-DD HH:MM:SS` in UTC.
    moment = |value| instant::read(value.as_text().unwrap_or_default()).map(|at| Value::Text(at.to_string()));
    /// The same; of a date alone, its beginning.
    day_or_moment = |value| instant::read_day(value.as_text().unwrap_or_default()).map(|at| Value::Text(at.to_string()));
}

/// Reads a value; null if it says that there is none.
fn read<'de, D: Deserializer<'de>>(source: D, read: fn(&Value) -> Read) -> Result<Value, D::Error> {
    let value = Value::deserialize(source)?;
    if value == Value::Null || value.as_text().is_some_and(is_no_value) {
        return Ok(Value::Null);
    }
    read(&value).map_err(|why| {
        let json = || serde_json::to_string(&value).unwrap_or_default();
        let mut shown = plain(&value).map_or_else(json, str::to_owned);
        shown.truncate(shown.floor_char_boundary(SHOWN));
        D::Error::custom(format!("`{shown}` {why}"))
    })
}

/// Whether a text says that there is no value.
pub(crate) fn is_no_value(text: &str) -> bool {
    text.trim().is_empty() || NO_VALUE.contains(&text)
}

/// A text, or the text of a number.
pub(crate) fn plain(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) | Value::Number(text) => Some(text),
        _ => None,
    }
}

/// The value as it is, if it is fit.
pub(crate) fn kept(value: &Value, is_fit: bool, why: &'static str) -> Read {
    if is_fit { Ok(value.clone()) } else { Err(why) }
}

/// A name that the calculation does not pass over.
fn named(value: &Value) -> Read {
    let is_long = |name: &str| name.len() > MAX_NAME_BYTES;
    kept(
        value,
        !value.as_text().is_some_and(is_long),
        "is longer than 256 bytes",
    )
}

fn split(value: &Value) -> Read {
    match value {
        Value::List(_) => Ok(value.clone()),
        Value::Text(text) => {
            let words = text.split('|').map(|word| word.trim().to_owned());
            Ok(Value::List(words.map(Value::Text).collect()))
        }
        _ => Err("is neither a list nor words with | between them"),
    }
}

/// An amount with a point. A decimal comma, as many spreadsheets write it, is one before one or two digits; before three it may
/// separate thousands.
fn with_point(text: &str) -> String {
    match text.split_once(',') {
        Some((whole, cents)) if !whole.contains('.') && (1..=2).contains(&cents.len()) => {
            format!("{whole}.{cents}")
        }
        _ => text.to_owned(),
    }
}
