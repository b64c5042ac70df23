//! A schedule: what is written, delivered, read and broken, and when.

use calculation::Closing;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::fault::{self, Planned};
use crate::source::{Change, change};

/// Profiles of a schedule.
pub const PROFILES: usize = 3;
/// Shards of the stream.
pub const SHARDS: usize = 2;
/// Pollers: two on each shard. The second one of a shard is one too many, as when a poller that was given up goes on: it may stop at
/// any time, so what it delivers makes up for nothing that the first one lost.
pub const POLLERS: usize = 2 * SHARDS;

/// What a schedule does next.
#[derive(Clone, Debug)]
pub enum Step {
    /// A writer changes an item.
    Write(usize, Change),
    /// An import puts a batch of items and deletes another, through the faults.
    Import(usize, Vec<Change>),
    /// A poller invokes the function with its next records.
    Deliver(usize, Invoked),
    /// Both pollers of a shard invoke the function with their next records.
    DeliverTwice(usize, Invoked),
    /// A poller goes back by so many records.
    Rewind(usize, usize),
    /// The queue invokes the function.
    Work(Invoked, Received),
    /// Somebody asks for a document, as of one of the dates.
    Read(usize, usize),
    /// Somebody has a profile rebuilt.
    Rebuild(usize),
    /// Somebody has a profile forgotten.
    Forget(usize),
    /// A record of nothing that the function knows comes into a shard.
    Foreign(usize),
}

/// An invocation of the function.
#[derive(Clone, Copy, Debug)]
pub struct Invoked {
    /// How many records or messages it gets at most.
    pub size: usize,
    /// How many seconds Lambda gives it.
    pub seconds: u64,
    /// At which of its requests the process is killed.
    pub killed: Option<u32>,
}

/// Which messages the queue hands out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Received {
    /// Those that are due.
    Due,
    /// Any that are there, though another worker may have them.
    Undue,
    /// One that was done.
    Done,
}

/// A schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// What seeds everything else that is random: pauses between tries.
    pub jitter: u64,
    /// When days are closed.
    pub closing: Closing,
    /// What the first profile has from before, calculated.
    pub history: Vec<Change>,
    /// What happens, each after a pause in milliseconds.
    pub steps: Vec<(u64, Step)>,
    /// What happens to requests.
    pub faults: Vec<Planned>,
}

fn invoked() -> impl Strategy<Value = Invoked> {
    let killed = proptest::option::weighted(0.2, 0_u32..8);
    let seconds = select(vec![6_u64, 8, 60]);
    (1_usize..6, seconds, killed).prop_map(|(size, seconds, killed)| Invoked {
        size,
        seconds,
        killed,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let profile = select(vec![0, 0, 0, 1, 2]);
    let received = select(vec![
        Received::Due,
        Received::Due,
        Received::Undue,
        Received::Done,
    ]);
    prop_oneof![
        12 => (profile.clone(), change()).prop_map(|(profile, change)| Step::Write(profile, change)),
        2 => (profile.clone(), proptest::collection::vec(change(), 1..9))
            .prop_map(|(profile, changes)| Step::Import(profile, changes)),
        12 => (0..POLLERS, invoked()).prop_map(|(poller, invoked)| Step::Deliver(poller, invoked)),
        4 => (0..SHARDS, invoked()).prop_map(|(shard, invoked)| Step::DeliverTwice(shard, invoked)),
        1 => (0..POLLERS, 1_usize..6).prop_map(|(poller, by)| Step::Rewind(poller, by)),
        6 => (invoked(), received).prop_map(|(invoked, received)| Step::Work(invoked, received)),
        4 => (profile.clone(), 0_usize..8).prop_map(|(profile, date)| Step::Read(profile, date)),
        1 => profile.clone().prop_map(Step::Rebuild),
        1 => profile.prop_map(Step::Forget),
        1 => (0..SHARDS).prop_map(Step::Foreign),
    ]
}

/// Schedules.
pub fn schedules() -> impl Strategy<Value = Schedule> {
    let soon = Closing {
        months: 0,
        days: 1,
        bytes: 0,
    };
    let closing = select(vec![
        Closing::default(),
        soon,
        soon,
        Closing { months: 25, ..soon },
    ]);
    // Mostly beside each other; now and then a record becomes old, or a message due.
    let pause = prop_oneof![20 => 0_u64..40, 3 => 200_u64..4_000, 3 => Just(61_000_u64), 1 => Just(6_000_000_u64)];
    let steps = proptest::collection::vec((pause, step()), 4..28);
    let history = proptest::collection::vec(change(), 0..6);
    let all = (any::<u64>(), closing, history, steps, fault::plan());
    all.prop_map(|(jitter, closing, history, steps, faults)| Schedule {
        jitter,
        closing,
        history,
        steps,
        faults,
    })
}

/// The schedule of a seed, and what it can be made smaller by.
pub fn schedule_of(seed: u64) -> impl ValueTree<Value = Schedule> {
    let mut bytes = [0; 32];
    let (first, _) = bytes.split_at_mut(8);
    first.copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    schedules()
        .new_tree(&mut runner)
        .expect("nothing is rejected")
}
