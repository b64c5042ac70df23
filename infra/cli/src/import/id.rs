//! Ids that a spreadsheet or a data frame has made into something else.

use std::sync::LazyLock;

use regex_lite::Regex;

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

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(MANGLED).ok());

/// Checks that an id is as somebody gave it. DynamoDB writes a number in its shortest form, so one that is not whole would
/// not be found again under the text that it came with.
pub(crate) fn check_id(text: &str, is_number: bool) -> Result<(), String> {
    if is_whole(text) {
        return Ok(());
    }
    let is_mangled = is_number
        || PATTERN
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(text));
    if is_mangled {
        return Err(format!(
            "`{text}` is how a spreadsheet or a data frame writes a number, not an id: export the column as text"
        ));
    }
    Ok(())
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
            assert!(check_id(mangled, false).is_err(), "{mangled}");
        }
        for id in [
            "71",
            "007",
            "-7",
            "2023.0042",
            "1.234",
            "12.5",
            "a.0",
            "536365",
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
            assert_eq!(check_id(id, false), Ok(()), "{id}");
        }
        for number in [
            "1.0",
            "1.5",
            "1e3",
            "-0",
            "123456789012345678901234567890123456789",
        ] {
            assert!(check_id(number, true).is_err(), "{number}");
        }
        assert_eq!(
            check_id("12345678901234567890123456789012345678", true),
            Ok(())
        );
    }
}
