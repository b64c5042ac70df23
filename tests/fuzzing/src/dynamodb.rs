//! A DynamoDB that answers what an input says, and the runtime whose clock jumps to whatever is waited for.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use table::Table;
use tokio::runtime::{Builder, Runtime};

/// The bodies of the next answers. One that begins with `!` is an error of the request, one that begins with `?` is one of the server.
#[derive(Clone, Default)]
struct Answers(Arc<Mutex<VecDeque<Vec<u8>>>>);

impl fmt::Debug for Answers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Answers")
    }
}

impl HttpConnector for Answers {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let body = answers.pop_front().unwrap_or_else(|| b"{}".to_vec());
        let (status, body) = match body.split_first() {
            Some((b'!', error)) => (400, error.to_vec()),
            Some((b'?', error)) => (500, error.to_vec()),
            _ => (200, body),
        };
        let Ok(status) = StatusCode::try_from(status) else {
            panic!("{status} is a status");
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

/// A table of which nothing but answers is there.
pub(crate) struct MadeUp {
    answers: Answers,
    runtime: Runtime,
    table: Table,
}

thread_local! {
    /// What is the same for all inputs. It takes a while to make.
    static MADE_UP: OnceCell<MadeUp> = const { OnceCell::new() };
}

impl MadeUp {
    fn new() -> Self {
        let answers = Answers::default();
        let connector = SharedHttpConnector::new(answers.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()));
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        Self {
            answers,
            runtime: match runtime {
                Ok(runtime) => runtime,
                Err(error) => panic!("{error}"),
            },
            table: Table::new(Client::from_conf(config.build()), "table"),
        }
    }

    /// Does something with the table, whose first answers are these; what is asked after them is answered with nothing.
    pub(crate) fn answering<T, W: Future<Output = T>>(
        answers: &[&[u8]],
        work: impl FnOnce(Table) -> W,
    ) -> T {
        MADE_UP.with(|made_up| {
            let made_up = made_up.get_or_init(Self::new);
            let answers = answers.iter().map(|answer| answer.to_vec()).collect();
            *made_up
                .answers
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = answers;
            made_up.runtime.block_on(work(made_up.table.clone()))
        })
    }
}
