//! The event source mapping of a queue: one message an invocation, several side by side.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{Queue, QueueError, Received};
use crate::failures::failed_items;
use crate::function::Function;
use crate::service::Service;

/// What a stop may take. A message that is not done by then comes again.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest time between two looks at the queue.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A running event source mapping of a queue, with a batch size of 1 and `ReportBatchItemFailures`.
#[derive(Debug)]
pub struct QueueMapping(Service);

impl QueueMapping {
    /// Starts to invoke `function` with each message, at most `concurrency` at the same time. A message that the function
    /// finishes is deleted; any other one stays, and is visible again when the queue or the function says.
    pub fn start(queue: Queue, function: Function, concurrency: usize) -> Self {
        Self(Service::start(|stop| {
            run(queue, function, concurrency, stop)
        }))
    }

    /// Stops, soon after the messages in hand or without waiting for them.
    pub async fn stop(self) {
        self.0.stop(PATIENCE).await;
    }
}

async fn run(queue: Queue, function: Function, concurrency: usize, stop: CancellationToken) {
    let mut in_hand = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            message = next(&queue), if in_hand.len() < concurrency.max(1) => {
                let (queue, function) = (queue.clone(), function.clone());
                in_hand.spawn(async move { deliver(&queue, &function, message).await });
            }
            Some(_) = in_hand.join_next() => {}
        }
    }
    in_hand.join_all().await;
}

/// The next message, as soon as one is visible.
async fn next(queue: &Queue) -> Received {
    loop {
        let changed = queue.changed.notified();
        let received = queue.messages().receive();
        let wait = match received {
            Ok(Some(message)) => return message,
            Ok(None) => queue.messages().next_visible_in(),
            Err(error) => Err(error),
        };
        let wait = wait.unwrap_or_else(|error| {
            warn!("cannot read the queue, trying again: {error}");
            None
        });
        let wait = wait.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        // Moments are whole milliseconds.
        tokio::time::timeout(wait + Duration::from_millis(1), changed)
            .await
            .ok();
    }
}

async fn deliver(queue: &Queue, function: &Function, message: Received) {
    let record = json!({
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": message.receives.to_string(),
            "SentTimestamp": message.sent_at.to_string(),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:local",
        "awsRegion": "us-east-1",
    });
    let answer = function.invoke(json!({"Records": [record]})).await.result;
    let failed = answer.and_then(|answer| failed_items(answer).map_err(|error| error.to_string()));
    match failed {
        Ok(failed) if failed.is_empty() => {
            let deleted = queue.messages().delete(&message.receipt_handle);
            if let Err(error) = deleted.map_err(QueueError::from) {
                error!("a message will come again: {error}");
            }
        }
        // It says in its own log why.
        Ok(_) => {}
        Err(reason) => warn!(receives = message.receives, "a message failed: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use tokio::sync::{Notify, Semaphore};

    use super::super::QueueSettings;
    use super::*;

    fn queue() -> Queue {
        let settings = QueueSettings {
            visibility: Duration::from_secs(900),
            max_receives: 3,
            retention: Duration::from_secs(86_400),
            dead_letter_retention: Duration::from_secs(86_400),
        };
        Queue::open(None, settings).unwrap()
    }

    #[tokio::test]
    async fn a_message_comes_again_until_it_is_done_or_dead() {
        let queue = queue();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(Notify::new());
        let (noting, ending, of) = (Arc::clone(&seen), Arc::clone(&over), queue.clone());
        let function = Function::new("f", Duration::from_secs(60), move |event| {
            let record = event.payload["Records"][0].clone();
            let body = record["body"].as_str().unwrap().to_owned();
            let receives = record["attributes"]["ApproximateReceiveCount"].clone();
            noting
                .lock()
                .unwrap()
                .push(format!("{body} {}", receives.as_str().unwrap()));
            let succeeds = body == "good" || (body == "late" && receives == "2");
            if !succeeds {
                let handle = record["receiptHandle"].as_str().unwrap();
                of.change_visibility(handle, Duration::ZERO).unwrap();
            }
            if body == "bad" && receives == "3" {
                ending.notify_one();
            }
            let failed = json!({"itemIdentifier": record["messageId"]});
            let failures = if succeeds { json!([]) } else { json!([failed]) };
            async move { Ok(json!({"batchItemFailures": failures})) }
        });
        let mapping = QueueMapping::start(queue.clone(), function, 1);
        for body in ["good", "late", "bad"] {
            queue.send(body).unwrap();
        }
        over.notified().await;
        while queue.dead_letters().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        mapping.stop().await;
        assert!(queue.is_empty().unwrap());
        assert_eq!(queue.dead_letters().unwrap(), ["bad"]);
        let mut seen = seen.lock().unwrap().clone();
        seen.sort();
        assert_eq!(
            seen,
            ["bad 1", "bad 2", "bad 3", "good 1", "late 1", "late 2"]
        );
    }

    #[tokio::test]
    async fn no_more_messages_are_in_hand_than_allowed_and_a_stop_waits_for_them() {
        let queue = queue();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (counting, peak, telling, waiting) = (
            Arc::clone(&now),
            Arc::clone(&most),
            Arc::clone(&begun),
            Arc::clone(&go_on),
        );
        let function = Function::new("f", Duration::from_secs(60), move |_| {
            let (counting, peak, telling, waiting) = (
                Arc::clone(&counting),
                Arc::clone(&peak),
                Arc::clone(&telling),
                Arc::clone(&waiting),
            );
            async move {
                let now = counting.fetch_add(1, Ordering::SeqCst) + 1;
                peak.fetch_max(now, Ordering::SeqCst);
                telling.notify_one();
                waiting.acquire().await?.forget();
                counting.fetch_sub(1, Ordering::SeqCst);
                Ok(json!(null))
            }
        });
        for _ in 0..6 {
            queue.send("x").unwrap();
        }
        let mapping = QueueMapping::start(queue.clone(), function, 2);
        begun.notified().await;
        go_on.add_permits(6);
        while !queue.is_empty().unwrap() {
            tokio::task::yield_now().await;
        }
        mapping.stop().await;
        assert_eq!(now.load(Ordering::SeqCst), 0);
        assert!(most.load(Ordering::SeqCst) <= 2);
    }
}
