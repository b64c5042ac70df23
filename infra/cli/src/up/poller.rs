//! The poller: reads the table's stream, shard by shard, and hands what passes the filter to the function.
//!
//! It needs nothing but the streams API, so it works with the embedded engine, with DynamoDB Local and with AWS.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use futures::future::join_all;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tracing::{info, warn};

use super::checkpoint::{Checkpoints, Position};
use super::delivery::Delivery;
use super::filter::Filter;
use super::record::StreamRecord;
use super::shards::{Shard, Shards};
use super::stop::Stop;

/// The pause between two passes when there is nothing to read. A purchase shows after about half of it.
const IDLE: Duration = Duration::from_millis(100);
/// How long a listing of the shards is good for while they have not come to their end.
const LISTING_AGE: Duration = Duration::from_secs(10);
/// The longest pause after a failed pass.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How far the poller has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Passes over all shards so far.
    pub(crate) passes: u64,
    /// How many of the last of them found nothing.
    pub(crate) quiet: u64,
}

/// Reads the stream and feeds the function.
pub(crate) struct Poller {
    pub(crate) client: Client,
    pub(crate) stream_arn: String,
    pub(crate) filter: Filter,
    pub(crate) delivery: Delivery,
    pub(crate) checkpoints: Mutex<Checkpoints>,
    pub(crate) progress: watch::Sender<Progress>,
    /// Wakes the poller from its pause.
    pub(crate) wake: Arc<Notify>,
    pub(crate) stop: Stop,
}

/// What a pass found.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Found {
    Nothing,
    Something,
}

/// Why a pass failed; the next one tries again.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed: {reason}")]
struct PollError {
    operation: &'static str,
    reason: String,
}

