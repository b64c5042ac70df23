//! Bytes as an event of the stream function, and as what the table answers to it.

#![expect(clippy::indexing_slicing, reason = "what is not there is null")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::{Answer, Queue, RecalculateAggregations};
use serde_json::{Value, json};
use table::{ProfileId, Settings};

use crate::dynamodb::MadeUp;
use crate::input::texts;

/// Hands the text before the first blank line to the stream function as an event; the others are what the table answers. What is not
/// done is named by sequence numbers or ids of the event, of a stream by one at most.
pub fn stream_event(input: &[u8]) {
    let (event, answers) = texts(input);
    if let Ok(event) = serde_json::from_slice(event) {
        handle(event, &answers);
    }
}

/// The same with an event that comes from the queue of unfinished profiles.
pub fn queue_event(input: &[u8]) {
    let (event, answers) = texts(input);
    if let Ok(mut event) = serde_json::from_slice::<Value>(event) {
        if let Some(Value::Object(first)) = event.pointer_mut("/Records/0") {
            first.insert("eventSource".to_owned(), json!("aws:sqs"));
        }
        handle(event, &answers);
    }
}

fn handle(event: Value, answers: &[&[u8]]) {
    let queue = Arc::new(Messages::default());
    let answer = MadeUp::answering(answers, |table| {
        let function = RecalculateAggregations::new(table, Settings::default());
        let function = function.with_queue(queue.clone());
        let event = LambdaEvent::new(event.clone(), Context::default());
        async move { function.handle(event).await }
    });
    queue.check();
    let Ok(answer) = answer else {
        return;
    };
    let is_stream = event.pointer("/Records/0/eventSource") != Some(&json!("aws:sqs"));
    let failures = answer.failures();
    assert!(failures.iter().all(|failure| has(&event, failure)));
    assert!(!is_stream || failures.len() <= 1);
    let json = serde_json::to_value(&answer);
    match (&answer, json) {
        (Answer::Batch(_), Ok(json)) => assert!(json["batchItemFailures"].is_array()),
        (Answer::Segment(_), Ok(json)) => assert!(json["segment"].is_number()),
        (Answer::Total(_), Ok(json)) => assert!(json["unfinished"].is_array()),
        (_, Err(error)) => panic!("{error}"),
    }
}

/// Whether a text stands somewhere in an event.
fn has(event: &Value, text: &str) -> bool {
    match event {
        Value::String(found) => found == text,
        Value::Array(values) => values.iter().any(|value| has(value, text)),
        Value::Object(values) => values.values().any(|value| has(value, text)),
        _ => false,
    }
}

/// A queue that takes every other message.
#[derive(Debug, Default)]
struct Messages(Mutex<Vec<String>>);

impl Messages {
    /// Each message names a profile, and SQS would take it.
    fn check(&self) {
        for message in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let read = serde_json::from_str::<Value>(message).unwrap_or_default();
            let profile = read["profile_id"].as_str().map(ProfileId::parse);
            assert!(matches!(profile, Some(Ok(_))), "{message}");
            assert!(message.len() <= 256 * 1024);
        }
    }
}

impl Queue for Messages {
    fn send<'a>(&'a self, messages: &'a [String]) -> BoxFuture<'a, Vec<usize>> {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.extend_from_slice(messages);
        async move { (0..messages.len()).step_by(2).collect() }.boxed()
    }

    fn put_off<'a>(&'a self, _: &'a str, delay: Duration) -> BoxFuture<'a, ()> {
        // The longest that SQS takes.
        assert!(delay <= Duration::from_secs(12 * 60 * 60));
        async {}.boxed()
    }
}
