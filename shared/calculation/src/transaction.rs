//! Transactions as they stand in the table, and what they say.

use crate::date::Instant;
use crate::money::{Money, TotalError};
use crate::set_aside::Reason;
use crate::value::{Item, Value};

/// Location ids and brands longer than this, in bytes, say nothing.
pub const MAX_NAME_BYTES: usize = 256;
/// What the sort key of a transaction begins with.
pub(crate) const PREFIX: &str = "TXN#";
/// Bytes of an instant in a key, `YYYY-MM-DDTHH:MM:SSZ`.
const INSTANT_BYTES: usize = 20;

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
    SetAside(Reason),
    /// A void transaction: it counts for nothing, whatever else is wrong with it.
    Void,
}

impl<'a> Transaction<'a> {
    /// Whether this is a shop: a transaction with a total greater than 0.
    pub fn is_shop(&self) -> bool {
        self.total.is_positive()
    }

    /// Reads the item with sort key `key`. Of what it cannot read, only the key and the total matter; any other
    /// unreadable attribute says nothing.
    pub fn read(key: &'a str, item: &'a Item) -> Reading<'a> {
        if item.get("is_void").is_some_and(Value::is_true) {
            return Reading::Void;
        }
        match read_counted(key, item) {
            Ok(transaction) => Reading::Counted(transaction),
            Err(reason) => Reading::SetAside(reason),
        }
    }
}

fn read_counted<'a>(key: &'a str, item: &'a Item) -> Result<Transaction<'a>, Reason> {
    let (instant, id) = read_key(key)?;
    let total = match item.get("total") {
        None | Some(Value::Null) => return Err(Reason::NoTotal),
        Some(Value::Number(text)) => Money::parse_total(text).map_err(|error| match error {
            TotalError::NotANumber => Reason::TotalNotANumber,
            TotalError::TooManyDecimals => Reason::TotalTooManyDecimals,
            TotalError::TooLarge => Reason::TotalTooLarge,
        })?,
        Some(_) => return Err(Reason::TotalNotANumber),
    };
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

/// Reads `TXN#<instant>#<id>`.
fn read_key(key: &str) -> Result<(Instant, &str), Reason> {
    let rest = key.strip_prefix(PREFIX).ok_or(Reason::NotAnInstant)?;
    let (instant, id) = rest
        .split_at_checked(INSTANT_BYTES)
        .ok_or(Reason::NotAnInstant)?;
    let instant = Instant::parse(instant).ok_or(Reason::NotAnInstant)?;
    match id.strip_prefix('#') {
        Some("") => Err(Reason::NoTransactionId),
        Some(id) => Ok((instant, id)),
        None if id.is_empty() => Err(Reason::NoTransactionId),
        None => Err(Reason::NotAnInstant),
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
    fn a_key_that_cannot_be_read_sets_aside() {
        let paid = item(&[("total", number("1"))]);
        for (key, reason) in [
            ("TXN#2026-01-01T10:00:00Z#", Reason::NoTransactionId),
            ("TXN#2026-01-01T10:00:00Z", Reason::NoTransactionId),
            ("TXN#2026-02-30T10:00:00Z#a", Reason::NotAnInstant),
            ("TXN#2026-01-01T10:00:00.000Z#a", Reason::NotAnInstant),
            ("TXN#2026-01-01#a", Reason::NotAnInstant),
            ("TXN#", Reason::NotAnInstant),
            ("TXN#ééééééééééé#a", Reason::NotAnInstant),
        ] {
            assert_eq!(
                Transaction::read(key, &paid),
                Reading::SetAside(reason),
                "{key}"
            );
        }
    }

    #[test]
    fn an_id_may_hold_the_separator() {
        let paid = item(&[("total", number("1"))]);
        let Reading::Counted(transaction) =
            Transaction::read("TXN#2026-01-01T10:00:00Z#a#b", &paid)
        else {
            panic!("not counted");
        };
        assert_eq!(transaction.id, "a#b");
    }

    #[test]
    fn a_total_that_cannot_be_read_sets_aside_unless_void() {
        let key = "TXN#2026-01-01T10:00:00Z#a";
        for (total, reason) in [
            (Value::Null, Reason::NoTotal),
            (Value::Text("12".into()), Reason::TotalNotANumber),
            (Value::Bool(true), Reason::TotalNotANumber),
            (number("0.00001"), Reason::TotalTooManyDecimals),
            (number("1e12"), Reason::TotalTooLarge),
        ] {
            let unpaid = item(&[("total", total)]);
            assert_eq!(Transaction::read(key, &unpaid), Reading::SetAside(reason));
        }
        assert_eq!(
            Transaction::read(key, &Item::new()),
            Reading::SetAside(Reason::NoTotal)
        );
        assert_eq!(
            Transaction::read("TXN#x", &item(&[("is_void", Value::Bool(true))])),
            Reading::Void
        );
        let text_is_no_boolean = item(&[("is_void", Value::Text("true".into()))]);
        assert_eq!(
            Transaction::read(key, &text_is_no_boolean),
            Reading::SetAside(Reason::NoTotal)
        );
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
