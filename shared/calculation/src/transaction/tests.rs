//! Tests of `transaction`.

use super::*;

fn item(attributes: &[(&str, Value)]) -> Item {
    attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn number(text: &str) -> Value {
    Value::Number(text.into())
}

#[test]
fn a_total_that_cannot_be_read_sets_aside_unless_void() {
    let key = TransactionKey::parse("2026-01-01T10:00:00Z#a");
    let read = |item: &Item| match Transaction::read(key, item, None) {
        Reading::SetAside(reason) => Some(reason),
        _ => None,
    };
    for (total, reason) in [
        (Value::Null, SetAsideReason::NoTotal),
        (Value::Text("12".into()), SetAsideReason::TotalNotANumber),
        (Value::Bool(true), SetAsideReason::TotalNotANumber),
        (number("0.00001"), SetAsideReason::TotalTooManyDecimals),
        (number("1e12"), SetAsideReason::TotalTooLarge),
    ] {
        assert_eq!(read(&item(&[("total", total)])), Some(reason));
    }
    assert_eq!(read(&Item::new()), Some(SetAsideReason::NoTotal));
    let text_is_no_boolean = item(&[("is_void", Value::Text("true".into()))]);
    assert_eq!(read(&text_is_no_boolean), Some(SetAsideReason::NoTotal));
    let void = item(&[("is_void", Value::Bool(true))]);
    let malformed = TransactionKey::parse("x");
    assert_eq!(Transaction::read(malformed, &void, None), Reading::Void);
}

#[test]
fn another_currency_counts_by_its_converted_total() {
    let key = TransactionKey::parse("2026-01-01T10:00:00Z#a");
    let total = |own: Value, converted: Value, currency: &str| {
        let item = item(&[
            ("total", number("1")),
            ("currency", own),
            ("total_converted", converted),
        ]);
        match Transaction::read(key, &item, Currency::parse(currency)) {
            Reading::Counted(transaction) => Ok(transaction.total.to_string()),
            Reading::SetAside(reason) => Err(reason),
            Reading::Void => unreachable!("nothing is void here"),
        }
    };
    let text = |text: &str| Value::Text(text.into());
    for own in [
        text("AUD"),
        text(" aud "),
        text(""),
        text(" "),
        Value::Null,
        number("36"),
    ] {
        assert_eq!(total(own, number("2"), "AUD"), Ok("1".into()));
    }
    for own in [text("EUR"), text("Australian dollars"), text("€")] {
        assert_eq!(total(own.clone(), number("2"), "AUD"), Ok("2".into()));
        for unreadable in [Value::Null, text("2"), number("0.00001"), number("1e12")] {
            assert_eq!(
                total(own.clone(), unreadable, "AUD"),
                Err(SetAsideReason::Currency)
            );
        }
        assert_eq!(total(own, Value::Null, ""), Ok("1".into()));
    }
}

#[test]
fn quantities_count_when_greater_than_zero() {
    for (text, expected) in [
        ("1", true),
        ("0.001", true),
        ("1E+3", true),
        ("0", false),
        ("0E5", false),
        ("-2", false),
    ] {
        assert_eq!(is_positive(text), expected, "{text}");
    }
}
