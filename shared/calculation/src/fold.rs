//! Folding the items of one part, as they come.

use crate::currency::Currency;
use crate::day::DayFold;
use crate::key::{SourceKey, TransactionKey};
use crate::part::Part;
use crate::profile::{Addresses, Profile};
use crate::set_aside::{ListedKey, SetAsideReason};
use crate::transaction::{Reading, Transaction};
use crate::value::Item;

/// What the items of one part came to, as far as they were read. Memory does not grow with their number or size, only with
/// the names of locations and brands in them.
///
/// When all items of the part were taken, [`Ledger::replace`](crate::Ledger::replace) puts the fold in the place of what the
/// ledger knew of the part.
///
/// # Examples
///
/// ```
/// use calculation::{Fold, Item, Ledger, Part, SourceKey, TransactionKey, Value, parse_date};
///
/// let mut fold = Fold::new(Part::Date(parse_date("2026-01-31").unwrap()), None);
/// let key = SourceKey::Transaction(TransactionKey::parse("2026-01-31T10:00:00Z#order-1"));
/// fold.add(key, &Item::from([("total".into(), Value::Number("49.90".into()))]));
///
/// let mut ledger = Ledger::new(None);
/// ledger.replace(fold);
/// assert!(ledger.exists());
/// ```
#[derive(Clone, Debug)]
pub struct Fold {
    currency: Option<Currency>,
    pub(crate) content: Content,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Profile(Option<Profile>),
    Addresses(Addresses),
    Date(Box<DayFold>),
    Undated(String, Option<SetAsideReason>),
}

impl Fold {
    /// A part of which nothing was read yet. `currency` is the one of the deployment's figures, if it names one.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Fold, Ledger, Part};
    ///
    /// // The profile record was deleted: nothing is added.
    /// let mut ledger = Ledger::default();
    /// ledger.replace(Fold::new(Part::Profile, None));
    /// assert!(!ledger.exists());
    /// ```
    pub fn new(part: Part, currency: Option<Currency>) -> Self {
        let content = match part {
            Part::Profile => Content::Profile(None),
            Part::Addresses => Content::Addresses(Addresses::default()),
            Part::Date(date) => Content::Date(DayFold::new(date)),
            Part::Undated(key) => Content::Undated(key, None),
        };
        Self { currency, content }
    }

    /// Takes the next item of the part, in any order. An item of another part is ignored.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Fold, Item, Ledger, SourceKey, TransactionKey, Value};
    ///
    /// let key = SourceKey::Transaction(TransactionKey::parse("2026-01-31T10:00:00Z#order-1"));
    /// let mut fold = Fold::new(key.part(), None);
    /// fold.add(key, &Item::from([("total".to_owned(), Value::Number("49.90".to_owned()))]));
    /// let mut ledger = Ledger::default();
    /// ledger.replace(fold);
    /// assert!(ledger.exists());
    /// ```
    pub fn add(&mut self, key: SourceKey<'_>, item: &Item) {
        match (&mut self.content, key) {
            (Content::Profile(profile), SourceKey::Profile) => *profile = Some(Profile::read(item)),
            (Content::Addresses(addresses), SourceKey::Address(_)) => addresses.add(item),
            (Content::Date(fold), SourceKey::Transaction(key))
                if key.date() == Some(fold.day.date) =>
            {
                match &Transaction::read(key, item, self.currency) {
                    Reading::Counted(transaction) => fold.add(transaction),
                    Reading::SetAside(reason) => {
                        fold.set_aside(ListedKey::new(&key.to_string()), *reason);
                    }
                    Reading::Void => {}
                }
            }
            (
                Content::Undated(text, reason),
                SourceKey::Transaction(TransactionKey::Malformed(key)),
            ) if text == key => {
                *reason =
                    match Transaction::read(TransactionKey::Malformed(key), item, self.currency) {
                        Reading::SetAside(reason) => Some(reason),
                        Reading::Counted(_) | Reading::Void => None,
                    };
            }
            _ => {}
        }
    }
}
