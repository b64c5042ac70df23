//! A check of a design in a scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model};

use crate::action::Action;
use crate::design::Design;
use crate::properties::QUIET;
use crate::protocol::Protocol;
use crate::scenario::Scenario;
use crate::state::State;

/// What a check came to.
#[derive(Debug)]
pub struct Checked {
    /// How many states there are.
    pub states: usize,
    /// The longest of the shortest ways to a state.
    pub depth: usize,
    /// How long it took.
    pub time: Duration,
    /// The properties that do not hold, each with the shortest way there.
    pub broken: BTreeMap<&'static str, Vec<(State, Option<Action>)>>,
}

/// Checks all states of a scenario, or stops where `property` is broken. Every way there is a shortest one.
pub fn check(design: Design, scenario: Scenario, property: Option<&'static str>) -> Checked {
    let began = Instant::now();
    let protocol = Protocol::new(design, scenario);
    let names = match property {
        Some(property) => BTreeSet::from([property]),
        None => protocol
            .properties()
            .iter()
            .map(|property| property.name)
            .collect(),
    };
    let checker = protocol.checker().finish_when(HasDiscoveries::AllOf(names));
    let checker = checker.spawn_bfs().join();
    let mut found: BTreeMap<_, _> = checker
        .discoveries()
        .into_iter()
        .map(|(name, path)| (name, path.into_vec()))
        .collect();
    // This one is to be found.
    let is_never_quiet = found.remove(QUIET).is_none() && property.is_none();
    if is_never_quiet {
        found.insert(QUIET, Vec::new());
    }
    Checked {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        time: began.elapsed(),
        broken: found,
    }
}
