//! All profiles, as one scan of the table found them.

use std::pin::pin;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use futures::TryStreamExt;
use table::{Segment, Table, TableError};
use tokio::task::{JoinError, JoinSet};

use crate::profile::Profile;

/// Segments that are scanned side by side: few, since the engine also serves everybody else.
const SEGMENTS: u32 = 4;
/// How many times the length of its scan a snapshot is served at least, so that the console takes a tenth of the engine's time.
const REST: u32 = 10;
/// After this a snapshot is stale even if nothing is known to have changed: other programs recalculate profiles as well.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Why a scan failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("a segment broke off")]
    Segment(#[from] JoinError),
}

/// All profiles, as one scan found them.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// INVARIANT: sorted by id, each id once.
    pub(crate) profiles: Vec<Profile>,
    /// Whose end the figures are of.
    pub(crate) as_of: NaiveDate,
    began: DateTime<Utc>,
    /// The changes that there had been when the scan began.
    changes: u64,
    took: Duration,
    ended: Instant,
}

impl Snapshot {
    /// Scans the table, as of today, after so many changes.
    pub(crate) async fn scan(table: &Table, changes: u64) -> Result<Self, ScanError> {
        let (began, clock) = (Utc::now(), Instant::now());
        let as_of = began.date_naive();
        let mut segments = JoinSet::new();
        for segment in Segment::all(SEGMENTS) {
            segments.spawn(read(table.clone(), segment, as_of));
        }
        let mut profiles = Vec::new();
        while let Some(read) = segments.join_next().await {
            profiles.append(&mut read??);
        }
        profiles.sort_unstable_by(|left, right| left.profile_id.cmp(&right.profile_id));
        // A scan may come by a profile twice.
        profiles.dedup_by(|left, right| left.profile_id == right.profile_id);
        profiles.shrink_to_fit();
        Ok(Self {
            profiles,
            as_of,
            began,
            changes,
            took: clock.elapsed(),
            ended: Instant::now(),
        })
    }

    /// Whether it is still what a scan would find after so many changes, or too young for another one.
    pub(crate) fn is_good(&self, today: NaiveDate, changes: u64, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.ended);
        let is_current = self.as_of == today && self.changes == changes && age < MAX_AGE;
        is_current || age < self.took.saturating_mul(REST)
    }

    /// Profiles whose figures cannot be read.
    pub(crate) fn unreadable(&self) -> usize {
        let profiles = self.profiles.iter();
        profiles.filter(|profile| profile.unreadable).count()
    }

    /// Since when it may lack changes.
    pub(crate) fn read_at(&self) -> String {
        self.began.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

async fn read(
    table: Table,
    segment: Segment,
    as_of: NaiveDate,
) -> Result<Vec<Profile>, TableError> {
    let mut profiles = Vec::new();
    let mut scanned = pin!(table.all_derived_as_of(as_of, segment));
    while let Some(scanned) = scanned.try_next().await? {
        profiles.extend(Profile::of(scanned, as_of)?);
    }
    Ok(profiles)
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    #[test]
    fn a_stale_one_is_served_for_ten_times_what_it_took() {
        let ended = Instant::now();
        let began = Utc::now();
        let today = began.date_naive();
        let snapshot = Snapshot {
            profiles: Vec::new(),
            as_of: today,
            began,
            changes: 7,
            took: Duration::from_secs(2),
            ended,
        };
        let (young, old) = (Duration::from_millis(19_999), Duration::from_secs(20));
        assert!(snapshot.is_good(today, 7, ended + old), "nothing changed");
        assert!(!snapshot.is_good(today, 7, ended + MAX_AGE));
        let tomorrow = today + Days::new(1);
        for (today, changes) in [(today, 8), (tomorrow, 7)] {
            assert!(snapshot.is_good(today, changes, ended + young));
            assert!(!snapshot.is_good(today, changes, ended + old));
        }
    }
}
