//! The latest snapshot of the customer base, and when another one is made.

use std::sync::Arc;
use std::time::Instant;

use chrono::Utc;
use table::Table;
use tokio::sync::Mutex;

use crate::changes::Changes;
use crate::problem::Problem;
use crate::snapshot::{ScanError, Snapshot};

/// The customer base as the last scan found it.
#[derive(Debug)]
pub(crate) struct Base {
    table: Table,
    changes: Changes,
    /// Held during a scan, so that all who come meanwhile wait for it.
    latest: Mutex<Latest>,
}

#[derive(Debug, Default)]
struct Latest {
    snapshot: Option<Arc<Snapshot>>,
    /// The last failure, and when it was.
    failure: Option<(Instant, Arc<ScanError>)>,
}

impl Base {
    pub(crate) fn new(table: Table, changes: Changes) -> Self {
        Self {
            table,
            changes,
            latest: Mutex::default(),
        }
    }

    /// The latest snapshot, or a new one if that is stale.
    pub(crate) async fn snapshot(self: &Arc<Self>) -> Result<Arc<Snapshot>, Problem> {
        let (base, asked) = (Arc::clone(self), Instant::now());
        // A task of its own: whoever asks and goes away, as a page does at each letter of a search, must not have the scan begin
        // anew time and again.
        let read = tokio::spawn(async move { base.read(asked).await });
        Ok(read.await??)
    }

    async fn read(&self, asked: Instant) -> Result<Arc<Snapshot>, Arc<ScanError>> {
        let mut latest = self.latest.lock().await;
        // Before the scan, so that a change during it makes the snapshot a stale one.
        let changes = self.changes.count();
        let today = Utc::now().date_naive();
        if let Some(snapshot) = &latest.snapshot
            && snapshot.is_good(today, changes, Instant::now())
        {
            return Ok(Arc::clone(snapshot));
        }
        // Whoever waited for a scan that failed need not wait for another one.
        if let Some((failed, error)) = &latest.failure
            && *failed >= asked
        {
            return Err(Arc::clone(error));
        }
        match Snapshot::scan(&self.table, changes).await {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                latest.snapshot = Some(Arc::clone(&snapshot));
                Ok(snapshot)
            }
            Err(error) => {
                let error = Arc::new(error);
                latest.failure = Some((Instant::now(), Arc::clone(&error)));
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
