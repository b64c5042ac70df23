//! How records of a shard reach the function: in batches, again after a failure, and in the end as dead letters.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::dead_letter::{Condition, DeadLetter};
use super::record::StreamRecord;
use super::settings::{StreamSettings, pause};
use crate::failures::failed_items;
use crate::function::Function;

/// Hands records to the function.
#[derive(Debug)]
pub(crate) struct Batches {
    pub(crate) function: Function,
    pub(crate) settings: StreamSettings,
    /// When the mapping began. The time before makes no record old: nothing was there to process it.
    began_at: SystemTime,
    dead_letters: Mutex<Vec<DeadLetter>>,
}

/// Records that wait for the function.
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

impl Batches {
    /// Batches for a mapping that begins now.
    pub(crate) fn new(function: Function, settings: StreamSettings) -> Self {
        Self {
            function,
            settings,
            began_at: SystemTime::now(),
            dead_letters: Mutex::default(),
        }
    }

    /// The records that were given up.
    pub(crate) fn dead_letters(&self) -> Vec<DeadLetter> {
        let letters = self.dead_letters.lock();
        letters.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands `records` of `shard` to the function, in order, until each is processed or given up, or a stop is requested.
    /// Returns the sequence number up to which nothing is left to do, if there is one.
    pub(crate) async fn deliver(
        &self,
        shard: &str,
        records: &[StreamRecord],
        stop: &CancellationToken,
    ) -> Option<String> {
        let mut done = None;
        let mut waiting: VecDeque<_> = records
            .chunks(self.settings.batch_size.max(1))
            .map(|records| Batch {
                records,
                failures: 0,
                request_id: String::new(),
            })
            .collect();
        while let Some(mut batch) = waiting.pop_front() {
            if stop.is_cancelled() {
                break;
            }
            let (aged, fresh) = batch.records.split_at(self.aged(batch.records));
            self.give_up(shard, &batch, aged, Condition::MaximumRecordAgeExceeded);
            done = aged.last().or(done);
            batch.records = fresh;
            let Some(last) = fresh.last() else {
                continue;
            };
            match self.invoke(&mut batch).await {
                Verdict::Done => {
                    done = Some(last);
                    continue;
                }
                Verdict::Failed { from } => {
                    let (processed, rest) = fresh.split_at(from);
                    if let Some(last) = processed.last() {
                        done = Some(last);
                        batch.failures = 0;
                    }
                    batch.records = rest;
                    batch.failures += 1;
                }
                Verdict::Broken if self.settings.bisects && fresh.len() > 1 => {
                    // Splitting does not count as a retry.
                    let (first, second) = fresh.split_at(fresh.len() / 2);
                    waiting.push_front(Batch {
                        records: second,
                        failures: batch.failures,
                        request_id: batch.request_id.clone(),
                    });
                    batch.records = first;
                }
                Verdict::Broken => batch.failures += 1,
            }
            if self.settings.allow(batch.failures) {
                let pause = pause(batch.failures);
                waiting.push_front(batch);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => break,
                }
            } else {
                let condition = Condition::RetryAttemptsExhausted;
                self.give_up(shard, &batch, batch.records, condition);
                done = Some(last);
            }
        }
        done.map(|record| record.sequence_number.clone())
    }

    /// How many of the first records are too old.
    fn aged(&self, records: &[StreamRecord]) -> usize {
        let Some(longest) = self.settings.longest_age else {
            return 0;
        };
        let now = SystemTime::now();
        records.partition_point(|record| {
            let since = record.created_at.max(self.began_at);
            now.duration_since(since).is_ok_and(|age| age > longest)
        })
    }

    fn give_up(&self, shard: &str, batch: &Batch<'_>, records: &[StreamRecord], why: Condition) {
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return;
        };
        let letter = DeadLetter {
            condition: why,
            shard_id: shard.to_owned(),
            start_sequence_number: first.sequence_number.clone(),
            end_sequence_number: last.sequence_number.clone(),
            batch_size: records.len(),
            invoke_count: batch.failures,
            request_id: batch.request_id.clone(),
        };
        error!(
            condition = ?letter.condition,
            shard = letter.shard_id,
            records = letter.batch_size,
            first = letter.start_sequence_number,
            last = letter.end_sequence_number,
            "gave up stream records"
        );
        let letters = self.dead_letters.lock();
        letters.unwrap_or_else(PoisonError::into_inner).push(letter);
    }

    async fn invoke(&self, batch: &mut Batch<'_>) -> Verdict {
        let events: Vec<&Value> = batch.records.iter().map(|record| &record.event).collect();
        let invocation = self.function.invoke(json!({ "Records": events })).await;
        batch.request_id = invocation.request_id;
        let answer = invocation.result;
        let verdict = answer.and_then(|answer| self.verdict(answer, batch.records));
        verdict.unwrap_or_else(|reason| {
            warn!(
                function_request_id = batch.request_id,
                records = batch.records.len(),
                failures = batch.failures + 1,
                "a batch failed: {reason}"
            );
            Verdict::Broken
        })
    }

    /// What the function's answer says; an error for one that names no record of the batch.
    fn verdict(&self, answer: Value, records: &[StreamRecord]) -> Result<Verdict, String> {
        if !self.settings.reports_failures {
            return Ok(Verdict::Done);
        }
        let failed = failed_items(answer)
            .map_err(|error| format!("the answer is not a list of failed records: {error}"))?;
        let places = failed.iter().map(|name| {
            let mut records = records.iter();
            records
                .position(|record| record.sequence_number == *name)
                .ok_or_else(|| {
                    format!("the answer names `{name}`, a record that is not in the batch")
                })
        });
        let places = places.collect::<Result<Vec<_>, _>>()?;
        let lowest = places.into_iter().min();
        Ok(lowest.map_or(Verdict::Done, |from| Verdict::Failed { from }))
    }
}

#[cfg(test)]
mod tests;
