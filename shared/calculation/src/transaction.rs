//! Transactions as they stand in the table, and what they say.

use crate::currency::Currency;
use crate::date::Instant;
use crate::key::TransactionKey;
use crate::money::{Money, TotalError};
use crate::set_aside::SetAsideReason;
use crate::value::{Item, Value};

/// Location ids and brands longer than this, in bytes, say nothing.
pub const MAX_NAME_BYTES: usize = 256;

/// Where a customer shopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Channel {
    /// At a point of sale.
    PointOfSale,
    /// On the website.
    Website,
}

impl Channel {
    /// The channel that a transaction names, `pos` or `website` in any case.
    fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("pos") {
            Some(Self::PointOfSale)
        } else if text.eq_ignore_ascii_case("website") {
            Some(Self::Website)
        } else {
            None
        }
    }

    /// The channel that a location's `type` stands for; none for an empty one.
    pub(crate) fn of_location_type(text: &str) -> Option<Self> {
        const WEBSITE_TYPES: [&str; 5] = ["online", "web", "website", "ecommerce", "e-commerce"];
        if text.is_empty() {
            None
        } else if WEBSITE_TYPES
            .iter()
            .any(|known| text.eq_ignore_ascii_case(known))
        {
            Some(Self::Website)
        } else {
            Some(Self::PointOfSale)
        }
    }
}

/// A purchase or return that counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transaction<'a> {
    /// When it happened, from its key.
    pub instant: Instant,
    /// Its id, from its key.
    pub id: &'a str,
    /// What was paid; negative for a return.
    pub total: Money,
    /// Where, as text.
    pub location: Option<&'a str>,
    /// The channel that it names itself.
    pub channel: Option<Channel>,
    /// The brands of its lines that count, in their order, not unique.
    pub brands: Vec<&'a str>,
}

/// What an item of the table turned out to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reading<'a> {
    /// A transaction that counts.
    Counted(Transaction<'a>),
    /// A transaction whose key or total cannot be read.
    SetAside(SetAsideReason),
    /// A void transaction: it counts for nothing, whatever else is wrong with it.
    Void,
}

impl<'a> Transaction<'a> {
    /// Whether this is a shop: a transaction with a total greater than 0.
    pub fn is_shop(&self) -> bool {
        self.total.is_positive()
    }

    /// Reads a transaction. Of what it cannot read, only the key and the amount matter; any other unreadable attribute says
    /// nothing.
    ///
    /// `currency` is the one of the deployment's figures, if it names one.
    pub fn read(
        key: TransactionKey<'a>,
        item: &'a Item,
        currency: Option<Currency>,
    ) -> Reading<'a> {
        if item.get("is_void").is_some_and(Value::is_true) {
            return Reading::Void;
        }
        match read_counted(key, item, currency) {
            Ok(transaction) => Reading::Counted(transaction),
            Err(reason) => Reading::SetAside(reason),
        }
    }
}

fn read_counted<'a>(
    key: TransactionKey<'a>,
    item: &'a Item,
    currency: Option<Currency>,
) -> Result<Transaction<'a>, SetAsideReason> {
    let (instant, id) = key.parts()?;
    let total = amount(item, currency)?;
    let lines = match item.get("items") {
        Some(Value::List(lines)) => lines.as_slice(),
        _ => &[],
    };
    Ok(Transaction {
        instant,
        id,
        total,
        location: item.get("location_id").and_then(location_id),
        channel: item
            .get("channel")
            .and_then(Value::as_text)
            .and_then(Channel::parse),
        brands: lines.iter().filter_map(brand_of_line).collect(),
    })
}

/// What the transaction counts by: its total, or, when it names another currency than that of the figures, its converted
/// total. Amounts of different currencies are never added up, and never converted here.
fn amount(item: &Item, currency: Option<Currency>) -> Result<Money, SetAsideReason> {
    let own = item
        .get("currency")
        .and_then(Value::as_text)
        .filter(|own| !own.trim().is_empty());
    if let (Some(currency), Some(own)) = (currency, own)
        && !currency.is_written(own)
    {
        return match item.get("total_converted") {
            Some(Value::Number(text)) => {
                Money::parse_total(text).map_err(|_| SetAsideReason::Currency)
            }
            _ => Err(SetAsideReason::Currency),
        };
    }
    match item.get("total") {
        None | Some(Value::Null) => Err(SetAsideReason::NoTotal),
        Some(Value::Number(text)) => Money::parse_total(text).map_err(|error| match error {
            TotalError::NotANumber => SetAsideReason::TotalNotANumber,
            TotalError::TooManyDecimals => SetAsideReason::TotalTooManyDecimals,
            TotalError::TooLarge => SetAsideReason::TotalTooLarge,
        }),
        Some(_) => Err(SetAsideReason::TotalNotANumber),
    }
}

/// A location id as text, whether it is stored as text or number.
pub(crate) fn location_id(value: &Value) -> Option<&str> {
    match value {
        Value::Text(id) | Value::Number(id) => name(id),
        _ => None,
    }
}

/// A name that says something: neither empty nor too long.
fn name(text: &str) -> Option<&str> {
    (1..=MAX_NAME_BYTES).contains(&text.len()).then_some(text)
}

/// The brand of a line, if the line counts for brands.
fn brand_of_line(line: &Value) -> Option<&str> {
    let Value::Map(line) = line else { return None };
    if line.get("is_void").is_some_and(Value::is_true) {
        return None;
    }
    let counts = match line.get("quantity") {
        None | Some(Value::Null) => true,
        Some(Value::Number(quantity)) => is_positive(quantity),
        Some(_) => false,
    };
    line.get("brand")
        .and_then(Value::as_text)
        .and_then(name)
        .filter(|_| counts)
}

/// Whether the text of a number, which may be larger and finer than a total, is greater than zero.
fn is_positive(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    !mantissa.starts_with('-') && mantissa.contains(|digit: char| ('1'..='9').contains(&digit))
}

#[cfg(test)]
mod tests {
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
}
