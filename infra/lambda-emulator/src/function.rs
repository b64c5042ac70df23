//! A function, and its invocation: with a deadline, and so that a panic or a hang of the handler is no more than a failed
//! invocation.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use futures::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use uuid::Uuid;

/// Any error of a handler.
pub type HandlerError = Box<dyn Error + Send + Sync>;

/// A handler: takes an event as JSON, and answers with JSON.
type Handler = Arc<
    dyn Fn(LambdaEvent<Value>) -> BoxFuture<'static, Result<Value, HandlerError>> + Send + Sync,
>;

/// A function: a handler with a name and a time-out.
#[derive(Clone)]
pub struct Function {
    name: Arc<str>,
    timeout: Duration,
    handler: Handler,
}

/// What an invocation came to.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// Its id, as the handler's context has it.
    pub(crate) request_id: String,
    /// The answer, or in a few words why there is none.
    pub(crate) result: Result<Value, String>,
}

impl Function {
    /// A function called `name`, each of whose invocations may take as long as `timeout`.
    pub fn new<F>(
        name: &str,
        timeout: Duration,
        handler: impl Fn(LambdaEvent<Value>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Value, HandlerError>> + Send + 'static,
    {
        Self {
            name: name.into(),
            timeout,
            handler: Arc::new(move |event| handler(event).boxed()),
        }
    }

    /// How long an invocation may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Hands `event` to the handler, and waits for its answer or the time-out.
    pub(crate) async fn invoke(&self, event: Value) -> Invocation {
        let context = self.context();
        let request_id = context.request_id.clone();
        let handler = Arc::clone(&self.handler);
        // A task of its own, so that a panic ends it alone.
        let mut task = tokio::spawn(async move { handler(LambdaEvent::new(event, context)).await });
        let (name, seconds) = (&self.name, self.timeout.as_secs());
        let result = match tokio::time::timeout(self.timeout, &mut task).await {
            Ok(Ok(answer)) => answer.map_err(|error| format!("{name} failed: {error}")),
            Ok(Err(_)) => Err(format!("{name} panicked")),
            Err(_) => {
                task.abort();
                Err(format!("{name} took longer than {seconds} seconds"))
            }
        };
        Invocation { request_id, result }
    }

    /// What the handler is told about an invocation that begins now.
    fn context(&self) -> Context {
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
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn invoke<F>(
        handler: impl Fn(LambdaEvent<Value>) -> F + Send + Sync + 'static,
    ) -> Result<Value, String>
    where
        F: Future<Output = Result<Value, HandlerError>> + Send + 'static,
    {
        let function = Function::new("f", Duration::from_secs(3), handler);
        function.invoke(json!(7)).await.result
    }

    #[tokio::test(start_paused = true)]
    async fn answers_or_fails_without_taking_anything_down() {
        let answer = invoke(async |event: LambdaEvent<Value>| Ok(event.payload)).await;
        assert_eq!(answer, Ok(json!(7)));
        let failed = invoke(async |_| Err("no".into())).await;
        assert_eq!(failed.unwrap_err(), "f failed: no");
        let panicked = invoke(async |_| panic!("inside")).await;
        assert_eq!(panicked.unwrap_err(), "f panicked");
        let hanging = invoke(|_| std::future::pending()).await;
        assert_eq!(hanging.unwrap_err(), "f took longer than 3 seconds");
    }

    #[tokio::test]
    async fn tells_the_deadline_in_milliseconds() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let deadline =
            invoke(async |event: LambdaEvent<Value>| Ok(json!(event.context.deadline))).await;
        let left = i128::from(deadline.unwrap().as_u64().unwrap())
            - i128::try_from(now.as_millis()).unwrap();
        assert!((3_000..4_000).contains(&left), "{left}");
    }
}
