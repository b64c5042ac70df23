//! The parts of a profile, each of which is folded by itself.

use chrono::NaiveDate;

/// What a recalculation reads and folds as a whole.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// The profile record.
    Profile,
    /// All addresses.
    Addresses,
    /// All transactions whose key begins with this date.
    Date(NaiveDate),
    /// The one transaction with this key, which begins with no real date.
    Undated(String),
}
