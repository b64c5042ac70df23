//! A protocol in a scenario, and what was found out about it.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

use stateright::Model;

use crate::design::Design;
use crate::recalculation::{Next, Recalculation};
use crate::scenario::Scenario;
use crate::state::State;
use crate::stored::Version;
use crate::worker::Worker;

/// After so many steps without failures everything is quiet, or never will be.
const MAX_STEPS: usize = 2_000;

/// A protocol in a scenario.
#[derive(Debug)]
pub struct Protocol {
    /// Its rules.
    pub design: Design,
    /// What happens.
    pub scenario: Scenario,
    /// States from which a fair run is known to become quiet.
    ending: Mutex<HashSet<u64>>,
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

    /// Whether a run from this state without further failures becomes quiet.
    pub(crate) fn ends(&self, state: &State) -> bool {
        self.run_to_quiet(state.clone()).is_some()
    }

    /// Runs without failures until everything is quiet, or is known to become so. The first of the actions that there are is always
    /// the next step of what was begun.
    pub(crate) fn run_to_quiet(&self, mut state: State) -> Option<State> {
        let mut passed = Vec::new();
        for _ in 0..MAX_STEPS {
            let mut hasher = DefaultHasher::new();
            state.hash(&mut hasher);
            passed.push(hasher.finish());
            let mut ending = self.ending.lock().ok()?;
            let is_known = passed.last().is_some_and(|last| ending.contains(last));
            if is_known || state.is_quiet(&self.scenario) {
                ending.extend(passed);
                return Some(state);
            }
            drop(ending);
            let mut actions = Vec::new();
            self.actions(&state, &mut actions);
            let mut actions = actions.into_iter();
            state = actions.find_map(|action| self.next_state(&state, action))?;
        }
        None
    }
}
