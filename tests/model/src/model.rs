//! The model: what can happen in a state, and what comes of it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Mutex;

use stateright::{Model, Property};

use crate::design::{Design, Rule};
use crate::properties::properties;
use crate::reader::Reader;
use crate::recalculation::{Next, Recalculation};
use crate::scenario::Scenario;
use crate::source::Date;
use crate::state::State;
use crate::steps::Fate;
use crate::stored::Version;
use crate::worker::{Changed, Origin, Task, Worker};

/// Something that happens. Workers are told by their place among those of the state before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// A shop writes.
    Edit,
    /// A worker takes a record or a message.
    Take(usize, usize),
    /// A worker takes all records at once.
    TakeBatch(usize),
    /// A worker's next request.
    Step(usize, Fate),
    /// A worker reads a date while it reads the derived item.
    ReadBeside(usize),
    /// A worker crashes, or its request fails.
    Crash(usize),
    /// A worker hands over to the queue.
    HandOver {
        /// Which one.
        worker: usize,
        /// More keys than a message lists.
        is_whole: bool,
        /// The queue's answer is lost.
        is_lost: bool,
    },
    /// What a worker works on is delivered to another one, too.
    DeliverTwice(usize),
    /// A record that is done is delivered again.
    Replay(Date),
    /// A late request takes effect, if its condition holds.
    LateEffect(usize),
    /// A late request never takes effect.
    Drop(usize),
    /// What is among the dead letters is worked on again.
    Redrive,
    /// The reader's next request.
    Read {
        /// It is told what was stored before the last write.
        is_behind: bool,
    },
    /// The reader's answer was looked at.
    Seen,
}

/// A protocol in a scenario.
#[derive(Debug)]
pub struct Protocol {
    /// Its rules.
    pub design: Design,
    /// What happens.
    pub scenario: Scenario,
    /// States from which a fair run is known to become quiet.
    pub(crate) ending: Mutex<HashSet<u64>>,
    /// What workers do next, which many states have in common.
    next: Mutex<HashMap<(Worker, Version), Option<Next>>>,
    /// Properties that were found broken.
    broken: Mutex<HashSet<&'static str>>,
}

impl Protocol {
    /// A protocol in a scenario.
    pub fn new(design: Design, scenario: Scenario) -> Self {
        Self {
            design,
            scenario,
            ending: Mutex::default(),
            next: Mutex::default(),
            broken: Mutex::default(),
        }
    }

    /// What a worker does next.
    pub(crate) fn next(&self, worker: &Worker, fresh: Version) -> Option<Next> {
        let calculate = || {
            let work = Recalculation::of(&self.design, &self.scenario, worker, fresh);
            work.map(|work| work.next())
        };
        let Ok(mut known) = self.next.lock() else {
            return calculate();
        };
        let entry = known.entry((worker.clone(), fresh));
        entry.or_insert_with(calculate).clone()
    }

    /// Whether a property holds, or is already known not to: the checker would keep the last way to where it does not.
    pub(crate) fn first_of(&self, property: &'static str, holds: bool) -> bool {
        holds
            || !self
                .broken
                .lock()
                .is_ok_and(|mut broken| broken.insert(property))
    }

    fn worker_actions(&self, state: &State, at: usize, actions: &mut Vec<Action>) {
        actions.push(Action::Step(at, Fate::Answered));
        if self.writes(state, at) {
            let fates = [Fate::AnswerLost, Fate::Conflict, Fate::Late, Fate::Twice];
            actions.extend(fates.map(|fate| Action::Step(at, fate)));
        }
        actions.push(Action::Crash(at));
        if !self.design.keeps(Rule::HeadByItself) {
            actions.push(Action::ReadBeside(at));
        }
        if self.scenario.receives > 0 {
            for (is_whole, is_lost) in [(false, false), (true, false), (false, true)] {
                actions.push(Action::HandOver {
                    worker: at,
                    is_whole,
                    is_lost,
                });
            }
        }
        if state.replays < self.scenario.replays {
            actions.push(Action::DeliverTwice(at));
        }
    }

