//! A schedule, on which the model and the functions' own code are led side by side.

use std::collections::BTreeSet;

use calculation::{Closing, Part};
use chrono::Utc;
use protocol_model::{
    Action, Changed, Date, Design, Fate, Protocol, Query, Reader, Request, Scenario, State, Task,
    told,
};
use stateright::Model;
use table::{
    Outcome, ProfileId, Settings, SortKey, StoredLedger, TableError, rebuild, recalculate,
};
use test_support::{Engine, TABLE};

use crate::real::{Held, Real, View, delete, edit};

/// A walk that is longer goes on without crashes.
const ENOUGH: usize = 60;

type Done = Result<Outcome, TableError>;

struct Walk {
    protocol: Protocol,
    state: State,
    engine: Engine,
    profile: ProfileId,
    workers: Vec<Option<Real<Done>>>,
    reader: Option<Real<protocol_model::Totals>>,
    requests: usize,
}

/// Leads both through one schedule to the end. Returns how many requests were compared.
pub async fn lead(design: Design, scenario: Scenario, seed: u64) -> usize {
    let name = scenario.name;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut walk = Walk::begin(design, scenario).await;
    let mut steps = 0;
    loop {
        let mut actions = walk.actions(steps < ENOUGH);
        if actions.is_empty() {
            return walk.requests;
        }
        let action = actions.swap_remove(random.usize(..actions.len()));
        walk.take(action).await;
        let view = View::of_table(walk.engine.client(), &walk.profile).await;
        let expected = View::of_model(&walk.state.stored);
        assert_eq!(
            view, expected,
            "{name}, walk {seed}, step {steps}: {action:?}"
        );
        steps += 1;
        assert!(steps < 10 * ENOUGH, "{name}, walk {seed} does not end");
    }
}

impl Walk {
    async fn begin(design: Design, scenario: Scenario) -> Self {
        let engine = Engine::start().await;
        let profile = ProfileId::parse("p").unwrap();
        for (date, total) in scenario.stored {
            edit(&engine, &profile, *date, *total).await;
        }
        let table = table::Table::new(engine.client(), TABLE);
        rebuild(&table, &settings(&scenario), &profile, now)
            .await
            .unwrap();
        if scenario.is_torn {
            delete(&engine, &profile, SortKey::Archive(2020)).await;
        }
        let workers = (0..scenario.workers).map(|_| None).collect();
        let protocol = Protocol::new(design, scenario);
        let state = protocol.init_states().remove(0);
        Self {
            protocol,
            state,
            engine,
            profile,
            workers,
            reader: None,
            requests: 0,
        }
    }

    /// What can happen next, of what both can be led through.
    fn actions(&self, may_crash: bool) -> Vec<Action> {
        let mut actions = Vec::new();
        self.protocol.actions(&self.state, &mut actions);
        actions.retain(|action| match action {
            Action::Edit | Action::Take(..) | Action::Step(_, Fate::Answered) => true,
            Action::Read { is_behind } => !is_behind,
            Action::Seen => true,
            // Less often than anything else, or nothing would ever be done.
            Action::Crash(_) => may_crash && self.requests.is_multiple_of(7),
            _ => false,
        });
        actions.retain(|action| self.protocol.next_state(&self.state, *action).is_some());
        actions
    }

    async fn take(&mut self, action: Action) {
        let before = self.state.clone();
        match action {
            Action::Edit => {
                let (date, total) = self.protocol.scenario.edits[before.edits];
                edit(&self.engine, &self.profile, date, total).await;
                self.happen(action);
            }
            Action::Take(worker, task) => {
                let work = self.start(&before.pending[task]).await;
                self.workers[worker] = Some(work);
                self.happen(action);
            }
            Action::Crash(worker) => {
                self.workers[worker] = None;
                self.happen(action);
            }
            Action::Step(worker, _) => self.step(worker).await,
            Action::Read { .. } => self.read().await,
            _ => {
                self.happen(action);
            }
        }
    }

