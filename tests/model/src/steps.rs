//! The steps of a recalculation: one request each, and what becomes of it.

use std::collections::BTreeSet;

use crate::design::Rule;
use crate::model::Protocol;
use crate::recalculation::Next;
use crate::state::{State, counted, puts_empty};
use crate::stored::{Change, Condition, Head, Version, Write};
use crate::worker::{Changed, Origin, Task, Worker};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It takes effect and is answered.
    Answered,
    /// It takes effect, the answer is lost, and the same request that is sent then finds its own version.
    AnswerLost,
    /// It has no effect: another write is under way.
    Conflict,
    /// Its sender gives up waiting. It may take effect later.
    Late,
    /// It takes effect and is answered, and is sent a second time by the network or the SDK.
    Twice,
}

impl Protocol {
    /// The version of a worker's next write.
    fn fresh(&self, state: &State, at: usize) -> Option<Version> {
        if self.design.keeps(Rule::RandomVersion) {
            return Some(state.fresh());
        }
        Some(counted(state.workers.get(at)?.answers.head.as_ref()))
    }

    /// A worker's next request.
    pub(crate) fn next_of(&self, state: &State, at: usize) -> Option<Next> {
        let worker = state.workers.get(at)?;
        match worker.outbox.first() {
            Some(write) => Some(Next::Write(write.clone())),
            None => self.next(worker, self.fresh(state, at)?),
        }
    }

    /// Whether a worker's next request is a write.
    pub(crate) fn writes(&self, state: &State, at: usize) -> bool {
        matches!(self.next_of(state, at), Some(Next::Empty | Next::Write(_)))
    }

    /// Sends the next request of a worker.
    pub(crate) fn step(&self, state: &mut State, at: usize, fate: Fate) -> Option<()> {
        let fresh = self.fresh(state, at)?;
        match self.next_of(state, at)? {
            Next::Empty => {
                if fate == Fate::Twice && self.design.keeps(Rule::EmptySentOnce) {
                    return None;
                }
                let empty = Change::Put(Head::empty(fresh));
                self.send(state, at, Write::alone(Condition::Absent, empty), fate)?;
            }
            Next::Write(write) => self.send(state, at, write, fate)?,
            _ if fate != Fate::Answered => return None,
            read => answer(state, at, read)?,
        }
        self.go_on(state, at);
        Some(())
    }

    /// A date that is read before the derived item, at the same time.
    pub(crate) fn read_beside(&self, state: &mut State, at: usize) -> Option<()> {
        let worker = state.workers.get(at)?;
        let Some(Changed::Dates(dates)) = worker.task.as_ref().map(|task| &task.changed) else {
            return None;
        };
        let answers = &worker.answers;
        let mut unread = dates
            .iter()
            .filter(|date| !answers.dates.contains_key(date));
        let date = unread
            .next()
            .filter(|_| answers.head.is_none() && !answers.is_absent)?;
        let read = Next::Date(*date);
        answer(state, at, read)
    }

    fn send(&self, state: &mut State, at: usize, write: Write, fate: Fate) -> Option<()> {
        let mut writes = vec![write];
        let worker = state.workers.get_mut(at)?;
        if !worker.outbox.is_empty() {
            writes = std::mem::take(&mut worker.outbox);
        } else if !self.design.keeps(Rule::Transaction) {
            writes = writes.into_iter().flat_map(Write::one_by_one).collect();
        }
        let write = writes.remove(0);
        let has_room = state.late.len() < self.scenario.late;
        match fate {
            Fate::Conflict => state.workers.get_mut(at)?.begin_again(),
            Fate::Late if has_room => {
                state.late.push(write);
                self.fail(state, at)?;
            }
            Fate::Twice if !has_room => return None,
            Fate::Late => return None,
            Fate::Answered | Fate::AnswerLost | Fate::Twice => {
                let is_done = state.write(&write);
                let worker = state.workers.get_mut(at)?;
                match (is_done, fate) {
                    (false, Fate::Answered) => worker.begin_again(),
                    // As if it had been lost.
                    (false, _) => return None,
                    (true, Fate::AnswerLost) => worker.begin_again(),
                    (true, _) if puts_empty(&write) => {
                        if let Change::Put(head) = &write.change {
                            worker.answers.head = Some(head.clone());
                        }
                        // What was read before the empty item, by one that does so, is built on.
                        if !self.design.keeps(Rule::PartsAfterEmpty) {
                            worker.answers.is_whole = true;
                        }
                    }
                    (true, _) if writes.is_empty() => *worker = Worker::default(),
                    (true, _) => worker.outbox = writes,
                }
                if fate == Fate::Twice {
                    state.late.push(write);
                }
            }
        }
        Some(())
    }

