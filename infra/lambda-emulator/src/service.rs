//! A task that runs until it is stopped.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::warn;

use crate::stop::Stop;

/// A task that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Service {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Service {
    /// Starts the task that `run` returns. It is given the request to stop, and should end soon after that.
    pub fn start<F>(run: impl FnOnce(Stop) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, stop) = Stop::channel();
        Self {
            stop: sender,
            task: tokio::spawn(run(stop)),
        }
    }

    /// Stops the task, and aborts it if that takes longer than `patience`.
    pub async fn stop(mut self, patience: Duration) {
        self.stop.send_replace(true);
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
        let willing = Service::start(|stop| async move { stop.requested().await });
        willing.stop(patience).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        let unwilling = Service::start(|_stop| std::future::pending());
        unwilling.stop(patience).await;
        assert_eq!(began.elapsed(), patience);
    }
}