    /// Something happens to the model, and the functions' workers follow their counterparts to other places.
    fn happen(&mut self, action: Action) -> usize {
        let moved = match action {
            Action::Take(worker, _) | Action::Crash(worker) | Action::Step(worker, _) => {
                Some(worker)
            }
            _ => None,
        };
        let next = self.protocol.next_state(&self.state, action).unwrap();
        let mut place = 0;
        if let Some(worker) = moved {
            let others: Vec<_> = (0..self.workers.len())
                .filter(|other| *other != worker)
                .collect();
            place = worker;
            if let [other] = others.as_slice() {
                let stays = next.workers[*other] == self.state.workers[*other];
                if !stays {
                    self.workers.swap(worker, *other);
                    place = *other;
                }
            }
        }
        self.state = next;
        place
    }

    async fn start(&self, task: &Task) -> Real<Done> {
        let (profile, settings) = (self.profile.clone(), settings(&self.protocol.scenario));
        let parts: Option<BTreeSet<Part>> = match &task.changed {
            Changed::Everything => None,
            Changed::Dates(dates) => Some(dates.iter().map(|date| date.part()).collect()),
        };
        Real::start(&self.engine, |table| async move {
            match parts {
                None => rebuild(&table, &settings, &profile, now).await,
                Some(parts) => recalculate(&table, &settings, &profile, &parts, now).await,
            }
        })
        .await
    }

    /// The next request of a worker, which may take the model several steps.
    async fn step(&mut self, mut worker: usize) {
        let request = self.protocol.request(&self.state, worker).unwrap();
        self.requests += 1;
        let real = self.workers[worker].as_mut().unwrap();
        let Some(Held::Asks(operation, _)) = &real.held else {
            panic!("the function is done, and the model is not: {request:?}");
        };
        assert_eq!(operation, request.operation(), "{request:?}");
        real.go_on().await;
        loop {
            worker = self.happen(Action::Step(worker, Fate::Answered));
            let is_same = self.protocol.request(&self.state, worker) == Some(request);
            let takes_steps = matches!(request, Request::Query(Query::Archive | Query::Everything));
            if !is_same || !takes_steps || !self.has_read(worker) {
                break;
            }
        }
        let is_done = self.state.workers[worker].task.is_none();
        match &self.workers[worker].as_ref().unwrap().held {
            Some(Held::Done(done)) => {
                done.as_ref().unwrap();
                assert!(is_done, "the function is done, and the model is not");
                self.workers[worker] = None;
            }
            _ => assert!(!is_done, "the model is done, and the function is not"),
        }
    }

    /// Whether a worker is amid a Query.
    fn has_read(&self, worker: usize) -> bool {
        let answers = &self.state.workers[worker].answers;
        !answers.archive.is_empty() || !answers.dates.is_empty()
    }

    async fn read(&mut self) {
        let request = self.protocol.request_of_reader(&self.state).unwrap();
        self.requests += 1;
        if self.reader.is_none() {
            let profile = self.profile.clone();
            let reader = Real::start(&self.engine, |table| async move {
                let derived = table
                    .derived_as_of(&profile, Date::First.day())
                    .await
                    .unwrap();
                match derived.map(|derived| derived.ledger) {
                    Some(StoredLedger::Usable(ledger)) => told(&ledger),
                    _ => protocol_model::Totals::new(),
                }
            });
            self.reader = Some(reader.await);
        }
        let real = self.reader.as_mut().unwrap();
        let Some(Held::Asks(operation, _)) = &real.held else {
            panic!("the reader is done, and the model is not: {request:?}");
        };
        assert_eq!(operation, request.operation());
        real.go_on().await;
        loop {
            self.happen(Action::Read { is_behind: false });
            let is_same = self.protocol.request_of_reader(&self.state) == Some(request);
            if !is_same || request.operation() == "GetItem" {
                break;
            }
        }
        let held = &self.reader.as_ref().unwrap().held;
        match (&self.state.reader, held) {
            (Reader::Told(expected), Some(Held::Done(told))) => assert_eq!(told, expected),
            (Reader::Begins { .. } | Reader::Archive { .. }, Some(Held::Asks(..))) => {}
            (reader, _) => panic!("{reader:?} is not what the function does"),
        }
    }
}

fn settings(scenario: &Scenario) -> Settings {
    let days = if scenario.closes { 1 } else { usize::MAX };
    Settings {
        closing: Closing {
            months: 0,
            days,
            bytes: 0,
        },
        store_figures: false,
        ..Settings::default()
    }
}

fn now() -> chrono::DateTime<Utc> {
    Date::Newest.day().and_hms_opt(12, 0, 0).unwrap().and_utc()
}
