//! The wish to stop, as the parts of the stack see it.

use tokio::sync::watch;

/// Makes a wish to stop, and the end on which it is seen. Dropping the first is such a wish as well.
pub(crate) fn stop() -> (watch::Sender<bool>, Stop) {
    let (sender, receiver) = watch::channel(false);
    (sender, Stop(receiver))
}

/// Whether and when the stack is to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Whether it is to stop now.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Resolves when it is to stop.
    pub(crate) async fn requested(&self) {
        // An error means that the other end is gone, which is the same wish.
        self.0.clone().wait_for(|stop| *stop).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_a_word_and_a_drop_stop() {
        let (sender, seen) = stop();
        assert!(!seen.is_requested());
        sender.send_replace(true);
        assert!(seen.is_requested());
        seen.requested().await;

        let (sender, seen) = stop();
        drop(sender);
        assert!(seen.is_requested());
        seen.requested().await;
    }
}
