//! One invocation of a function in this process, as Lambda makes it: with a deadline, and so that a panic or a hang of the
//! function is no more than a failed invocation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;
use uuid::Uuid;

/// A function of the template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: &'static str,
    /// How long an invocation may take.
    pub(crate) timeout: Duration,
}

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvocationError {
    #[error("{0} panicked")]
    Panicked(&'static str),
    #[error("{0} took longer than {1} seconds")]
    TimedOut(&'static str, u64),
}

impl Function {
    /// What the function is told about a new invocation that begins now.
    pub(crate) fn context(&self) -> Context {
        let deadline = SystemTime::now() + self.timeout;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut context = Context::default();
        context.request_id = Uuid::new_v4().to_string();
        context.deadline = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
        context.invoked_function_arn = format!(
            "arn:aws:lambda:us-east-1:000000000000:function:{}",
            self.name
        );
        context
    }

    /// Runs the function's work to its end, or to that of its time.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, InvocationError> {
        // A task of its own, so that a panic ends it alone.
        let mut task = tokio::spawn(work);
        match tokio::time::timeout(self.timeout, &mut task).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(InvocationError::Panicked(self.name)),
            Err(_) => {
                task.abort();
                Err(InvocationError::TimedOut(self.name, self.timeout.as_secs()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTION: Function = Function {
        name: "f",
        timeout: Duration::from_secs(3),
    };

    #[tokio::test(start_paused = true)]
    async fn answers_or_fails_without_taking_anything_down() {
        assert_eq!(FUNCTION.run(async { 7 }).await.unwrap(), 7);
        let error = FUNCTION.run(async { panic!("inside") }).await;
        assert_eq!(error.unwrap_err().to_string(), "f panicked");
        let error = FUNCTION.run(std::future::pending::<()>()).await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "f took longer than 3 seconds"
        );
    }

    #[test]
    fn tells_the_deadline_in_milliseconds() {
        let context = FUNCTION.context();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let left = i128::from(context.deadline) - i128::try_from(now.as_millis()).unwrap();
        assert!((2_000..=3_000).contains(&left), "{left}");
        assert_ne!(context.request_id, FUNCTION.context().request_id);
    }
}
