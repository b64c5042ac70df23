//! The poller: reads the stream, every shard by itself, and hands the records that pass the filter to the function.
//!
//! It needs nothing but the API of DynamoDB streams, so it works with AWS and with every emulator of it.

mod read;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodbstreams::{Client, Error as StreamsError};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::batches::Batches;
use super::settings::pause;
use super::shards::Shards;

/// The pause between two reads of a shard when there is nothing to read.
const IDLE: Duration = Duration::from_millis(100);
/// The pause between two listings of the shards.
const LISTING: Duration = Duration::from_secs(10);
/// The pause between two reads while somebody waits for the poller to catch up.
const BRISK: Duration = Duration::from_millis(2);
/// Reads that have to find nothing, one after the other, before a shard counts as read.
const QUIET_READS: u64 = 2;

/// How far the poller has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// How many had begun to wait before the last listing of the shards began.
    listed_for: u64,
    /// The shards that are not read to their end.
    shards: BTreeMap<String, Reads>,
}

/// The reads of a shard.
#[derive(Clone, Copy, Debug, Default)]
struct Reads {
    /// How many there were.
    all: u64,
    /// How many of the last ones found nothing.
    quiet: u64,
}

/// Who waits for the poller to catch up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waiting {
    /// How many have begun to wait so far.
    begun: u64,
    /// How many wait now.
    now: usize,
}

/// One of those who wait, as long as this lasts.
struct Ending<'a>(&'a watch::Sender<Waiting>);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| waiting.now -= 1);
    }
}

/// See [`StreamMapping::caught_up`](super::StreamMapping::caught_up).
pub(crate) async fn caught_up(
    mut progress: watch::Receiver<Progress>,
    waiting: &watch::Sender<Waiting>,
) {
    let before = progress.borrow().clone();
    waiting.send_modify(|waiting| {
        waiting.begun += 1;
        waiting.now += 1;
    });
    let begun = waiting.borrow().begun;
    let _end = Ending(waiting);
    // The read that is under way may have looked before the call.
    let is_done = |now: &Progress| {
        let is_read = |(id, reads): (&String, &Reads)| {
            let before = before.shards.get(id).map_or(0, |reads| reads.all);
            reads.all > before + QUIET_READS && reads.quiet >= QUIET_READS
        };
        now.listed_for >= begun && now.shards.iter().all(is_read)
    };
    // An error is a poller that has ended, which only a stop does.
    progress.wait_for(is_done).await.ok();
}

/// Is told the shard and the sequence number up to which everything is processed.
pub(crate) type Processed = dyn Fn(&str, &str) + Send + Sync;

/// Reads the stream and feeds the function.
pub(crate) struct Poller {
    pub(crate) client: Client,
    pub(crate) stream_arn: String,
    pub(crate) batches: Arc<Batches>,
    pub(crate) processed: Box<Processed>,
    pub(crate) progress: watch::Sender<Progress>,
    pub(crate) waiting: watch::Receiver<Waiting>,
    pub(crate) stop: CancellationToken,
}

/// Why a listing or a read failed; the next one tries again.
#[derive(Debug)]
struct PollError {
    operation: &'static str,
    source: Box<StreamsError>,
}

impl Poller {
    /// Polls until a stop is requested. Every shard is read by a task of its own, so that none waits for another.
    pub(crate) async fn run(self) {
        let poller = Arc::new(self);
        let mut shards = Shards::default();
        let mut readers = JoinSet::new();
        let mut failures = 0;
        while !poller.stop.is_cancelled() {
            let begun = poller.waiting.borrow().begun;
            match poller.list().await {
                Ok(listed) => {
                    failures = 0;
                    shards.update(listed);
                    poller.note_listing(&shards, begun);
                    for shard in shards.begin() {
                        let poller = Arc::clone(&poller);
                        readers.spawn(async move {
                            let has_ended = poller.read_to_end(&shard).await;
                            has_ended.then_some(shard)
                        });
                    }
                }
                Err(error) => {
                    let pause = poller.failed(&mut failures, "the shards of the stream", &error);
                    poller.back_off(pause).await;
                    continue;
                }
            }
            tokio::select! {
                Some(reader) = readers.join_next() => match reader {
                    // Its children may begin.
                    Ok(shard) => shards.end(&shard.unwrap_or_default()),
                    Err(error) => resume_unwind(error.into_panic()),
                },
                () = poller.until_asked(begun) => {}
            }
        }
        // Each comes to the end of the batch in hand.
        readers.join_all().await;
    }

    async fn list(&self) -> Result<Vec<(String, Option<String>)>, PollError> {
        let mut listed = Vec::new();
        let mut from = None;
        loop {
            let request = self.client.describe_stream().stream_arn(&self.stream_arn);
            let request = request.set_exclusive_start_shard_id(from);
            let answer = request.send().await.map_err(failed("DescribeStream"))?;
            let Some(stream) = answer.stream_description else {
                return Ok(listed);
            };
            for shard in stream.shards.unwrap_or_default() {
                listed.extend(shard.shard_id.map(|id| (id, shard.parent_shard_id)));
            }
            from = stream.last_evaluated_shard_id;
            if from.is_none() {
                return Ok(listed);
            }
        }
    }

    fn note_listing(&self, shards: &Shards, begun: u64) {
        self.progress.send_modify(|progress| {
            let known = std::mem::take(&mut progress.shards);
            let reads = |id| known.get(id).copied().unwrap_or_default();
            let unfinished = shards.unfinished().map(|id| (id.to_owned(), reads(id)));
            progress.shards = unfinished.collect();
            progress.listed_for = begun;
        });
    }

    fn note_read(&self, shard: &str, has_read: bool) {
        self.progress.send_modify(|progress| {
            if let Some(reads) = progress.shards.get_mut(shard) {
                reads.all += 1;
                reads.quiet = if has_read { 0 } else { reads.quiet + 1 };
            }
        });
    }

    /// Logs the first of several failures, and tells how long to wait.
    fn failed(&self, failures: &mut u32, what: &str, error: &PollError) -> Duration {
        if *failures == 0 {
            warn!("cannot read {what}, trying again: {error}");
        }
        *failures = failures.saturating_add(1);
        pause(*failures)
    }

    /// Waits after a failure, or until a stop is requested.
    async fn back_off(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Waits for the next listing: for long, unless somebody begins to wait for the poller to catch up. It may cost an engine a
    /// reading of the whole stream, so one waiter causes one listing.
    async fn until_asked(&self, begun: u64) {
        tokio::select! {
            () = self.back_off(LISTING) => {}
            () = self.until(|waiting| waiting.begun > begun) => {}
        }
    }

    /// Waits where nothing is to do; not for long if somebody waits for the poller to catch up.
    async fn idle(&self, pause: Duration) {
        let until_hurried = async {
            self.until(|waiting| waiting.now > 0).await;
            tokio::time::sleep(BRISK).await;
        };
        tokio::select! {
            () = self.back_off(pause) => {}
            () = until_hurried => {}
        }
    }

    async fn until(&self, condition: impl FnMut(&Waiting) -> bool) {
        // An error means that nobody will wait any more.
        if self.waiting.clone().wait_for(condition).await.is_err() {
            std::future::pending::<()>().await;
        }
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
