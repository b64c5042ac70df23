//! Ids that a spreadsheet or a data frame has made into something else.

use std::sync::LazyLock;

use calculation::Value;
use regex_lite::Regex;

use super::values::{Read, kept, plain};

/// Digits that a number of DynamoDB keeps.
const DIGITS: usize = 38;
/// What becomes of `71`, `6700000000000`, `1234567` and `007` that were taken for numbers, or kept from it: `71.0`,
/// `6.70E+12`, `1,234,567`, `'007`, `="007"`; and of a formula that failed.
const MANGLED: &str = r#"(?x)
    ^[+-]?( [0-9]+[.,]0*
          | [0-9]*[.,]?[0-9]+[.,]?[eE][+-]?[0-9]+
          | [0-9]{1,3}([,\x20'’\u{a0}\u{202f}][0-9]{3})+
          | [0-9]{1,3}(\.[0-9]{3}){2,} )$
    | ^\+[0-9]+$
    | ^['=]
    | ^\#(REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)$"#;

/// What is wrong with such an id.
const SPOILT: &str =
    "is a number as a spreadsheet or a data frame writes it: export the column as text";

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(MANGLED).ok());

/// Checks that an id is as somebody gave it. DynamoDB writes a number in its shortest form, so one that is not whole would
/// not be found again under the text that it came with.
pub(crate) fn check_id(value: &Value) -> Read {
    let is_id = match value {
        Value::Text(text) => PATTERN
            .as_ref()
            .is_some_and(|pattern| !pattern.is_match(text)),
        Value::Number(text) => is_whole(text),
        _ => return Err("is neither a text nor a whole number"),
    };
    kept(value, is_id, SPOILT)
}

/// Checks a telephone number. It may have points, blanks and a plus, so only exponents and a fraction of zero tell.
pub(crate) fn check_phone(value: &Value) -> Read {
    let text = plain(value).ok_or("is neither a text nor a number")?;
    let is_spoilt =
        text.parse::<f64>().is_ok() && (text.contains(['e', 'E']) || text.ends_with(".0"));
    kept(value, !is_spoilt, SPOILT)
}

/// Whether this is a whole number in the only form that DynamoDB gives back.
pub(crate) fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = !digits.starts_with('0') || text == "0";
    canonical
        && (1..=DIGITS).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests;
