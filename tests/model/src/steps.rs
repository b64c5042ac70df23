//! The steps of a recalculation: one request each, and what becomes of it.

use crate::design::Rule;
use crate::protocol::Protocol;
use crate::recalculation::Next;
use crate::state::{State, counted, puts_empty};
use crate::stored::{Change, Condition, Head, Version, Write};
use crate::worker::{Changed, Worker};

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
