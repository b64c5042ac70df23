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
mod tests {
    use super::*;

    fn is_id(text: &str) -> bool {
        check_id(&Value::Text(text.to_owned())).is_ok()
    }

    #[test]
    fn numbers_made_of_ids_are_told_from_ids() {
        for mangled in [
            "71.0",
            "71.00",
            "17850.0",
            "71.",
            "-71.0",
            "71,0",
            "6.70E+12",
            "6,7E+12",
            "1E+05",
            "1e5",
            "7.1e1",
            "1.E5",
            "1,234",
            "1,234,567",
            "1 234 567",
            "1'234",
            "1\u{a0}234",
            "1.234.567",
            "+71",
            "'007",
            "=\"007\"",
            "#REF!",
            "#NUM!",
        ] {
            assert!(!is_id(mangled), "{mangled}");
        }
        for id in [
            "71",
            "007",
            "-7",
            "2023.0042",
            "1.234",
            "12.5",
            "a.0",
            "C536379",
            "e5",
            "1e5a",
            "12-05",
            "10,20",
            "ann@x.org",
            "o'brien",
            "#1001",
            "192.168.10.1",
            "NA",
            "123456789012345678901234567890123456789",
        ] {
            assert!(is_id(id), "{id}");
        }
        let number = |text: &str| check_id(&Value::Number(text.to_owned()));
        for text in [
            "1.0",
            "1.5",
            "1e3",
            "-0",
            "123456789012345678901234567890123456789",
        ] {
            assert!(number(text).is_err(), "{text}");
        }
        assert!(number("12345678901234567890123456789012345678").is_ok());
        for (phone, is_one) in [
            ("555-0101", true),
            ("555.0101", true),
            ("61 312 345", true),
            ("6.15E+10", false),
            ("615.0", false),
        ] {
            assert_eq!(
                check_phone(&Value::Text(phone.to_owned())).is_ok(),
                is_one,
                "{phone}"
            );
        }
    }
}
