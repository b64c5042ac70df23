//! The queue of unfinished profiles in SQS.

use std::time::Duration;

use aws_types::SdkConfig;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use telemetry::chain;
use tracing::warn;

use crate::queue::Queue;
use client::Client;

mod client;

/// How many messages a request may have.
const MAX_MESSAGES: usize = 10;
/// How many bytes of messages a request may have: SQS allows 256 KiB, and 1 MiB since 2025.
const MAX_BYTES: usize = 256 * 1024;

/// The queue of unfinished profiles in SQS.
#[derive(Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

/// The answer to `SendMessageBatch`, as far as it matters.
#[derive(Default, Deserialize)]
struct Sent {
    #[serde(default, rename = "Successful")]
    successful: Vec<Entry>,
    #[serde(default, rename = "Failed")]
    failed: Vec<Entry>,
}

/// A message of a batch, and why it was not taken.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "Id")]
    id: String,
    #[serde(default, rename = "Code")]
    code: String,
}

impl SqsQueue {
    /// The queue at `url`, with the credentials, region, endpoint, retries and timeouts of `config`.
    pub fn new(config: &SdkConfig, url: String) -> Self {
        let client = Client::new(config, &url);
        Self { client, url }
    }

    /// Sends the messages at these places in one request. Returns the places of those that SQS did not take.
    async fn send_batch(&self, messages: &[String], places: &[usize]) -> Vec<usize> {
        let entries = places.iter().filter_map(|place| {
            let body = messages.get(*place)?;
            Some(json!({"Id": place.to_string(), "MessageBody": body}))
        });
        let entries: Vec<Value> = entries.collect();
        let request = json!({"QueueUrl": self.url, "Entries": entries});
        match self.client.call("SendMessageBatch", request).await {
            Ok(answer) => {
                let sent = Sent::deserialize(answer).unwrap_or_else(|error| {
                    warn!(
                        error = chain(&error),
                        "cannot read what the queue of unfinished profiles answers"
                    );
                    Sent::default()
                });
                for Entry { code, .. } in &sent.failed {
                    warn!(code, "the queue of unfinished profiles takes no message");
                }
                let is_missing = |place: &&usize| {
                    let id = place.to_string();
                    !sent.successful.iter().any(|entry| entry.id == id)
                };
                places.iter().filter(is_missing).copied().collect()
            }
            Err(error) => {
                warn!(
                    error = chain(&error),
                    "cannot reach the queue of unfinished profiles"
                );
                places.to_vec()
            }
        }
    }
}

impl Queue for SqsQueue {
    fn send<'a>(&'a self, messages: &'a [String]) -> BoxFuture<'a, Vec<usize>> {
        async move {
            let mut failed = Vec::new();
            for places in batches(messages) {
                failed.extend(self.send_batch(messages, &places).await);
            }
            failed
        }
        .boxed()
    }

    fn put_off<'a>(&'a self, receipt_handle: &'a str, delay: Duration) -> BoxFuture<'a, ()> {
        async move {
            let request = json!({
                "QueueUrl": self.url,
                "ReceiptHandle": receipt_handle,
                "VisibilityTimeout": delay.as_secs(),
            });
            if let Err(error) = self.client.call("ChangeMessageVisibility", request).await {
                warn!(
                    error = chain(&error),
                    "cannot put off an unfinished profile"
                );
            }
        }
        .boxed()
    }
}

/// The places of the messages of each request.
fn batches(messages: &[String]) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for (place, message) in messages.iter().enumerate() {
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_MESSAGES && bytes + message.len() <= MAX_BYTES => {
                bytes += message.len();
                batch.push(place);
            }
            _ => {
                bytes = message.len();
                batches.push(vec![place]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_keep_within_the_limits_of_sqs() {
        let small = vec![String::from("x"); 25];
        let sizes: Vec<usize> = batches(&small).iter().map(Vec::len).collect();
        assert_eq!(sizes, [10, 10, 5]);
        let large = vec!["x".repeat(100 * 1024); 5];
        let sizes: Vec<usize> = batches(&large).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2, 1]);
        let middling = vec!["x".repeat(50 * 1024); 6];
        let sizes: Vec<usize> = batches(&middling).iter().map(Vec::len).collect();
        assert_eq!(sizes, [5, 1]);
        assert!(batches(&[]).is_empty());
    }
}
