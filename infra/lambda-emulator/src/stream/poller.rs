//! The poller: reads the stream, shard by shard, and hands the records that pass the filter to the function.
//!
//! It needs nothing but the API of DynamoDB streams, so it works with AWS and with every emulator of it.

mod read;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodbstreams::{Client, Error as StreamsError};
use futures::future::join_all;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::batches::Batches;
use super::checkpoint::Checkpoint;
use super::shards::Shards;

/// The pause between two passes when there is nothing to read.
const IDLE: Duration = Duration::from_millis(100);
/// How long a listing of the shards is good for while they have not come to their end.
const LISTING_AGE: Duration = Duration::from_secs(10);
/// Passes that have to find nothing, one after the other, before the stream counts as read.
const QUIET_PASSES: u64 = 2;
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

/// See [`StreamMapping::caught_up`](super::StreamMapping::caught_up).
pub(crate) async fn caught_up(mut progress: watch::Receiver<Progress>, wake: &Notify) {
    // The pass that is under way may have looked before the call.
    let enough = progress.borrow().passes + 1 + QUIET_PASSES;
    loop {
        let seen = *progress.borrow_and_update();
        if seen.passes >= enough && seen.quiet >= QUIET_PASSES {
            return;
        }
        wake.notify_one();
        if progress.changed().await.is_err() {
            // Only a stop ends the poller.
            return;
        }
    }
}

/// Reads the stream and feeds the function.
pub(crate) struct Poller {
    pub(crate) client: Client,
    pub(crate) stream_arn: String,
    pub(crate) batches: Arc<Batches>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) progress: watch::Sender<Progress>,
    /// Wakes the poller from its pause.
    pub(crate) wake: Arc<Notify>,
    pub(crate) stop: CancellationToken,
}

/// Why a pass failed; the next one tries again.
#[derive(Debug)]
struct PollError {
    operation: &'static str,
    source: Box<StreamsError>,
}

impl Poller {
    /// Polls until a stop is requested.
    pub(crate) async fn run(mut self) {
        let mut shards = Shards::default();
        let mut listed_at = None;
        let mut failures = 0_u32;
        while !self.stop.is_cancelled() {
            let pause = match self.pass(&mut shards, &mut listed_at).await {
                Ok(has_read) => {
                    if failures > 0 {
                        info!("reading the stream again");
                    }
                    failures = 0;
                    self.progress.send_modify(|progress| {
                        progress.passes += 1;
                        progress.quiet = if has_read { 0 } else { progress.quiet + 1 };
                    });
                    if has_read {
                        continue;
                    }
                    IDLE
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
                () = self.stop.cancelled() => {}
            }
        }
    }

    /// Reads every shard once that may be read; whether there was something to read.
    async fn pass(
        &mut self,
        shards: &mut Shards,
        listed_at: &mut Option<Instant>,
    ) -> Result<bool, PollError> {
        let stale = listed_at.is_none_or(|at| at.elapsed() > LISTING_AGE);
        if stale || shards.ready().is_empty() {
            self.list(shards).await?;
            *listed_at = Some(Instant::now());
        }
        let reads = shards.ready().into_iter().map(|shard| self.read(shard));
        // Every read comes to its end, so that an error in one shard interrupts no batch of another.
        let reads = join_all(reads).await;
        self.checkpoint.save(shards.positions());
        let reads = reads.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(reads.contains(&true))
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
        shards.update(listed, |shard| self.checkpoint.position(shard));
        Ok(())
    }
}

fn failed<E>(operation: &'static str) -> impl FnOnce(E) -> PollError
where
    StreamsError: From<E>,
{
    move |error| PollError {
        operation,
        source: Box::new(error.into()),
    }
}

impl fmt::Display for PollError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failed", self.operation)?;
        let mut next: Option<&dyn Error> = Some(&self.source);
        while let Some(error) = next {
            write!(formatter, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
