//! A queue of messages, as SQS has them: hidden while somebody works on them, back after a failure, and dead letters in the end.

mod mapping;
mod messages;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

pub use mapping::QueueMapping;
use messages::Messages;
pub(crate) use messages::Received;

/// Why a queue cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the queue")]
pub struct QueueError(#[from] rusqlite::Error);

/// The settings of a queue.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// How long a message that was received is hidden, unless that is changed (`VisibilityTimeout`).
    pub visibility: Duration,
    /// How often a message is received before it becomes a dead letter (`maxReceiveCount`).
    pub max_receives: u32,
    /// How long a message is kept (`MessageRetentionPeriod`).
    pub retention: Duration,
    /// How long a dead letter is kept, since it was sent as a message (`MessageRetentionPeriod` of the queue of dead letters).
    pub dead_letter_retention: Duration,
}

/// A queue; clones are the same queue.
#[derive(Clone, Debug)]
pub struct Queue {
    messages: Arc<Mutex<Messages>>,
    /// Tells who waits for messages that one has come, or comes earlier.
    changed: Arc<Notify>,
}

impl Queue {
    /// A queue in `file`, where its messages stay between starts, or in memory.
    ///
    /// # Errors
    ///
    /// The file cannot be used.
    pub fn open(file: Option<&Path>, settings: QueueSettings) -> Result<Self, QueueError> {
        Ok(Self {
            messages: Arc::new(Mutex::new(Messages::open(file, settings)?)),
            changed: Arc::default(),
        })
    }

    /// Enqueues a message.
    ///
    /// # Errors
    ///
    /// It cannot be stored.
    pub fn send(&self, body: &str) -> Result<(), QueueError> {
        self.messages().send(body)?;
        self.changed.notify_waiters();
        Ok(())
    }

    /// Makes a message that was received visible again after `delay`, unless it is gone by now.
    ///
    /// # Errors
    ///
    /// That cannot be stored.
    pub fn change_visibility(
        &self,
        receipt_handle: &str,
        delay: Duration,
    ) -> Result<(), QueueError> {
        self.messages().hide(receipt_handle, delay)?;
        self.changed.notify_waiters();
        Ok(())
    }

    /// The bodies of the messages, hidden ones too, without the dead letters.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn waiting(&self) -> Result<Vec<String>, QueueError> {
        Ok(self.messages().bodies(false)?)
    }

    /// How many messages there are, hidden ones too; dead letters do not count.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn len(&self) -> Result<usize, QueueError> {
        Ok(self.waiting()?.len())
    }

    /// Whether there are no messages but dead letters.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn is_empty(&self) -> Result<bool, QueueError> {
        Ok(self.len()? == 0)
    }

    /// The bodies of the messages that were given up.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn dead_letters(&self) -> Result<Vec<String>, QueueError> {
        Ok(self.messages().bodies(true)?)
    }

    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_count_while_they_are_hidden_and_until_they_are_dead() {
        let settings = QueueSettings {
            visibility: Duration::from_secs(900),
            max_receives: 1,
            retention: Duration::from_secs(86_400),
            dead_letter_retention: Duration::from_secs(86_400),
        };
        let queue = Queue::open(None, settings).unwrap();
        assert!(queue.is_empty().unwrap());

        queue.send("a").unwrap();
        let received = queue.messages().receive().unwrap().unwrap();
        assert_eq!(queue.waiting().unwrap(), ["a"]);
        assert_eq!(queue.len().unwrap(), 1);
        assert!(!queue.is_empty().unwrap());
        assert!(queue.dead_letters().unwrap().is_empty());

        queue
            .change_visibility(&received.receipt_handle, Duration::ZERO)
            .unwrap();
        assert!(queue.messages().receive().unwrap().is_none());
        assert!(queue.waiting().unwrap().is_empty());
        assert_eq!(queue.len().unwrap(), 0);
        assert!(queue.is_empty().unwrap());
        assert_eq!(queue.dead_letters().unwrap(), ["a"]);
    }
}
