//! What a schedule has made of the world so far.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use table::Settings;
use test_support::{HttpRequest, body, operation};
use tokio::time::Instant;

use crate::engine::{Answer, Engine};
use crate::fault::{Fault, Planned};
use crate::queue::Queue;
use crate::report::Figures;
use crate::source::changes;
use crate::stored::Stored;
use crate::stream::Stream;

/// A request that takes effect later.
#[derive(Debug)]
struct Held {
    /// When so many requests have arrived in all.
    due: u64,
    request: HttpRequest,
}

/// What changes.
#[derive(Debug, Default)]
pub struct State {
    plan: Vec<Planned>,
    /// How many requests to the queue met a fault.
    pub queue_faults: u32,
    /// How many requests came while there were faults.
    planned: usize,
    held: Vec<Held>,
    /// Whether there are no faults now.
    pub is_quiet: bool,
    /// Whether nothing of the time before is under way any more, either.
    pub is_settled: bool,
    /// The stream.
    pub stream: Stream,
    /// The queue.
    pub queue: Queue,
    /// What is stored, by partition key.
    pub stored: BTreeMap<String, Stored>,
    /// What is counted.
    pub figures: Figures,
    /// What should never have been.
    pub violations: Vec<String>,
    /// What happened, line by line.
    pub trace: Vec<String>,
}

/// The world of a schedule.
#[derive(Debug)]
pub struct World {
    /// The DynamoDB.
    pub engine: Engine,
    /// The table's name.
    pub table: String,
    /// The settings of derived items.
    pub settings: Settings,
    began: Instant,
    state: Mutex<State>,
}

impl World {
    /// One in which nothing happened yet.
    pub fn new(engine: Engine, table: String, settings: Settings, plan: Vec<Planned>) -> Self {
        let state = State {
            plan,
            ..State::default()
        };
        Self {
            engine,
            table,
            settings,
            began: Instant::now(),
            state: Mutex::new(state),
        }
    }

    /// What changes. Never held while anything is awaited.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic before")
    }

    /// Notes what should never be.
    pub fn violated(&self, what: impl Into<String>) {
        self.state().violations.push(what.into());
    }

    /// Notes what happened.
    pub fn note(&self, what: impl FnOnce() -> String) {
        let time = self.began.elapsed();
        self.state().trace.push(format!("{time:>10.1?} {}", what()));
    }

    /// Counts a request; held ones that are due take effect. Returns what is planned for it.
    pub fn arrives(&self) -> Planned {
        let mut state = self.state();
        state.figures.requests += 1;
        let number = state.figures.requests;
        // Where nothing else goes wrong, what is held comes at the end of a round.
        let is_settled = state.is_settled;
        let is_due = |held: &mut Held| held.due <= number && !is_settled;
        let due: Vec<Held> = state.held.extract_if(.., is_due).collect();
        let place = state.planned;
        state.planned += usize::from(!state.is_quiet);
        let planned = match (state.is_quiet, state.plan.get(place)) {
            (true, _) => None,
            (false, Some(planned)) => Some(*planned),
            // Behind its end requests still take their time.
            (false, None) => {
                let again = state.plan.get(place % state.plan.len().max(1)).copied();
                again.map(|planned| Planned {
                    fault: Fault::None,
                    ..planned
                })
            }
        };
        drop(state);
        for held in due {
            self.apply(&held.request, 0);
        }
        planned.unwrap_or(Planned {
            fault: Fault::None,
            there: 0,
            back: 0,
        })
    }

    /// Lets a request take effect when so many further ones have arrived.
    pub fn hold(&self, request: HttpRequest, further: u8) {
        let mut state = self.state();
        let due = state.figures.requests + 1 + u64::from(further);
        state.held.push(Held { due, request });
    }

    /// Lets everything take effect that is held.
    pub fn release(&self) {
        let held = std::mem::take(&mut self.state().held);
        for held in held {
            self.apply(&held.request, 0);
        }
    }

    /// Does what a request asks for, of a batch without the last `left_out` parts.
    pub fn apply(&self, request: &HttpRequest, left_out: usize) -> Answer {
        let operation = operation(request);
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        if target.starts_with("AmazonSQS") {
            let request = serde_json::from_str(&body(request)).unwrap_or_default();
            let answer = self.state().queue.answer(&operation, &request, left_out);
            return Answer {
                status: 200,
                body: answer.to_string().into_bytes(),
            };
        }
        let answer = self.engine.answer(request);
        if answer.is_success() {
            for (pk, sk, content) in changes(&operation, &body(request)) {
                let mut state = self.state();
                state.stream.add(&pk, &sk);
                state.stored.entry(pk).or_default().set(&sk, content);
            }
        }
        answer
    }
}
