//! The recalculation of profiles: of those that a batch of DynamoDB stream records names, of unfinished ones that a queue
//! hands back, and of all in a part of the table.
//!
//! Records only tell which keys changed; what is stored is read by the protocol in `table`. So a batch or a message may come
//! twice, late, out of order or split, and the result is the same.

mod measurements;
mod queue;
mod records;
mod repair;
mod segment;
mod sqs;
mod stream;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use chrono::{DateTime, Utc};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use table::{Outcome, ProfileId, Settings, Table, TableError};
use telemetry::{ColdStart, Metrics, no_metrics};
use tokio::time::Instant;
use tracing::{Instrument, error, error_span};

use crate::measurements::Measurements;
pub use crate::queue::Queue;
use crate::segment::Run;
pub use crate::segment::{Counts, SegmentWork, Total};
pub use crate::sqs::SqsQueue;

/// What messages of a queue name as their source.
const SQS: &str = "aws:sqs";
/// What is left of the deadline to hand over and to report what is unfinished.
const MARGIN: Duration = Duration::from_secs(5);

/// Why a whole invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The event is none that this function knows. Its content is not logged.
    #[error(
        "the event is not known: expected `Records` of a DynamoDB stream or of SQS, or `segment` and `of`, or `segments` and `results`"
    )]
    NotAnEvent,
    /// There is no such part of a table.
    #[error(
        "segment {segment} of {of} does not exist: segments are counted from 0, and there are at most 1,000,000"
    )]
    NoSegment {
        /// Its number.
        segment: u32,
        /// How many there are.
        of: u32,
    },
    /// Before the deadline not one profile was done.
    #[error("no profile was done before the deadline")]
    OutOfTime,
    /// The table fails rather than a profile.
    #[error("the table cannot be read or written")]
    Table(#[from] TableError),
    /// Profiles that failed could not be handed over.
    #[error("the queue of unfinished profiles cannot be reached")]
    QueueOutOfReach,
    /// A record failed that has no sequence number, so it cannot be reported by itself.
    #[error("a record without a sequence number failed")]
    NoSequenceNumber,
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match error {
            InvocationError::NotAnEvent => "NotAnEvent",
            InvocationError::NoSequenceNumber => "NoSequenceNumber",
            InvocationError::NoSegment { .. } => "NoSegment",
            InvocationError::OutOfTime => "OutOfTime",
            InvocationError::Table(_) => "Table",
            InvocationError::QueueOutOfReach => "QueueOutOfReach",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To a batch: what of it is not done.
    Batch(DynamoDbEventResponse),
    /// To work on a segment: how far it came.
    Segment(SegmentWork),
    /// To the segments of a run: what they came to.
    Total(Total),
}

impl Answer {
    /// The sequence numbers or ids of the messages of a batch that are not done.
    pub fn failures(&self) -> Vec<&str> {
        let failures = match self {
            Self::Batch(response) => response.batch_item_failures.as_slice(),
            Self::Segment(_) | Self::Total(_) => &[],
        };
        let failures = failures.iter();
        failures
            .filter_map(|failure| failure.item_identifier.as_deref())
            .collect()
    }
}

/// Why one profile is not done.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error("recalculation failed")]
    Failed(#[from] TableError),
    #[error("recalculation was unfinished shortly before the deadline")]
    OutOfTime,
    #[error("there was no time left to begin the recalculation")]
    NotBegun,
    #[error("message names no profile")]
    Message,
}

/// Recalculates the profiles that a batch of stream records, or the queue of unfinished profiles, names.
pub struct RecalculateAggregations {
    table: Table,
    settings: Settings,
    queue: Option<Arc<dyn Queue>>,
    metrics: Metrics,
    start: ColdStart,
    observer: Box<Observer>,
}

/// Sees what became of a profile.
type Observer = dyn Fn(&ProfileId, &Outcome) + Send + Sync;

impl fmt::Debug for RecalculateAggregations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("RecalculateAggregations")
            .field(&self.table)
            .finish()
    }
}

impl RecalculateAggregations {
    /// A handler for the derived items of `table`, as `settings` want them.
    pub fn new(table: Table, settings: Settings) -> Self {
        Self {
            table,
            settings,
            queue: None,
            metrics: no_metrics(),
            start: ColdStart::default(),
            observer: Box::new(|_, _| {}),
        }
    }

    /// The same with a queue that unfinished profiles are handed over to. Without one, the stream sends them again.
    #[must_use]
    pub fn with_queue(self, queue: Arc<dyn Queue>) -> Self {
        let queue = Some(queue);
        Self { queue, ..self }
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

    /// Handles one event: `event.payload` is the JSON of
    ///
    /// - a batch of a DynamoDB stream, as Lambda's event source sends it. Profiles are worked on side by side; one that fails does
    ///   not fail the others. What cannot be done now goes to the queue, see [`with_queue`](Self::with_queue); the answer names
    ///   the lowest sequence number of what is neither done nor handed over, from which Lambda sends everything again;
    /// - messages of the queue of unfinished profiles. The answer names those that are not done;
    /// - a part of the table to work on, [`SegmentWork`]. The answer is the same with how far it came;
    /// - the parts of a run and what became of them, `{"segments": [..], "results": [..]}`. The answer is their [`Total`].
    ///
    /// # Errors
    ///
    /// The event is none of these, a record without a sequence number failed, or not one profile of a part was done.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Answer, InvocationError> {
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
        let mut measurements = self.metrics.write_on_drop(measurements);
        self.work(event, &mut measurements).instrument(span).await
    }

    async fn work(
        &self,
        event: LambdaEvent<Value>,
        measurements: &mut Measurements,
    ) -> Result<Answer, InvocationError> {
        let deadline = deadline(event.context.deadline);
        match Event::deserialize(event.payload) {
            Ok(Event::Records { records }) => {
                // The first that names one; all of a batch come from the same.
                let source = |record: &Value| Some(record.get("eventSource")?.as_str()? == SQS);
                if records.iter().find_map(source).unwrap_or_default() {
                    let failures = self.repair(records, deadline, measurements).await;
                    return Ok(Answer::Batch(failures));
                }
                let failures = self.follow_stream(records, deadline, measurements).await;
                failures.map(Answer::Batch)
            }
            Ok(Event::Segment(work)) => {
                let done = self.work_on_segment(work, deadline, measurements).await;
                done.map(Answer::Segment)
            }
            Ok(Event::Run(run)) => {
                measurements.add_up();
                Ok(Answer::Total(run.total()))
            }
            Err(_) => {
                error!("{}", InvocationError::NotAnEvent);
                measurements.refuse();
                Err(InvocationError::NotAnEvent)
            }
        }
    }
}

/// What the function is invoked with.
#[derive(Deserialize)]
#[serde(untagged)]
enum Event {
    Records {
        #[serde(rename = "Records")]
        records: Vec<Value>,
    },
    Segment(SegmentWork),
    Run(Run),
}

/// The answer that names what is not done.
fn failures(identifiers: impl IntoIterator<Item = String>) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    for identifier in identifiers {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(identifier);
        response.batch_item_failures.push(failure);
    }
    response
}

/// Waits for work until the deadline, if there is one.
async fn until<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = Result<T, Unfinished>>,
) -> Result<T, Unfinished> {
    let Some(deadline) = deadline else {
        return work.await;
    };
    if deadline <= Instant::now() {
        return Err(Unfinished::NotBegun);
    }
    let ended = tokio::time::timeout_at(deadline, work).await;
    ended.unwrap_or(Err(Unfinished::OutOfTime))
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
