//! How records of a shard get to the function: in batches, again after a failure, and at last into the dead letters.
//!
//! This is what Lambda does for an event source mapping of a stream, except that batches of one shard are never worked on
//! side by side, whatever the parallelization factor.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use aws_lambda_events::event::streams::DynamoDbEventResponse;
use futures::future::BoxFuture;
use lambda_runtime::LambdaEvent;
use serde_json::{Value, json};
use tracing::warn;

use super::dead_letters::{BatchInfo, Condition, DeadLetters, RequestContext};
use super::invocation::Function;
use super::record::StreamRecord;
use super::rules::{Rules, pause};
use super::stop::Stop;

/// Any error of a handler.
pub(crate) type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// The function's handler.
pub(crate) type Handler = Arc<
    dyn Fn(LambdaEvent<Value>) -> BoxFuture<'static, Result<DynamoDbEventResponse, HandlerError>>
        + Send
        + Sync,
>;

/// Hands records to the function.
pub(crate) struct Delivery {
    pub(crate) handler: Handler,
    pub(crate) function: Function,
    pub(crate) rules: Rules,
    pub(crate) stream_arn: String,
    pub(crate) dead_letters: Arc<DeadLetters>,
    /// When this stack began. The time before does not make a record old: nobody was there to process it.
    pub(crate) began_at: SystemTime,
}

/// Records that are waiting for the function.
struct Batch<'a> {
    records: &'a [StreamRecord],
    /// Invocations that failed for its first record.
    failures: u32,
    /// The last of them.
    request_id: String,
}

/// What an invocation came to.
enum Verdict {
    /// Everything is processed.
    Done,
    /// Everything before this place is processed.
    Failed { from: usize },
    /// The invocation failed as a whole.
    Broken,
}

impl Delivery {
    /// Hands `records` of `shard` to the function, in order, until each is processed or given up, or the stack is to stop.
    /// `done` is told the sequence number up to which nothing is left to do.
    pub(crate) async fn deliver(
        &self,
        shard: &str,
        records: &[StreamRecord],
        stop: &Stop,
        mut done: impl FnMut(&str),
    ) {
        let mut waiting: VecDeque<_> = records
            .chunks(self.rules.batch_size)
            .map(|records| Batch {
                records,
                failures: 0,
                request_id: String::new(),
            })
            .collect();
        while let Some(mut batch) = waiting.pop_front() {
            if stop.is_requested() {
                return;
            }
            batch.records = self.without_aged(shard, &batch, &mut done);
            let Some(last) = batch.records.last() else {
                continue;
            };
            match self.invoke(&mut batch).await {
                Verdict::Done => {
                    done(&last.sequence_number);
                    continue;
                }
                Verdict::Failed { from } => {
                    let (processed, rest) = batch.records.split_at(from);
                    if let Some(last) = processed.last() {
                        done(&last.sequence_number);
                        batch.failures = 0;
                    }
                    batch.records = rest;
                    batch.failures += 1;
                }
                Verdict::Broken if self.rules.bisects && batch.records.len() > 1 => {
                    // Splitting does not count as a retry.
                    let (first, second) = batch.records.split_at(batch.records.len() / 2);
                    waiting.push_front(Batch {
                        records: second,
                        failures: batch.failures,
                        request_id: batch.request_id.clone(),
                    });
                    batch.records = first;
                }
                Verdict::Broken => batch.failures += 1,
            }
            if self.rules.allow(batch.failures) {
                let pause = pause(batch.failures);
                waiting.push_front(batch);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.requested() => return,
                }
            } else {
                self.give_up(
                    shard,
                    &batch,
                    batch.records,
                    Condition::RetryAttemptsExhausted,
                );
                done(&last.sequence_number);
            }
        }
    }

    /// Gives up the records of a batch that are too old, and returns the others.
    fn without_aged<'a>(
        &self,
        shard: &str,
        batch: &Batch<'a>,
        done: &mut impl FnMut(&str),
    ) -> &'a [StreamRecord] {
        let Some(longest) = self.rules.longest_age else {
            return batch.records;
        };
        let now = SystemTime::now();
        let aged = batch.records.partition_point(|record| {
            let since = record.created_at.max(self.began_at);
            now.duration_since(since).is_ok_and(|age| age > longest)
        });
        let (aged, others) = batch.records.split_at(aged);
        if let Some(last) = aged.last() {
            self.give_up(shard, batch, aged, Condition::MaximumRecordAgeExceeded);
            done(&last.sequence_number);
        }
        others
    }

    fn give_up(&self, shard: &str, batch: &Batch<'_>, records: &[StreamRecord], why: Condition) {
        let context = RequestContext {
            request_id: batch.request_id.clone(),
            condition: why,
            approximate_invoke_count: batch.failures,
        };
        if let Some(info) = BatchInfo::new(&self.stream_arn, shard, records) {
            self.dead_letters.send(context, info);
        }
    }

    async fn invoke(&self, batch: &mut Batch<'_>) -> Verdict {
        let context = self.function.context();
        batch.request_id.clone_from(&context.request_id);
        let events: Vec<&Value> = batch.records.iter().map(|record| &record.event).collect();
        let event = LambdaEvent::new(json!({ "Records": events }), context);
        let handler = Arc::clone(&self.handler);
        let reason = match self.function.run(async move { handler(event).await }).await {
            Ok(Ok(answer)) => match self.verdict(&answer, batch.records) {
                Ok(verdict) => return verdict,
                Err(reason) => reason,
            },
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        warn!(
            function_request_id = batch.request_id,
            records = batch.records.len(),
            failures = batch.failures + 1,
            "a batch failed: {reason}"
        );
        Verdict::Broken
    }

    /// What the function's answer says; an error for one that names no record of the batch.
    fn verdict(
        &self,
        answer: &DynamoDbEventResponse,
        records: &[StreamRecord],
    ) -> Result<Verdict, String> {
        if !self.rules.reports_failures {
            return Ok(Verdict::Done);
        }
        let mut lowest: Option<usize> = None;
        for failure in &answer.batch_item_failures {
            let name = failure.item_identifier.as_deref().unwrap_or_default();
            let place = records
                .iter()
                .position(|record| record.sequence_number == name)
                .ok_or_else(|| {
                    format!("the answer names `{name}`, which is no record of the batch")
                })?;
            lowest = Some(lowest.map_or(place, |lowest| lowest.min(place)));
        }
        Ok(lowest.map_or(Verdict::Done, |from| Verdict::Failed { from }))
    }
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
