//! Messages of the queue of unfinished profiles: a recalculation each, with nobody behind it, until it succeeds or the queue gives
//! it up.

use std::collections::BTreeSet;

use aws_lambda_events::event::streams::DynamoDbEventResponse;
use serde::Deserialize;
use serde_json::Value;
use table::{Outcome, TableError, changed_part, rebuild, recalculate};
use telemetry::chain;
use tokio::time::{Instant, timeout_at};
use tracing::{error, error_span};

use crate::measurements::Measurements;
use crate::queue::{UnfinishedProfile, delay};
use crate::stream::{HAND_OVER, Report};
use crate::{RecalculateAggregations, Unfinished, failures, now, until};

/// What is read of a message. Only its id must be readable: with it, it is done or named, and never lost.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: String,
    /// A text, as the next one is.
    #[serde(default)]
    receipt_handle: Value,
    #[serde(default)]
    body: Value,
    #[serde(default)]
    attributes: Value,
}

impl Message {
    fn receipt_handle(&self) -> &str {
        self.receipt_handle.as_str().unwrap_or_default()
    }

    fn body(&self) -> &str {
        self.body.as_str().unwrap_or_default()
    }

    /// How often it was received: a number, as a text.
    fn receives(&self) -> u32 {
        let count = self.attributes.get("ApproximateReceiveCount");
        let count = count.and_then(Value::as_str);
        count.and_then(|count| count.parse().ok()).unwrap_or(1)
    }
}

impl RecalculateAggregations {
    /// Recalculates what messages name, one after the other.
    pub(crate) async fn repair(
        &self,
        records: Vec<Value>,
        deadline: Option<Instant>,
        measurements: &mut Measurements,
    ) -> DynamoDbEventResponse {
        let mut report = Report::default();
        let mut failed = Vec::new();
        for record in records {
            let Ok(message) = Message::deserialize(record) else {
                // Lambda sends none such; nothing could be said of it.
                error!("skipped a message without an id");
                continue;
            };
            let receives = message.receives();
            let message_id = message.message_id.as_str();
            match until(deadline, self.finish(message.body())).await {
                Ok(outcome) => {
                    let span = error_span!("message", message_id);
                    span.in_scope(|| report.add(&outcome, None));
                }
                Err(why) => {
                    let error = chain(&why);
                    error!(error, message_id, receives, "profile is still not done");
                    report.unfinished += 1;
                    if let Some(queue) = &self.queue {
                        let put_off = queue.put_off(message.receipt_handle(), delay(receives));
                        // A queue that does not answer must not take the invocation past its end: the others of its messages
                        // would count as failed.
                        match deadline {
                            None => put_off.await,
                            Some(deadline) => {
                                timeout_at(deadline + HAND_OVER, put_off).await.ok();
                            }
                        }
                    }
                    failed.push(message.message_id);
                }
            }
        }
        measurements.end_repair(&report);
        failures(failed)
    }

    /// Recalculates the profile that a message names, again and again while other writers are faster.
    async fn finish(&self, body: &str) -> Result<Outcome, Unfinished> {
        let message = serde_json::from_str::<UnfinishedProfile>(body);
        let UnfinishedProfile { profile_id, keys } = message.map_err(|_| Unfinished::Message)?;
        let partition = profile_id.partition().to_string();
        let parts = keys.iter().filter_map(|key| changed_part(&partition, key));
        let parts: BTreeSet<_> = parts.map(|(_, part)| part).collect();
        loop {
            let done = if keys.is_empty() {
                rebuild(&self.table, &self.settings, &profile_id, now).await
            } else {
                recalculate(&self.table, &self.settings, &profile_id, &parts, now).await
            };
            match done {
                Ok(outcome) => {
                    (self.observer)(&profile_id, &outcome);
                    return Ok(outcome);
                }
                Err(TableError::LostRaces(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
