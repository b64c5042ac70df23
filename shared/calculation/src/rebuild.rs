//! A ledger from nothing: all items of a profile, as one Query returns them.

use crate::currency::Currency;
use crate::fold::Fold;
use crate::key::SourceKey;
use crate::ledger::Ledger;
use crate::part::Part;
use crate::value::Item;

/// Folds all items of a profile, part by part.
#[derive(Debug)]
pub struct Rebuild {
    ledger: Ledger,
    open: Option<(Part, Fold)>,
}

impl Rebuild {
    /// Nothing yet. `currency` is the one of the deployment's figures, if it names one.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Rebuild;
    ///
    /// assert!(Rebuild::new(None).finish().is_empty());
    /// ```
    pub fn new(currency: Option<Currency>) -> Self {
        Self {
            ledger: Ledger::new(currency),
            open: None,
        }
    }

    /// Takes the next item. The items of a part must come one after another, as in the order of the sort key.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Rebuild, SourceKey};
    ///
    /// let mut rebuild = Rebuild::new(None);
    /// rebuild.add(SourceKey::Profile, &Item::new());
    /// assert!(rebuild.finish().exists());
    /// ```
    pub fn add(&mut self, key: SourceKey<'_>, item: &Item) {
        let part = key.part();
        if self.open.as_ref().is_none_or(|(open, _)| *open != part) {
            self.close();
            let mut fold = Fold::new(part.clone(), self.ledger.currency());
            self.ledger.lend_names(&mut fold);
            self.open = Some((part, fold));
        }
        if let Some((_, fold)) = &mut self.open {
            fold.add(key, item);
        }
    }

    /// The ledger of all items taken.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Currency, Rebuild};
    ///
    /// let currency = Currency::parse("EUR");
    /// assert_eq!(Rebuild::new(currency).finish().currency(), currency);
    /// ```
    pub fn finish(mut self) -> Ledger {
        self.close();
        self.ledger
    }

    /// Puts what the open part came to into the ledger.
    fn close(&mut self) {
        if let Some((_, fold)) = self.open.take() {
            self.ledger.replace(fold);
        }
    }
}
