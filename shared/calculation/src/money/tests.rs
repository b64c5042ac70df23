//! Tests of `money`.

use proptest::prelude::*;

use super::*;

#[test]
fn reads_and_writes_the_shortest_exact_form() {
    for (text, expected) in [
        ("2000", "2000"),
        ("2000.0", "2000"),
        ("0.30", "0.3"),
        ("-12.5", "-12.5"),
        ("12.34000000000000000000000000000000000", "12.34"),
        ("-0", "0"),
        ("-0.0000000", "0"),
        ("0e999999999999", "0"),
        ("1e3", "1000"),
        ("1.5E+2", "150"),
        ("15000e-4", "1.5"),
        ("0.0001", "0.0001"),
        ("1e-4", "0.0001"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+7", "7"),
        ("000123", "123"),
        ("999999999999.9999", "999999999999.9999"),
        ("-999999999999.9999", "-999999999999.9999"),
    ] {
        assert_eq!(
            Money::parse_total(text)
                .map(|money| money.to_string())
                .as_deref(),
            Ok(expected),
            "{text}"
        );
    }
}

#[test]
fn refuses_what_is_no_total() {
    use TotalError::{NotANumber, TooLarge, TooManyDecimals};
    for (text, expected) in [
        ("", NotANumber),
        ("-", NotANumber),
        (".", NotANumber),
        ("twelve", NotANumber),
        ("1e", NotANumber),
        ("1e+", NotANumber),
        ("1 ", NotANumber),
        ("1_000", NotANumber),
        ("--1", NotANumber),
        ("1.2.3", NotANumber),
        ("1..2", NotANumber),
        ("١", NotANumber),
        ("NaN", NotANumber),
        ("0.00001", TooManyDecimals),
        ("1e-5", TooManyDecimals),
        ("1e-99999999999999999999", TooManyDecimals),
        ("1000000000000", TooLarge),
        ("-1e12", TooLarge),
        ("1e99999999999999999999", TooLarge),
    ] {
        assert_eq!(Money::parse_total(text), Err(expected), "{text}");
    }
}

#[test]
fn averages_round_half_away_from_zero() {
    let average = |total: &str, count| {
        Money::parse_total(total)
            .unwrap()
            .average(count)
            .map(|money| money.to_string())
    };
    assert_eq!(average("10", 3).as_deref(), Some("3.33"));
    assert_eq!(average("0.05", 2).as_deref(), Some("0.03"));
    assert_eq!(average("-0.05", 2).as_deref(), Some("-0.03"));
    assert_eq!(average("0.0149", 3).as_deref(), Some("0"));
    assert_eq!(average("-0.001", 1).as_deref(), Some("0"));
    assert_eq!(average("10", 0), None);
}

proptest! {
    #[test]
    fn every_total_comes_back_as_it_was(units in -9_999_999_999_999_999_i128..=9_999_999_999_999_999) {
        prop_assert_eq!(Money::parse_total(&Money(units).to_string()), Ok(Money(units)));
    }

    #[test]
    fn no_text_panics(text in "\\PC*|[-+.eE0-9]{0,60}") {
        if let Ok(money) = Money::parse_total(&text) {
            prop_assert!(money.0.abs() < 10_i128.pow(16), "{text}");
        }
    }
}