    fn edit(&self, state: &mut State) -> Option<()> {
        let (date, total) = *self.scenario.edits.get(state.edits)?;
        match total {
            Some(total) => state.source.insert(date, total),
            None => state.source.remove(&date),
        };
        state.edits += 1;
        state.pending.push(record(date));
        Some(())
    }

    fn happen(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Edit => self.edit(state)?,
            Action::Take(worker, task) => {
                let task = state.pending.remove(task);
                state.workers.get_mut(worker)?.task = Some(task);
            }
            Action::TakeBatch(worker) => self.take_batch(state, worker)?,
            Action::Step(worker, fate) => self.step(state, worker, fate)?,
            Action::ReadBeside(worker) => self.read_beside(state, worker)?,
            Action::Crash(worker) => self.fail(state, worker)?,
            Action::HandOver {
                worker,
                is_whole,
                is_lost,
            } => {
                self.hand_over(state, worker, is_whole, is_lost)?;
            }
            Action::DeliverTwice(worker) => {
                self.count_replay(state)?;
                state.pending.push(state.workers.get(worker)?.task.clone()?);
            }
            Action::Replay(date) => {
                self.count_replay(state)?;
                state.pending.push(record(date));
            }
            Action::LateEffect(at) => {
                let write = state.late.remove(at);
                state.write(&write);
            }
            Action::Drop(at) => drop(state.late.remove(at)),
            Action::Redrive => {
                state.is_dead = false;
                state.pending.push(everything());
            }
            Action::Read { is_behind } => {
                let stored = if is_behind {
                    state.before.as_ref()?
                } else {
                    &state.stored
                };
                state.reader = state.reader.read(&self.design, &self.scenario, stored)?;
            }
            Action::Seen => state.reader = Reader::Over,
        }
        Some(())
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut state = State::of(&self.scenario);
        state.pending.push(everything());
        // What is stored at first was calculated by the protocol as it is, and nobody disturbed it.
        let design = Design::default();
        let scenario = Scenario {
            edits: &[],
            ..self.scenario.clone()
        };
        let mut state = Self::new(design, scenario)
            .run_to_quiet(state)
            .unwrap_or_else(|state| state);
        state.reader = Reader::of(&self.scenario);
        if self.scenario.is_torn {
            state.stored.archive.clear();
        }
        if self.scenario.rebuild {
            state.pending.push(everything());
        }
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // A fair run takes the first of them, so what was begun comes first.
        actions.extend((0..state.late.len()).map(Action::LateEffect));
        for (at, worker) in state.workers.iter().enumerate() {
            if worker.task.is_some() {
                self.worker_actions(state, at, actions);
            }
        }
        let idle = state
            .workers
            .iter()
            .position(|worker| worker.task.is_none());
        if let Some(idle) = idle {
            actions.extend((0..state.pending.len()).map(|task| Action::Take(idle, task)));
            actions.push(Action::TakeBatch(idle));
        }
        if state.is_dead {
            actions.push(Action::Redrive);
        }
        actions.push(Action::Edit);
        actions.extend((0..state.late.len()).map(Action::Drop));
        if state.replays < self.scenario.replays {
            let edited = self.scenario.edits.iter().take(state.edits);
            let edited: BTreeSet<Date> = edited.map(|(date, _)| *date).collect();
            actions.extend(edited.into_iter().map(Action::Replay));
        }
        match state.reader {
            Reader::Over => {}
            Reader::Told(_) => actions.push(Action::Seen),
            Reader::Begins { .. } | Reader::Archive { .. } => {
                actions.push(Action::Read { is_behind: false });
                actions.push(Action::Read { is_behind: true });
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.happen(&mut state, action)?;
        let state = state.in_order();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}

/// A record of a date.
fn record(date: Date) -> Task {
    Task {
        origin: Origin::Stream,
        changed: Changed::Dates(BTreeSet::from([date])),
    }
}

/// A rebuild.
fn everything() -> Task {
    Task {
        origin: Origin::Rebuild,
        changed: Changed::Everything,
    }
}
