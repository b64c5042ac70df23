//! The stream function: takes a batch of DynamoDB stream records and recalculates the profiles that they name.
//!
//! Records only tell which keys changed; what is stored is read by the protocol in `table`. So a batch may come twice, late,
//! out of order or split, and the result is the same.

mod measurements;
mod records;
mod settings;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use calculation::Part;
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Deserialize;
use serde_json::Value;
use table::{Outcome, ProfileId, Settings, Table, TableError, Written, recalculate};
use telemetry::{ColdStart, Metrics, chain, no_metrics};
use tokio::time::Instant;
use tracing::{Instrument, error, error_span, warn};

use crate::measurements::Measurements;
use crate::records::{GroupedBatch, in_order, lower};
pub use crate::settings::{InvalidSetting, settings};

/// Profiles that one invocation works on at the same time. Each waits for DynamoDB most of the time.
const SIDE_BY_SIDE: usize = 16;
/// What is left of the deadline to report what is unfinished.
const MARGIN: Duration = Duration::from_secs(1);

/// Why a whole batch failed.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The event is not that of a DynamoDB stream. Its content is not logged.
    #[error("the event lacks the list `Records`")]
    NotAnEvent,
    /// A record failed that has no sequence number, so it cannot be reported by itself.
    #[error("a record without a sequence number failed")]
    NoSequenceNumber,
}