impl Poller {
    /// Polls until the stack is to stop.
    pub(crate) async fn run(self) {
        let mut shards = Shards::default();
        let mut listed_at = None;
        let mut failures = 0_u32;
        while !self.stop.is_requested() {
            let pause = match self.pass(&mut shards, &mut listed_at).await {
                Ok(found) => {
                    if failures > 0 {
                        info!("reading the stream again");
                    }
                    failures = 0;
                    self.progress.send_modify(|progress| {
                        progress.passes += 1;
                        progress.quiet = match found {
                            Found::Nothing => progress.quiet + 1,
                            Found::Something => 0,
                        };
                    });
                    match found {
                        Found::Nothing => IDLE,
                        Found::Something => continue,
                    }
                }
                Err(error) => {
                    if failures == 0 {
                        warn!("cannot read the stream, trying again: {error}");
                    }
                    failures = failures.saturating_add(1);
                    listed_at = None;
                    IDLE.saturating_mul(failures).min(LONGEST_PAUSE)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.wake.notified() => {}
                () = self.stop.requested() => {}
            }
        }
    }

    /// Reads every shard once that may be read.
    async fn pass(
        &self,
        shards: &mut Shards,
        listed_at: &mut Option<Instant>,
    ) -> Result<Found, PollError> {
        let stale = listed_at.is_none_or(|at| at.elapsed() > LISTING_AGE);
        if stale || shards.ready().is_empty() {
            self.list(shards).await?;
            *listed_at = Some(Instant::now());
        }
        let reads = shards.ready().into_iter().map(|shard| self.read(shard));
        // Every read comes to its end, so that an error in one shard interrupts no batch of another.
        let mut pass = Found::Nothing;
        for found in join_all(reads).await {
            if found? == Found::Something {
                pass = Found::Something;
            }
        }
        Ok(pass)
    }

    async fn list(&self, shards: &mut Shards) -> Result<(), PollError> {
        let mut listed = Vec::new();
        let mut from = None;
        loop {
            let answer = self
                .client
                .describe_stream()
                .stream_arn(&self.stream_arn)
                .set_exclusive_start_shard_id(from)
                .send()
                .await
                .map_err(failed("DescribeStream"))?;
            let Some(stream) = answer.stream_description else {
                break;
            };
            for shard in stream.shards.unwrap_or_default() {
                listed.extend(shard.shard_id.map(|id| (id, shard.parent_shard_id)));
            }
            from = stream.last_evaluated_shard_id;
            if from.is_none() {
                break;
            }
        }
        let mut checkpoints = self.checkpoints();
        shards.update(listed, |shard| checkpoints.position(shard));
        checkpoints.keep_only(&shards.ids());
        Ok(())
    }

    /// Reads a shard on by one answer's records, and has them processed.
    async fn read(&self, shard: &mut Shard) -> Result<Found, PollError> {
        let Some(iterator) = self.iterator(shard).await? else {
            return Ok(Found::Something);
        };
        let answer = match self
            .client
            .get_records()
            .shard_iterator(iterator)
            .send()
            .await
        {
            Ok(answer) => answer,
            Err(error) => {
                return match error.code() {
                    // It was not used for a while; the position is still known.
                    Some("ExpiredIteratorException") => Ok(Found::Something),
                    Some("TrimmedDataAccessException") => {
                        self.start_over(shard);
                        Ok(Found::Something)
                    }
                    _ => Err(failed("GetRecords")(error)),
                };
            }
        };
        let records: Vec<_> = answer
            .records
            .unwrap_or_default()
            .into_iter()
            .map(|record| StreamRecord::new(record, &self.stream_arn))
            .collect();
        let last = records.last().map(|record| record.sequence_number.clone());
        let passing: Vec<_> = records
            .into_iter()
            .filter(|record| self.filter.passes(&record.event))
            .collect();
        let id = &shard.id;
        self.delivery
            .deliver(id, &passing, &self.stop, |number| {
                self.checkpoints()
                    .set(id, Position::After(number.to_owned()));
            })
            .await;
        if self.stop.is_requested() {
            // Perhaps not everything was processed: what was is noted.
            return Ok(Found::Something);
        }
        let found = last.is_some() || answer.next_shard_iterator.is_none();
        if let Some(last) = last {
            self.move_to(shard, Position::After(last));
        }
        match answer.next_shard_iterator {
            Some(next) => shard.iterator = Some(next),
            None => self.move_to(shard, Position::End),
        }
        Ok(if found {
            Found::Something
        } else {
            Found::Nothing
        })
    }

    /// Where to read on; `None` when the shard's position was of no use and it begins again.
    async fn iterator(&self, shard: &mut Shard) -> Result<Option<String>, PollError> {
        if let Some(iterator) = shard.iterator.take() {
            return Ok(Some(iterator));
        }
        let request = self
            .client
            .get_shard_iterator()
            .stream_arn(&self.stream_arn)
            .shard_id(&shard.id);
        let request = match &shard.position {
            Position::After(number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(number),
            Position::Start | Position::End => {
                request.shard_iterator_type(ShardIteratorType::TrimHorizon)
            }
        };
        match request.send().await {
            Ok(answer) => match answer.shard_iterator {
                Some(iterator) => Ok(Some(iterator)),
                None => Err(PollError {
                    operation: "GetShardIterator",
                    reason: "the answer is empty".to_owned(),
                }),
            },
            Err(error) => match (&shard.position, error.code()) {
                (
                    Position::After(_),
                    Some("TrimmedDataAccessException" | "ValidationException"),
                ) => {
                    self.start_over(shard);
                    Ok(None)
                }
                _ => Err(failed("GetShardIterator")(error)),
            },
        }
    }

    /// Begins a shard again with the oldest record that there is: what was processed before is only done once more.
    fn start_over(&self, shard: &mut Shard) {
        warn!(
            shard = shard.id,
            "the position in the stream is no longer known; reading it from its oldest record"
        );
        shard.iterator = None;
        self.move_to(shard, Position::Start);
    }

    fn move_to(&self, shard: &mut Shard, position: Position) {
        self.checkpoints().set(&shard.id, position.clone());
        shard.position = position;
    }

    fn checkpoints(&self) -> std::sync::MutexGuard<'_, Checkpoints> {
        self.checkpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed<E: ProvideErrorMetadata + std::error::Error + 'static>(
    operation: &'static str,
) -> impl FnOnce(SdkError<E>) -> PollError {
    move |error| PollError {
        operation,
        reason: super::connection::reason(&error),
    }
}
