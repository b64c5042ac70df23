//! What a calculation may read.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::TableError;

/// How many source items a calculation may read, and how many pages of them.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: Option<u64>,
    read: AtomicU64,
    page_limit: Option<u64>,
    pages: AtomicU64,
}

impl Budget {
    /// Nothing is read yet.
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self {
            limit,
            read: AtomicU64::new(0),
            page_limit: None,
            pages: AtomicU64::new(0),
        }
    }

    /// The same with a limit of pages, too.
    pub(crate) fn with_pages(self, limit: u64) -> Self {
        let page_limit = Some(limit);
        Self { page_limit, ..self }
    }

    /// Counts a page of items that was read.
    pub(crate) fn count(&self, items: usize) -> Result<(), TableError> {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        let read = self.read.fetch_add(items, Ordering::Relaxed) + items;
        let pages = self.pages.fetch_add(1, Ordering::Relaxed) + 1;
        match (self.limit, self.page_limit) {
            (Some(limit), _) if read > limit => Err(TableError::TooManyItems(limit)),
            (_, Some(limit)) if pages > limit => Err(TableError::TooManyPages(limit)),
            _ => Ok(()),
        }
    }
}
