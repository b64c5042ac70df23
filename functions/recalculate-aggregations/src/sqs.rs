//! The queue of unfinished profiles in SQS.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::FutureExt;
use futures::future::BoxFuture;
use telemetry::chain;
use tracing::warn;

use crate::queue::Queue;

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

impl SqsQueue {
    /// The queue at `url`.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends the messages at these places in one request.
    async fn send_batch(&self, messages: &[String], places: &[usize]) -> Vec<usize> {
        let entries = places.iter().filter_map(|place| {
            let entry = SendMessageBatchRequestEntry::builder().id(place.to_string());
            let body = messages.get(*place)?;
            entry.message_body(body).build().ok()
        });
        let request = self.client.send_message_batch().queue_url(&self.url);
        match request.set_entries(Some(entries.collect())).send().await {
            Ok(answer) => {
                let failed = answer.failed().iter();
                failed.filter_map(|entry| entry.id().parse().ok()).collect()
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
            let request = self.client.change_message_visibility();
            let request = request.queue_url(&self.url).receipt_handle(receipt_handle);
            let seconds = i32::try_from(delay.as_secs()).unwrap_or(i32::MAX);
            if let Err(error) = request.visibility_timeout(seconds).send().await {
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
        assert!(batches(&[]).is_empty());
    }
}
