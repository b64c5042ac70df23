//! A ledger from nothing: all items of a profile, as one Query returns them.

use crate::ledger::Ledger;
use crate::part::Part;
use crate::value::Item;

/// Folds all items of a profile, page by page, without holding more than one part of them.
#[derive(Debug, Default)]
pub struct Rebuild {
    ledger: Ledger,
    part: Option<Part>,
    items: Vec<Item>,
}

impl Rebuild {
    /// Takes the next item; one that is no source item is passed over.
    ///
    /// The items of a part must come one after another, as in the order of the sort key; each transaction that
    /// begins with no real date is a part by itself.
    pub fn add(&mut self, item: Item) {
        let Some(part) = Part::of_item(&item) else {
            return;
        };
        if self.part.as_ref() != Some(&part) {
            self.fold();
            self.part = Some(part);
        }
        self.items.push(item);
    }

    /// The ledger of all items taken.
    pub fn finish(mut self) -> Ledger {
        self.fold();
        self.ledger
    }

    fn fold(&mut self) {
        if let Some(part) = self.part.take() {
            self.ledger.replace(&part, &self.items);
        }
        self.items.clear();
    }
}
