//! Parsed keys of source items. Their text form has its home in the `table` crate.

use std::fmt;

use chrono::NaiveDate;

use crate::date::{DATE_BYTES, Instant, parse_date};
use crate::part::Part;
use crate::set_aside::SetAsideReason;

/// Bytes of an instant in a key, `YYYY-MM-DDTHH:MM:SSZ`.
const INSTANT_BYTES: usize = 20;

/// The key of a source item within its profile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SourceKey<'a> {
    /// The profile record.
    Profile,
    /// An address, by its id.
    Address(&'a str),
    /// A purchase or return.
    Transaction(TransactionKey<'a>),
}

impl SourceKey<'_> {
    /// The part of the profile that the item belongs to.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Part, SourceKey, TransactionKey, parse_date};
    ///
    /// let key = SourceKey::Transaction(TransactionKey::parse("2026-01-31T10:00:00Z#order-1"));
    /// assert_eq!(key.part(), Part::Date(parse_date("2026-01-31").unwrap()));
    /// assert_eq!(SourceKey::Address("home").part(), Part::Addresses);
    /// ```
    pub fn part(&self) -> Part {
        match self {
            Self::Profile => Part::Profile,
            Self::Address(_) => Part::Addresses,
            Self::Transaction(key) => match key.date() {
                Some(date) => Part::Date(date),
                None => Part::Undated(key.to_string()),
            },
        }
    }
}

/// What identifies a transaction within its profile: `<instant>#<transaction id>`.
///
/// # Examples
///
/// ```
/// use calculation::TransactionKey;
///
/// let key = TransactionKey::parse("2026-01-31T10:00:00Z#order-1");
/// let TransactionKey::Valid { id, .. } = key else { panic!("a valid key") };
/// assert_eq!(id, "order-1");
/// assert_eq!(key.to_string(), "2026-01-31T10:00:00Z#order-1");
/// assert!(matches!(TransactionKey::parse("yesterday"), TransactionKey::Malformed(_)));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TransactionKey<'a> {
    /// A real instant and an id that is not empty.
    Valid {
        /// When the transaction happened.
        instant: Instant,
        /// The retailer's id of the transaction.
        id: &'a str,
    },
    /// Any other text; a transaction with such a key is set aside.
    Malformed(&'a str),
}

impl<'a> TransactionKey<'a> {
    /// Parses a key; every text is one, if need be a malformed one.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::TransactionKey;
    ///
    /// let key = TransactionKey::parse("2026-01-31T10:00:00Z#order-1");
    /// assert!(matches!(key, TransactionKey::Valid { id: "order-1", .. }));
    /// assert_eq!(TransactionKey::parse("order-1"), TransactionKey::Malformed("order-1"));
    /// ```
    pub fn parse(text: &'a str) -> Self {
        let parts = || {
            let (instant, id) = text.split_at_checked(INSTANT_BYTES)?;
            let id = id.strip_prefix('#').filter(|id| !id.is_empty())?;
            Some((Instant::parse(instant)?, id))
        };
        match parts() {
            Some((instant, id)) => Self::Valid { instant, id },
            None => Self::Malformed(text),
        }
    }

    /// The date with which the key begins, if it is a real one. A malformed key may have one, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{TransactionKey, parse_date};
    ///
    /// let malformed = TransactionKey::parse("2026-01-31#order-1");
    /// assert_eq!(malformed.date(), parse_date("2026-01-31"));
    /// assert_eq!(TransactionKey::parse("order-1").date(), None);
    /// ```
    pub fn date(&self) -> Option<NaiveDate> {
        match self {
            Self::Valid { instant, .. } => Some(instant.date),
            Self::Malformed(text) => text.get(..DATE_BYTES).and_then(parse_date),
        }
    }

    /// The instant and the transaction id.
    ///
    /// # Errors
    ///
    /// The key is malformed; the reason says what is wrong with it.
    pub(crate) fn parts(&self) -> Result<(Instant, &'a str), SetAsideReason> {
        match self {
            Self::Valid { instant, id } => Ok((*instant, id)),
            Self::Malformed(text) => Err(match text.split_at_checked(INSTANT_BYTES) {
                Some((instant, "" | "#")) if Instant::parse(instant).is_some() => {
                    SetAsideReason::NoTransactionId
                }
                _ => SetAsideReason::NotAnInstant,
            }),
        }
    }
}

impl fmt::Display for TransactionKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid { instant, id } => {
                write!(formatter, "{}T{}Z#{id}", instant.date, instant.time())
            }
            Self::Malformed(text) => formatter.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_it_was_read() {
        for text in [
            "2026-01-01T10:00:00Z#a",
            "0001-01-01T00:00:00Z#a#b",
            "9999-12-31T23:59:59Z##",
            "2026-01-01T10:00:00Z#",
            "2026-01-01T10:00:60Z#a",
            "yesterday",
            "",
        ] {
            assert_eq!(TransactionKey::parse(text).to_string(), text);
        }
    }

    #[test]
    fn a_malformed_key_says_why_and_may_have_a_date() {
        for (text, reason, has_date) in [
            (
                "2026-01-01T10:00:00Z#",
                SetAsideReason::NoTransactionId,
                true,
            ),
            (
                "2026-01-01T10:00:00Z",
                SetAsideReason::NoTransactionId,
                true,
            ),
            ("2026-01-01T10:00:00Za", SetAsideReason::NotAnInstant, true),
            ("2026-01-01T10:00:60Z", SetAsideReason::NotAnInstant, true),
            ("2026-01-01T10:00:60Z#", SetAsideReason::NotAnInstant, true),
            (
                "2026-02-30T10:00:00Z#a",
                SetAsideReason::NotAnInstant,
                false,
            ),
            (
                "2026-01-01T10:00:00.000Z#a",
                SetAsideReason::NotAnInstant,
                true,
            ),
            ("2026-01-01#a", SetAsideReason::NotAnInstant, true),
            ("2026-01-01", SetAsideReason::NotAnInstant, true),
            ("", SetAsideReason::NotAnInstant, false),
            ("ééééééééééé#a", SetAsideReason::NotAnInstant, false),
        ] {
            let key = TransactionKey::parse(text);
            assert_eq!(key.parts(), Err(reason), "{text}");
            assert_eq!(key.date().is_some(), has_date, "{text}");
        }
    }

    #[test]
    fn an_id_may_hold_the_separator() {
        let key = TransactionKey::parse("2026-01-01T10:00:00Z#a#b");
        assert_eq!(key.parts().map(|(_, id)| id), Ok("a#b"));
    }
}
