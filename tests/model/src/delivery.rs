//! Records and messages: how they come, and come again.

use std::collections::BTreeSet;

use crate::protocol::Protocol;
use crate::source::Date;
use crate::state::State;
use crate::worker::{Changed, Origin, Task, Worker};

impl Protocol {
    /// The next edit, and its record.
    pub(crate) fn edit(&self, state: &mut State) -> Option<()> {
        let (date, total) = *self.scenario.edits.get(state.edits)?;
        match total {
            Some(total) => state.source.insert(date, total),
            None => state.source.remove(&date),
        };
        state.edits += 1;
        state.pending.push(record(date));
        Some(())
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

/// A record of a date.
pub(crate) fn record(date: Date) -> Task {
    Task {
        origin: Origin::Stream,
        changed: Changed::Dates(BTreeSet::from([date])),
    }
}

/// A rebuild.
pub(crate) fn everything() -> Task {
    Task {
        origin: Origin::Rebuild,
        changed: Changed::Everything,
    }
}
