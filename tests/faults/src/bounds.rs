//! What an invocation may do, and what it must answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::process::Seen;
use crate::queue::content;
use crate::state::World;
use crate::stream::Record;

/// Tries of a recalculation.
const MAX_TRIES: u32 = 8;
/// The SDK's attempts of a request.
pub const MAX_ATTEMPTS: u32 = 3;
/// Requests of a try beside one for each part: the derived item, an empty one in its place, the archive, everything, and the write.
pub(crate) const BESIDE_PARTS: usize = 5;
/// What is older than so many seconds goes to the queue; the clocks may differ a little.
const PATIENCE: f64 = 60.0;
const DIFFERENCE: f64 = 0.5;

/// Whether a recalculation that succeeded lost no more races than it had tries before the last.
pub(crate) fn check_tries(world: &World, lost_races: u32) {
    if lost_races >= MAX_TRIES {
        world.violated(format!("a recalculation lost {lost_races} races"));
    }
}

/// Whether the answer names exactly the lowest record of what is neither done nor handed over.
pub(crate) fn check_batch(
    world: &World,
    seen: &Seen,
    records: &[Record],
    ages: &[f64],
    failures: &[String],
) {
    let mut profiles: BTreeMap<&str, Vec<(&Record, f64)>> = BTreeMap::new();
    for (record, age) in records.iter().zip(ages) {
        if let Some(id) = record.pk.strip_prefix("PROFILE#") {
            profiles.entry(id).or_default().push((record, *age));
        }
    }
    let keys = |id: &str| -> BTreeSet<String> {
        let records = profiles.get(id).into_iter().flatten();
        records.map(|(record, _)| record.sk.clone()).collect()
    };
    let age = |id: &str| {
        let records = profiles.get(id).into_iter().flatten();
        records.fold(0.0, |oldest: f64, (_, age)| oldest.max(*age))
    };
    for message in &seen.sent {
        let (id, sent) = content(message);
        if sent.into_iter().collect::<BTreeSet<_>>() != keys(&id) {
            world.violated(format!("{message} is not what the batch says: {records:?}"));
        }
        if age(&id) < PATIENCE - DIFFERENCE {
            world.violated(format!("{message} went to the queue too early"));
        }
        if seen.recalculated.contains(&id) {
            world.violated(format!("{message} went to the queue though it was done"));
        }
    }
    let names = |messages: &[String], id: &str| messages.iter().any(|m| content(m).0 == id);
    let mut lowest = None;
    for (id, records) in &profiles {
        if seen.recalculated.iter().any(|done| done == id) || names(&seen.taken, id) {
            continue;
        }
        if age(id) > PATIENCE + DIFFERENCE && !names(&seen.sent, id) {
            world.violated(format!(
                "{id} is old and not done, and nobody told the queue"
            ));
        }
        let number = records.iter().map(|(record, _)| record.number).min();
        lowest = lowest.min(number).or(number).or(lowest);
    }
    let expected: Vec<String> = lowest.iter().map(usize::to_string).collect();
    if failures != expected {
        world.violated(format!(
            "the answer names {failures:?} and not {expected:?}: {records:?}, {seen:?}"
        ));
    }
    check_requests(world, seen, |id| keys(id).len() + BESIDE_PARTS, true);
}

/// Whether no profile took more requests than it may: those of one try, or of all where there are faults.
pub(crate) fn check_requests(
    world: &World,
    seen: &Seen,
    once: impl Fn(&str) -> usize,
    is_limited: bool,
) {
    let mut state = world.state();
    for (pk, requests) in &seen.requests {
        let id = pk.trim_start_matches("PROFILE#");
        let of_one_try = u32::try_from(once(id)).unwrap_or(u32::MAX);
        let bound = match (state.is_settled, is_limited) {
            (true, _) => of_one_try,
            (false, true) => of_one_try * MAX_TRIES * MAX_ATTEMPTS,
            // Until the deadline.
            (false, false) => u32::MAX,
        };
        if *requests > bound {
            let what = format!("{requests} requests for {pk}, where {bound} are allowed");
            state.violations.push(what);
        }
        let most = state.figures.requests_of_one.max(*requests);
        state.figures.requests_of_one = most;
    }
    if state.is_settled && seen.lost_races > 0 {
        let what = "a race is lost where nobody else runs".to_owned();
        state.violations.push(what);
    }
}
