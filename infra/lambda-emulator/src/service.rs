//! A task that runs until it is stopped.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::warn;

/// A task that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Service {
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Service {
    /// Starts the task that `run` returns. It is given the request to stop, and should end soon after that.
    pub fn start<F>(run: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        Self {
            task: tokio::spawn(run(stop.clone())),
            stop: stop.drop_guard(),
        }
    }

    /// Stops the task, and aborts it if that takes longer than `patience`.
    pub async fn stop(mut self, patience: Duration) {
        drop(self.stop);
        match tokio::time::timeout(patience, &mut self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!("a service failed: {error}"),
            // A client that sends half a request must not prevent the stop.
            Err(_) => self.task.abort(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn stops_by_itself_or_is_cut_short() {
        let patience = Duration::from_secs(5);
        let began = tokio::time::Instant::now();
        let willing = Service::start(|stop| async move { stop.cancelled().await });
        willing.stop(patience).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        let unwilling = Service::start(|_stop| std::future::pending());
        unwilling.stop(patience).await;
        assert_eq!(began.elapsed(), patience);
    }
}
