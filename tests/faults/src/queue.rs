//! A queue as SQS has it: messages come at least once, in any order, and are invisible while somebody has them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::schedule::Received;

/// As in the template.
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(5_400);

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its place among all messages, which is its id as well.
    pub id: usize,
    /// What it says.
    pub body: String,
    receives: u32,
    due: Instant,
    is_done: bool,
}

/// The queue of unfinished profiles.
#[derive(Debug, Default)]
pub struct Queue {
    messages: Vec<Message>,
}

impl Queue {
    /// How many messages ever came.
    pub fn sent(&self) -> usize {
        self.messages.len()
    }

    /// How many are not done.
    pub fn left(&self) -> usize {
        self.messages
            .iter()
            .filter(|message| !message.is_done)
            .count()
    }

    /// When the next message is due, if any is left.
    pub fn due(&self) -> Option<Instant> {
        let left = self.messages.iter().filter(|message| !message.is_done);
        left.map(|message| message.due).min()
    }

    /// The most that one message was received.
    pub fn most_receives(&self) -> u32 {
        let receives = self.messages.iter().map(|message| message.receives);
        receives.max().unwrap_or_default()
    }

    /// Hands out up to `size` messages, each for the time that the template says.
    pub fn receive(&mut self, size: usize, which: Received) -> Vec<Message> {
        let now = Instant::now();
        let is_fit = |message: &&mut Message| match which {
            Received::Due => !message.is_done && message.due <= now,
            Received::Undue => !message.is_done,
            Received::Done => message.is_done,
        };
        let fit = self.messages.iter_mut().filter(is_fit).take(size);
        fit.map(|message| {
            message.receives += 1;
            message.due = now + VISIBILITY_TIMEOUT;
            message.clone()
        })
        .collect()
    }

    /// Deletes a message.
    pub fn done(&mut self, id: usize) {
        if let Some(message) = self.messages.get_mut(id) {
            message.is_done = true;
        }
    }

    /// Does what a request asks for, of a batch only the messages that are not `left_out`.
    pub fn answer(&mut self, operation: &str, request: &Value, left_out: usize) -> Value {
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        if operation == "ChangeMessageVisibility" {
            let id = text(request, "ReceiptHandle").parse().unwrap_or(usize::MAX);
            let delay = request["VisibilityTimeout"].as_u64().unwrap_or_default();
            if let Some(message) = self.messages.get_mut(id) {
                message.due = Instant::now() + Duration::from_secs(delay);
            }
            return json!({});
        }
        let entries = request["Entries"].as_array().cloned().unwrap_or_default();
        let taken = entries.len().saturating_sub(left_out);
        let mut answer: BTreeMap<_, Vec<Value>> = BTreeMap::new();
        for (place, entry) in entries.iter().enumerate() {
            let id = text(entry, "Id");
            if place >= taken {
                let failed = json!({"Id": id, "SenderFault": false, "Code": "InternalError"});
                answer.entry("Failed").or_default().push(failed);
                continue;
            }
            self.messages.push(Message {
                id: self.messages.len(),
                body: text(entry, "MessageBody"),
                receives: 0,
                due: Instant::now(),
                is_done: false,
            });
            answer
                .entry("Successful")
                .or_default()
                .push(json!({"Id": id}));
        }
        json!(answer)
    }
}

impl Message {
    /// The message as Lambda hands it on.
    pub fn event(&self) -> Value {
        json!({
            "messageId": self.id.to_string(),
            "receiptHandle": self.id.to_string(),
            "body": self.body,
            "attributes": {"ApproximateReceiveCount": self.receives.to_string()},
            "eventSource": "aws:sqs",
        })
    }

    /// The profile that it names, and the keys.
    pub fn content(&self) -> (String, Vec<String>) {
        content(&self.body)
    }
}

/// The profile that a message names, and the keys.
pub fn content(body: &str) -> (String, Vec<String>) {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let keys = body["keys"].as_array().cloned().unwrap_or_default();
    let keys = keys.iter().filter_map(Value::as_str);
    let profile = body["profile_id"].as_str().unwrap_or_default();
    (profile.to_owned(), keys.map(str::to_owned).collect())
}
