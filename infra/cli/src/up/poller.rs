//! The poller: reads the table's stream, shard by shard, and hands what passes the filter to the function.
//!
//! It needs nothing but the streams API, so it works with the embedded engine, with DynamoDB Local and with AWS.

mod read;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::{ProvideErrorMetadata, SdkError};
use futures::future::join_all;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tracing::{info, warn};

use super::checkpoint::Checkpoints;
use super::delivery::Delivery;
use super::filter::Filter;
use super::shards::Shards;
use super::stop::Stop;

/// The pause between two passes when there is nothing to read. A purchase shows after about half of it.
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

/// Resolves when every record that was there at the time of the call is processed or given up: after two passes over all
/// shards that began after the call and found nothing.
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

#[cfg(test)]
#[path = "poller/tests.rs"]
mod tests;
