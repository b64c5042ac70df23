//! The settings of derived items.

use calculation::{Closing, Currency};

/// A deployment's settings of its derived items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The currency of the figures; without one, every transaction counts by its total.
    pub currency: Option<Currency>,
    /// Whether the figures of the day are stored beside the ledger, for people who look at the table and for exports.
    pub store_figures: bool,
    /// When days are closed.
    pub closing: Closing,
    /// How many items a recalculation may read, all tries together; one that needs more fails with
    /// [`TableError::TooManyItems`](crate::TableError::TooManyItems). `None` for no limit.
    pub max_items: Option<u64>,
}

impl Default for Settings {
    /// No currency; figures are stored; days are closed when it pays; a recalculation reads whatever it needs.
    fn default() -> Self {
        Self {
            currency: None,
            store_figures: true,
            closing: Closing::default(),
            max_items: None,
        }
    }
}
