//! Transactions as they stand in the table, and what they say.

use smallvec::SmallVec;

use crate::currency::Currency;
use crate::date::Instant;
use crate::key::TransactionKey;
use crate::money::{Money, TotalError};
use crate::set_aside::SetAsideReason;
use crate::value::{Item, Value};

/// Location ids and brands longer than this, in bytes, say nothing.
pub const MAX_NAME_BYTES: usize = 256;
/// What a location's `type` says of a website, in any case.
pub const WEBSITE_WORDS: [&str; 5] = ["online", "web", "website", "ecommerce", "e-commerce"];

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
        if text.is_empty() {
            None
        } else if WEBSITE_WORDS
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
    pub brands: SmallVec<[&'a str; 2]>,
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
    /// Whether this is a purchase: a transaction with a total greater than 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Reading, Transaction, TransactionKey, Value};
    ///
    /// let item = Item::from([("total".to_owned(), Value::Number("-5".to_owned()))]);
    /// let key = TransactionKey::parse("2026-01-31T10:00:00Z#return-1");
    /// let Reading::Counted(transaction) = Transaction::read(key, &item, None) else {
    ///     panic!("a return counts");
    /// };
    /// assert!(!transaction.is_purchase());
    /// ```
    pub fn is_purchase(&self) -> bool {
        self.total.is_positive()
    }

    /// Reads a transaction. Of what it cannot read, only the key and the amount matter; any other unreadable attribute says
    /// nothing.
    ///
    /// `currency` is the one of the deployment's figures, if it names one.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Reading, SetAsideReason, Transaction, TransactionKey};
    ///
    /// let key = TransactionKey::parse("2026-01-31T10:00:00Z#order-1");
    /// let item = Item::new();
    /// let reading = Transaction::read(key, &item, None);
    /// assert_eq!(reading, Reading::SetAside(SetAsideReason::NoTotal));
    /// ```
    pub fn read(
        key: TransactionKey<'a>,
        item: &'a Item,
        currency: Option<Currency>,
    ) -> Reading<'a> {
        let attributes = Attributes::of(item);
        if attributes.is_void.is_some_and(Value::is_true) {
            return Reading::Void;
        }
        match attributes.transaction(key, currency) {
            Ok(transaction) => Reading::Counted(transaction),
            Err(reason) => Reading::SetAside(reason),
        }
    }
}

/// The attributes of an item that a transaction is read from.
#[derive(Default)]
struct Attributes<'a> {
    is_void: Option<&'a Value>,
    total: Option<&'a Value>,
    currency: Option<&'a Value>,
    total_converted: Option<&'a Value>,
    location_id: Option<&'a Value>,
    channel: Option<&'a Value>,
    items: Option<&'a Value>,
}

impl<'a> Attributes<'a> {
    /// Looks at each attribute once, instead of looking up seven.
    fn of(item: &'a Item) -> Self {
        let mut attributes = Self::default();
        for (name, value) in item {
            let attribute = match name.as_str() {
                "is_void" => &mut attributes.is_void,
                "total" => &mut attributes.total,
                "currency" => &mut attributes.currency,
                "total_converted" => &mut attributes.total_converted,
                "location_id" => &mut attributes.location_id,
                "channel" => &mut attributes.channel,
                "items" => &mut attributes.items,
                _ => continue,
            };
            *attribute = Some(value);
        }
        attributes
    }

    fn transaction(
        &self,
        key: TransactionKey<'a>,
        currency: Option<Currency>,
    ) -> Result<Transaction<'a>, SetAsideReason> {
        let (instant, id) = key.parts()?;
        let total = self.amount(currency)?;
        let lines = match self.items {
            Some(Value::List(lines)) => lines.as_slice(),
            _ => &[],
        };
        Ok(Transaction {
            instant,
            id,
            total,
            location: self.location_id.and_then(location_id),
            channel: self
                .channel
                .and_then(Value::as_text)
                .and_then(Channel::parse),
            brands: lines.iter().filter_map(brand_of_line).collect(),
        })
    }

    /// What the transaction counts by: its total, or, when it names another currency than that of the figures, its converted
    /// total. Amounts of different currencies are never added up, and never converted here.
    fn amount(&self, currency: Option<Currency>) -> Result<Money, SetAsideReason> {
        let own = self
            .currency
            .and_then(Value::as_text)
            .filter(|own| !own.trim().is_empty());
        if let (Some(currency), Some(own)) = (currency, own)
            && !currency.is_written(own)
        {
            return match self.total_converted {
                Some(Value::Number(text)) => {
                    Money::parse_total(text).map_err(|_| SetAsideReason::Currency)
                }
                _ => Err(SetAsideReason::Currency),
            };
        }
        match self.total {
            None | Some(Value::Null) => Err(SetAsideReason::NoTotal),
            Some(Value::Number(text)) => Money::parse_total(text).map_err(|error| match error {
                TotalError::NotANumber => SetAsideReason::TotalNotANumber,
                TotalError::TooManyDecimals => SetAsideReason::TotalTooManyDecimals,
                TotalError::TooLarge => SetAsideReason::TotalTooLarge,
            }),
            Some(_) => Err(SetAsideReason::TotalNotANumber),
        }
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
    let mut brand = None;
    for (name, value) in line {
        let counts = match (name.as_str(), value) {
            ("is_void", value) => !value.is_true(),
            ("quantity", Value::Number(quantity)) => is_positive(quantity),
            ("quantity", value) => *value == Value::Null,
            ("brand", value) => {
                brand = value.as_text().and_then(self::name);
                true
            }
            _ => true,
        };
        if !counts {
            return None;
        }
    }
    brand
}

/// Whether the text of a number, which may be larger and finer than a total, is greater than zero.
fn is_positive(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    !mantissa.starts_with('-') && mantissa.contains(|digit: char| ('1'..='9').contains(&digit))
}

#[cfg(test)]
mod tests;
