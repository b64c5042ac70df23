//! A batch of stream records: the profiles in it side by side, and what becomes of those that fail.

use std::time::Duration;

use aws_lambda_events::event::streams::DynamoDbEventResponse;
use futures::{StreamExt, stream};
use serde_json::Value;
use table::{Outcome, ProfileId, Settings, TableError, Written, recalculate};
use telemetry::chain;
use tokio::time::Instant;
use tracing::{error, warn};

use crate::measurements::Measurements;
use crate::queue::UnfinishedProfile;
use crate::records::{Changes, GroupedBatch, in_order, lower};
use crate::{InvocationError, MARGIN, RecalculateAggregations, Unfinished, failures, now, until};

/// Profiles that one invocation works on at the same time. Each waits for DynamoDB most of the time.
const SIDE_BY_SIDE: usize = 16;
/// What fails is left to the stream for so long, which sends it again; then it no longer holds up what is behind it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many items a profile may take of a batch's time. A page of a Query has 1 MB, some 3,500 transactions, so these are six
/// pages; what needs more is left to the queue, where nobody waits behind it.
const MAX_ITEMS: u64 = 20_000;
/// What the queue may take of the [`MARGIN`].
pub(crate) const HAND_OVER: Duration = Duration::from_secs(4);
const _: () = assert!(HAND_OVER.as_secs() < MARGIN.as_secs());

/// A profile that is not done.
struct Left {
    profile: ProfileId,
    changes: Changes,
    why: Unfinished,
}

impl Left {
    /// Whether the queue is the better place for it: it holds up others, or would.
    fn belongs_in_queue(&self) -> bool {
        match &self.why {
            Unfinished::Failed(TableError::TooManyItems(_)) => true,
            Unfinished::NotBegun => false,
            _ => self.changes.is_older_than(PATIENCE),
        }
    }
}

impl RecalculateAggregations {
    /// Recalculates what a batch of stream records names.
    pub(crate) async fn follow_stream(
        &self,
        records: Vec<Value>,
        deadline: Option<Instant>,
        measurements: &mut Measurements,
    ) -> Result<DynamoDbEventResponse, InvocationError> {
        let batch = GroupedBatch::group(records);
        measurements.begin(&batch);
        // Neither kind gets better, however often it comes.
        for (skipped, why) in [
            (&batch.unreadable, "skipped unreadable records"),
            (&batch.ignored, "skipped records without a valid profile"),
        ] {
            if skipped.count > 0 {
                let sequence_number = skipped.first.as_deref();
                warn!(records = skipped.count, sequence_number, "{why}");
            }
        }
        let settings = Settings {
            max_items: self.queue.as_ref().map(|_| MAX_ITEMS),
            ..self.settings
        };
        let results: Vec<_> = stream::iter(in_order(batch.profiles))
            .map(|(profile, changes)| async {
                let work = async {
                    let done = recalculate(&self.table, &settings, &profile, &changes.parts, now);
                    Ok(done.await?)
                };
                let result = until(deadline, work).await;
                (profile, changes, result)
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut report = Report::default();
        let mut left = Vec::new();
        for (profile, changes, result) in results {
            match result {
                Ok(outcome) => {
                    (self.observer)(&profile, &outcome);
                    report.add(&outcome, changes.sequence_number.as_deref());
                }
                Err(why) => left.push(Left {
                    profile,
                    changes,
                    why,
                }),
            }
        }
        let handed_over = self.hand_over(&left, deadline).await;
        for (left, is_handed_over) in left.into_iter().zip(handed_over) {
            report.leave(left, is_handed_over);
        }
        measurements.end(&report);
        report.answer()
    }

    /// Hands over what belongs in the queue. Tells of each profile whether it is there.
    async fn hand_over(&self, left: &[Left], deadline: Option<Instant>) -> Vec<bool> {
        let mut handed_over = vec![false; left.len()];
        let Some(queue) = &self.queue else {
            return handed_over;
        };
        let belongs = left.iter().enumerate();
        let belongs = belongs.filter(|(_, left)| left.belongs_in_queue());
        let (places, messages): (Vec<_>, Vec<_>) = belongs
            .map(|(place, left)| {
                let keys = left.changes.keys.iter().cloned();
                let message = UnfinishedProfile::new(left.profile.clone(), keys).message();
                (place, message)
            })
            .unzip();
        if messages.is_empty() {
            return handed_over;
        }
        let sent = queue.send(&messages);
        let failed = match deadline {
            None => sent.await,
            Some(deadline) => {
                let sent = tokio::time::timeout_at(deadline + HAND_OVER, sent).await;
                sent.unwrap_or_else(|_| (0..messages.len()).collect())
            }
        };
        for (message, place) in places.into_iter().enumerate() {
            if let Some(is_there) = handed_over.get_mut(place) {
                *is_there = !failed.contains(&message);
            }
        }
        handed_over
    }
}

/// What a batch came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) recalculated: u64,
    pub(crate) handed_over: usize,
    pub(crate) unfinished: usize,
    pub(crate) too_large: usize,
    pub(crate) lost_races: u32,
    pub(crate) newly_set_aside: u64,
    /// The lowest sequence number of what is neither done nor handed over.
    lowest: Option<String>,
    /// Whether something of it has no sequence number.
    nameless: bool,
}

impl Report {
    /// A profile that is done.
    pub(crate) fn add(&mut self, outcome: &Outcome, sequence_number: Option<&str>) {
        self.recalculated += 1;
        self.lost_races += outcome.lost_races;
        self.newly_set_aside += outcome.newly_set_aside;
        if outcome.written == Written::Incomplete {
            self.too_large += 1;
            error!(
                sequence_number,
                "profile is too large for its derived item; the last good document stays"
            );
        }
        if outcome.newly_set_aside > 0 {
            warn!(
                newly_set_aside = outcome.newly_set_aside,
                set_aside = outcome.set_aside,
                sequence_number,
                "profile has transactions that cannot be counted"
            );
        }
    }

    fn leave(&mut self, left: Left, is_handed_over: bool) {
        if let Unfinished::Failed(TableError::LostRaces(races)) = left.why {
            self.lost_races += races;
        }
        let sequence_number = left.changes.sequence_number;
        let error = chain(&left.why);
        if is_handed_over {
            warn!(
                error,
                sequence_number, "profile is not done and went to the queue of unfinished profiles"
            );
            self.handed_over += 1;
            return;
        }
        error!(
            error,
            sequence_number, "profile is not done and will be retried"
        );
        self.unfinished += 1;
        match (sequence_number, self.lowest.take()) {
            (None, _) => self.nameless = true,
            (Some(number), None) => self.lowest = Some(number),
            (Some(number), Some(lowest)) => self.lowest = Some(lower(number, lowest)),
        }
    }

    fn answer(self) -> Result<DynamoDbEventResponse, InvocationError> {
        if self.nameless {
            return Err(InvocationError::NoSequenceNumber);
        }
        Ok(failures(self.lowest))
    }
}
