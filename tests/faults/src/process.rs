//! Processes: what Lambda runs, and what may be killed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use test_support::{HttpRequest, body, operation};
use tokio::sync::Notify;

use crate::engine::Answer;
use crate::source::changes;
use crate::state::World;

/// What an invocation did so far.
#[derive(Debug, Default)]
pub struct Seen {
    /// The profiles that were recalculated, in the order in which that ended.
    pub recalculated: Vec<String>,
    /// How often the one of them that was unluckiest lost a race.
    pub lost_races: u32,
    /// The messages that it tried to send.
    pub sent: Vec<String>,
    /// Those of them that the queue said it took.
    pub taken: Vec<String>,
    /// Its requests, by partition key.
    pub requests: BTreeMap<String, u32>,
    /// All of them.
    all_requests: u32,
    /// At which of them the process is killed.
    killed: Option<u32>,
}

/// A process.
#[derive(Debug)]
pub struct Process {
    /// What it is called in a trace.
    pub name: &'static str,
    /// Whether it may change source items.
    is_writer: bool,
    seen: Mutex<Seen>,
    killed: Notify,
}

impl Process {
    /// One of the functions, or of something else.
    pub fn new(name: &'static str, is_writer: bool) -> Arc<Self> {
        Arc::new(Self {
            name,
            is_writer,
            seen: Mutex::default(),
            killed: Notify::new(),
        })
    }

    /// What its invocation did so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no panic before")
    }

    /// Begins an invocation.
    pub fn begin(&self, killed: Option<u32>) {
        *self.seen() = Seen {
            killed,
            ..Seen::default()
        };
    }

    /// Takes note of a request. Tells whether it is the process's last one.
    pub fn asks(&self, world: &World, request: &HttpRequest) -> bool {
        let (operation, body) = (operation(request), body(request));
        if !self.is_writer && !changes(&operation, &body).is_empty() {
            world.violated(format!("a function changes a source item: {body}"));
        }
        let attempt = request.headers().get("amz-sdk-request").unwrap_or_default();
        let attempt = attempt.trim_start_matches("attempt=").split(';').next();
        let attempt: u32 = attempt.and_then(|n| n.parse().ok()).unwrap_or_default();
        {
            let mut state = world.state();
            state.figures.attempts = state.figures.attempts.max(attempt);
            if state.is_settled && attempt > 1 {
                state
                    .violations
                    .push(format!("{operation} is retried without a fault"));
            }
        }
        let mut seen = self.seen();
        if operation == "SendMessageBatch" {
            seen.sent
                .extend(entries(&body).into_iter().map(|(_, body)| body));
        } else if let Some((_, rest)) = body.split_once("PROFILE#") {
            let id = rest.split('"').next().unwrap_or_default();
            *seen.requests.entry(format!("PROFILE#{id}")).or_default() += 1;
        }
        seen.all_requests += 1;
        seen.killed == Some(seen.all_requests - 1)
    }

    /// Takes note of an answer that arrived.
    pub fn answered(&self, request: &HttpRequest, answer: &Answer) {
        if operation(request) != "SendMessageBatch" || !answer.is_success() {
            return;
        }
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let taken = answer["Successful"].as_array().into_iter().flatten();
        let taken: Vec<&str> = taken.filter_map(|entry| entry["Id"].as_str()).collect();
        let entries = entries(&body(request)).into_iter();
        let entries = entries.filter(|(id, _)| taken.contains(&id.as_str()));
        self.seen().taken.extend(entries.map(|(_, body)| body));
    }

    /// Ends the process.
    pub fn die(&self) {
        self.killed.notify_one();
    }

    /// Waits until it is killed.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }
}

fn entries(body: &str) -> Vec<(String, String)> {
    let request: Value = serde_json::from_str(body).unwrap_or_default();
    let entries = request["Entries"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = entries.iter();
    entries
        .map(|entry| (text(&entry["Id"]), text(&entry["MessageBody"])))
        .collect()
}
