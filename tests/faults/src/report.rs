//! What schedules come to.

use std::collections::BTreeMap;
use std::fmt;

use crate::fault::Fault;

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Schedules.
    pub schedules: u64,
    /// Requests to DynamoDB and to the queue.
    pub requests: u64,
    /// Faults, by their names.
    pub faults: BTreeMap<&'static str, u64>,
    /// Invocations of the stream function.
    pub invocations: u64,
    /// Those of them whose process was killed.
    pub killed: u64,
    /// Recalculations that succeeded.
    pub recalculations: u64,
    /// Messages that the queue took.
    pub messages: u64,
    /// Documents that were read while there were faults.
    pub reads: u64,
    /// Those of them that were answered.
    pub answered: u64,
    /// Those of these of which so much was possible that nothing is said of them.
    pub unjudged: u64,
    /// Rebuilds that succeeded while nobody changed an item.
    pub rebuilt: u64,
    /// Profiles that were forgotten while nobody put an item.
    pub forgotten: u64,
    /// The most races that one recalculation lost and still succeeded.
    pub lost_races: u32,
    /// The most attempts of one request.
    pub attempts: u32,
    /// The most requests that one invocation made for one profile.
    pub requests_of_one: u32,
    /// The most times that one message was received.
    pub receives: u32,
}

impl Figures {
    /// A fault that happened.
    pub fn met(&mut self, fault: Fault) {
        *self.faults.entry(fault.name()).or_default() += 1;
    }

    /// A recalculation that succeeded.
    pub fn recalculated(&mut self, lost_races: u32) {
        self.recalculations += 1;
        self.lost_races = self.lost_races.max(lost_races);
    }

    /// Adds those of another schedule.
    pub fn add(&mut self, other: &Self) {
        self.schedules += other.schedules;
        self.requests += other.requests;
        for (name, count) in &other.faults {
            *self.faults.entry(name).or_default() += count;
        }
        self.invocations += other.invocations;
        self.killed += other.killed;
        self.recalculations += other.recalculations;
        self.messages += other.messages;
        self.reads += other.reads;
        self.answered += other.answered;
        self.unjudged += other.unjudged;
        self.rebuilt += other.rebuilt;
        self.forgotten += other.forgotten;
        self.lost_races = self.lost_races.max(other.lost_races);
        self.attempts = self.attempts.max(other.attempts);
        self.requests_of_one = self.requests_of_one.max(other.requests_of_one);
        self.receives = self.receives.max(other.receives);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: u64 = self.faults.values().sum();
        writeln!(formatter, "{} schedules", self.schedules)?;
        writeln!(formatter, "{} requests, {faults} faults:", self.requests)?;
        for (name, count) in &self.faults {
            writeln!(formatter, "  {count} {name}")?;
        }
        writeln!(
            formatter,
            "{} invocations, {} of them killed; {} recalculations; {} messages of unfinished profiles",
            self.invocations, self.killed, self.recalculations, self.messages
        )?;
        writeln!(
            formatter,
            "{} reads beside them, {} with a document or 404, {} of these not judged",
            self.reads, self.answered, self.unjudged
        )?;
        writeln!(
            formatter,
            "{} rebuilds and {} forgotten profiles looked at as soon as they were done",
            self.rebuilt, self.forgotten
        )?;
        write!(
            formatter,
            "at most: {} races lost by a recalculation that succeeded, {} attempts of a request, {} requests for a profile in an \
             invocation, {} receives of a message",
            self.lost_races, self.attempts, self.requests_of_one, self.receives
        )
    }
}
