//! The model: what can happen in a state, and what comes of it.

use std::collections::BTreeSet;

use stateright::{Model, Property};

use crate::action::Action;
use crate::delivery::{everything, record};
use crate::design::{Design, Rule};
use crate::properties::properties;
use crate::protocol::Protocol;
use crate::reader::Reader;
use crate::scenario::Scenario;
use crate::source::Date;
use crate::state::State;
use crate::steps::Fate;

impl Protocol {
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
        let calculated = Self::new(design, scenario).run_to_quiet(state.clone());
        let mut state = calculated.unwrap_or(state);
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
