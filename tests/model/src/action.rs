//! What can happen.

use crate::source::Date;
use crate::steps::Fate;

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
