//! What tells the console that the customer base is no longer what it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts recalculations. Clones count together.
///
/// # Examples
///
/// ```
/// use local_console::Changes;
///
/// let changes = Changes::default();
/// changes.clone().note();
/// assert_eq!(changes.count(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<AtomicU64>);

impl Changes {
    /// Notes a recalculation that is stored.
    pub fn note(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