impl From<BatchError> for Diagnostic {
    fn from(error: BatchError) -> Self {
        let error_type = match error {
            BatchError::NotAnEvent => "NotAnEvent",
            BatchError::NoSequenceNumber => "NoSequenceNumber",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// Why one profile is not done.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error("recalculation failed")]
    Failed(#[from] TableError),
    #[error("recalculation was unfinished shortly before the deadline")]
    OutOfTime,
}

/// The stream function: recalculates the profiles that a batch of stream records names.
pub struct RecalculateAggregations {
    table: Table,
    settings: Settings,
    metrics: Metrics,
    start: ColdStart,
    observer: Box<Observer>,
}

/// Sees what became of a profile.
type Observer = dyn Fn(&ProfileId, &Outcome) + Send + Sync;

impl RecalculateAggregations {
    /// A handler for the derived items of `table`, as `settings` want them.
    pub fn new(table: Table, settings: Settings) -> Self {
        Self {
            table,
            settings,
            metrics: no_metrics(),
            start: ColdStart::default(),
            observer: Box::new(|_, _| {}),
        }
    }

    /// The same with an observer of what becomes of each profile. In Lambda there is none: no log names a profile.
    #[must_use]
    pub fn with_observer(
        self,
        observer: impl Fn(&ProfileId, &Outcome) + Send + Sync + 'static,
    ) -> Self {
        let observer = Box::new(observer);
        Self { observer, ..self }
    }

    /// The same with somewhere for its metrics to go.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Handles one batch: `event.payload` is the JSON that Lambda's DynamoDB event source sends.
    ///
    /// Profiles are worked on side by side; one that fails does not fail the others. The answer names the lowest sequence
    /// number of what is not done, from which Lambda sends everything again.
    ///
    /// # Errors
    ///
    /// The event is not that of a DynamoDB stream, or a record without a sequence number failed.
    pub async fn handle(
        &self,
        event: LambdaEvent<Value>,
    ) -> Result<DynamoDbEventResponse, BatchError> {
        let is_cold = self.start.is_first();
        // Of the highest level, so that no line loses it, whatever level is logged.
        let span = error_span!(
            "invocation",
            service = env!("CARGO_PKG_NAME"),
            function_request_id = event.context.request_id,
            xray_trace_id = event.context.xray_trace_id,
            cold_start = is_cold,
        );
        let measurements = Measurements::new(event.context.request_id.clone(), is_cold);
        // Written as soon as it is dropped, however the invocation ends.
        let mut measurements = measurements.append_on_drop(self.metrics.clone());
        self.work(event, &mut measurements).instrument(span).await
    }

    async fn work(
        &self,
        event: LambdaEvent<Value>,
        measurements: &mut Measurements,
    ) -> Result<DynamoDbEventResponse, BatchError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Event {
            records: Vec<Value>,
        }
        let Ok(Event { records }) = Event::deserialize(event.payload) else {
            error!("the event lacks the list `Records`");
            measurements.refuse();
            return Err(BatchError::NotAnEvent);
        };
        let deadline = deadline(event.context.deadline);
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
        let results: Vec<_> = stream::iter(in_order(batch.profiles))
            .map(|(profile, changes)| async move {
                let result = self.recalculate(&profile, &changes.parts, deadline).await;
                if let Ok(outcome) = &result {
                    (self.observer)(&profile, outcome);
                }
                (changes.sequence_number, result)
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut report = Report::default();
        for (sequence_number, result) in results {
            report.add(sequence_number, result);
        }
        measurements.end(&report);
        report.answer()
    }

    async fn recalculate(
        &self,
        profile: &ProfileId,
        changed: &BTreeSet<Part>,
        deadline: Option<Instant>,
    ) -> Result<Outcome, Unfinished> {
        let work = recalculate(&self.table, &self.settings, profile, changed, now);
        let Some(deadline) = deadline else {
            return Ok(work.await?);
        };
        match tokio::time::timeout_at(deadline, work).await {
            Ok(result) => Ok(result?),
            Err(_) => Err(Unfinished::OutOfTime),
        }
    }
}

/// What a batch came to.
#[derive(Debug, Default)]
struct Report {
    recalculated: usize,
    unfinished: usize,
    too_large: usize,
    lost_races: u32,
    set_aside: u64,
    /// The lowest sequence number of what is not done.
    lowest: Option<String>,
    /// Whether something is not done that has no sequence number.
    nameless: bool,
}

impl Report {
    fn add(&mut self, sequence_number: Option<String>, result: Result<Outcome, Unfinished>) {
        let unfinished = match result {
            Ok(outcome) => {
                self.recalculated += 1;
                self.lost_races += outcome.lost_races;
                self.set_aside += outcome.set_aside;
                if outcome.written == Written::Incomplete {
                    self.too_large += 1;
                    error!(
                        sequence_number,
                        "profile is too large for its derived item; the last good document stays"
                    );
                }
                if outcome.set_aside > 0 {
                    warn!(
                        transactions_set_aside = outcome.set_aside,
                        sequence_number, "profile has transactions that cannot be counted"
                    );
                }
                return;
            }
            Err(unfinished) => unfinished,
        };
        if let Unfinished::Failed(TableError::LostRaces(races)) = unfinished {
            self.lost_races += races;
        }
        error!(
            error = chain(&unfinished),
            sequence_number, "profile is not done and will be retried"
        );
        self.unfinished += 1;
        match (sequence_number, self.lowest.take()) {
            (None, _) => self.nameless = true,
            (Some(number), None) => self.lowest = Some(number),
            (Some(number), Some(lowest)) => self.lowest = Some(lower(number, lowest)),
        }
    }

    fn answer(self) -> Result<DynamoDbEventResponse, BatchError> {
        if self.nameless {
            return Err(BatchError::NoSequenceNumber);
        }
        let mut response = DynamoDbEventResponse::default();
        if let Some(lowest) = self.lowest {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(lowest);
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }
}

/// When to stop, of an invocation that begins now and that Lambda ends at `deadline`, in milliseconds since 1970. `None` for
/// a deadline that had passed before: Lambda never gives such a deadline, but `cargo lambda watch` does.
fn deadline(deadline: u64) -> Option<Instant> {
    let deadline = UNIX_EPOCH + Duration::from_millis(deadline);
    let left = deadline.duration_since(SystemTime::now()).ok()?;
    Some(Instant::now() + left.saturating_sub(MARGIN))
}

/// The one place where this function reads the clock for its figures.
fn now() -> DateTime<Utc> {
    Utc::now()
}