    /// Whatever follows without a request.
    fn go_on(&self, state: &mut State, at: usize) {
        let fresh = state.fresh();
        while let Some(worker) = state.workers.get_mut(at) {
            if !worker.outbox.is_empty() {
                return;
            }
            match self.next(worker, fresh) {
                Some(Next::Everything) => {
                    worker.answers.is_whole = true;
                    worker.answers.archive.clear();
                    worker.answers.dates.clear();
                }
                Some(Next::Mismatch) => {
                    worker.mismatched = worker.answers.head.as_ref().map(|head| head.version);
                    worker.begin_again();
                }
                Some(Next::Done) => *worker = Worker::default(),
                _ => return,
            }
        }
    }

    /// A worker crashes, or gives up: what it worked on is delivered again.
    pub(crate) fn fail(&self, state: &mut State, at: usize) -> Option<()> {
        let mut task = std::mem::take(state.workers.get_mut(at)?).task?;
        if let Origin::Queue(receives) = &mut task.origin {
            *receives += 1;
            if *receives >= self.scenario.receives {
                state.is_dead = true;
                return Some(());
            }
        }
        state.pending.push(task);
        Some(())
    }

    /// A worker hands what it cannot do over to the queue. What is answered may be lost; then the stream sends it again, too.
    pub(crate) fn hand_over(
        &self,
        state: &mut State,
        at: usize,
        is_whole: bool,
        is_lost: bool,
    ) -> Option<()> {
        let task = state.workers.get(at)?.task.clone()?;
        if task.origin != Origin::Stream || self.scenario.receives == 0 {
            return None;
        }
        if is_lost {
            self.count_replay(state)?;
            state.pending.push(task.clone());
        }
        let changed = if is_whole {
            Changed::Everything
        } else {
            task.changed
        };
        state.pending.push(Task {
            origin: Origin::Queue(0),
            changed,
        });
        *state.workers.get_mut(at)? = Worker::default();
        Some(())
    }

    /// Something is delivered again without need, if that may be.
    pub(crate) fn count_replay(&self, state: &mut State) -> Option<()> {
        if state.replays >= self.scenario.replays {
            return None;
        }
        state.replays += 1;
        Some(())
    }

    /// A worker takes all records of the stream at once, as a batch.
    pub(crate) fn take_batch(&self, state: &mut State, at: usize) -> Option<()> {
        let mut all = BTreeSet::new();
        let mut records = 0;
        state
            .pending
            .retain(|task| match (&task.origin, &task.changed) {
                (Origin::Stream, Changed::Dates(dates)) => {
                    all.extend(dates);
                    records += 1;
                    false
                }
                _ => true,
            });
        if records < 2 {
            return None;
        }
        let changed = Changed::Dates(all);
        state.workers.get_mut(at)?.task = Some(Task {
            origin: Origin::Stream,
            changed,
        });
        Some(())
    }
}

/// Answers a read.
fn answer(state: &mut State, at: usize, read: Next) -> Option<()> {
    let answers = &mut state.workers.get_mut(at)?.answers;
    match read {
        Next::Head => {
            answers.head.clone_from(&state.stored.head);
            answers.is_absent = answers.head.is_none();
        }
        Next::Archive(year) => {
            let found = state.stored.archive.get(&year).cloned();
            answers.archive.insert(year, found);
        }
        Next::Date(date) => {
            answers.dates.insert(date, state.source.get(&date).copied());
        }
        _ => return None,
    }
    Some(())
}
