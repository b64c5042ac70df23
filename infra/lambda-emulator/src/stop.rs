//! A request to stop, shared by tasks.

use tokio::sync::watch;

/// Whether and when a task is to stop.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Makes the two ends. `true`, sent through the first, requests a stop, and so does dropping it.
    pub(crate) fn channel() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Whether a stop is requested.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Resolves when a stop is requested.
    pub async fn requested(&self) {
        // An error means that the other end was dropped, which requests a stop as well.
        self.0.clone().wait_for(|stop| *stop).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_a_word_and_a_drop_stop() {
        let (sender, seen) = Stop::channel();
        assert!(!seen.is_requested());
        sender.send_replace(true);
        assert!(seen.is_requested());
        seen.requested().await;

        let (sender, seen) = Stop::channel();
        drop(sender);
        assert!(seen.is_requested());
        seen.requested().await;
    }
}
