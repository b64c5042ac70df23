//! The process of the stack, from outside.

use std::env;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::error::LoadError;

/// What the stack may take to start, to answer a request, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running process of a stack, which is killed with this.
#[derive(Debug)]
pub(crate) struct StackProcess {
    child: Child,
    asks: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    pub http_url: String,
    dynamodb_url: String,
    pub table: String,
    /// Bytes that it has in use before its first request.
    pub in_use: u64,
}

/// What the stack says once nothing is left to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished {
    /// Records and messages.
    pub given_up: u64,
    /// Warnings and errors that it logged.
    pub warnings: u64,
    /// Bytes.
    pub in_use: u64,
}

impl StackProcess {
    /// Starts this program once more, as a stack with its data in `folder`, or with none that is kept.
    pub async fn start(folder: Option<&Path>) -> Result<Self, LoadError> {
        let program = env::current_exe().map_err(LoadError::Process)?;
        let mut command = Command::new(program);
        command.arg("stack");
        if let Some(folder) = folder {
            command.arg("--data").arg(folder);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(LoadError::Process)?;
        let closed = || LoadError::Answer("nothing".to_owned());
        let asks = child.stdin.take().ok_or_else(closed)?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(closed)?);
        let mut stack = Self {
            child,
            asks,
            answers: answers.lines(),
            http_url: String::new(),
            dynamodb_url: String::new(),
            table: String::new(),
            in_use: 0,
        };
        let said = timeout(PATIENCE, stack.answer()).await;
        let said = said.map_err(|_| LoadError::NotStarted(PATIENCE.as_secs()))??;
        let parts: Vec<_> = said.split(' ').collect();
        let [http, dynamodb, table, in_use] = *parts else {
            return Err(LoadError::Answer(said));
        };
        let Ok(in_use) = in_use.parse() else {
            return Err(LoadError::Answer(said));
        };
        stack.http_url = http.to_owned();
        stack.dynamodb_url = dynamodb.to_owned();
        stack.table = table.to_owned();
        stack.in_use = in_use;
        Ok(stack)
    }

    /// The number of the process.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// A client that sends each request once.
    pub fn client(&self) -> Client {
        let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.dynamodb_url)
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Client::from_conf(config)
    }

    /// Waits for the end of the stream and of the queue of unfinished profiles.
    pub async fn finished(&mut self, seconds: u32) -> Result<Finished, LoadError> {
        self.asks
            .write_all(b"\n")
            .await
            .map_err(LoadError::Process)?;
        let said = timeout(Duration::from_secs(seconds.into()), self.answer()).await;
        let said = said.map_err(|_| LoadError::Late(seconds))??;
        let numbers = said.split(' ').map(str::parse).collect();
        let numbers: Result<Vec<u64>, _> = numbers;
        match numbers.as_deref() {
            Ok(&[given_up, warnings, in_use]) => Ok(Finished {
                given_up,
                warnings,
                in_use,
            }),
            _ => Err(LoadError::Answer(said)),
        }
    }

    /// Stops the stack, and says whether it ended well.
    pub async fn stop(self) -> Result<bool, LoadError> {
        let Self {
            mut child, asks, ..
        } = self;
        drop(asks);
        let ended = timeout(PATIENCE, child.wait()).await;
        let ended = ended.map(|status| status.is_ok_and(|status| status.success()));
        Ok(ended.unwrap_or(false))
    }

    async fn answer(&mut self) -> Result<String, LoadError> {
        let line = self.answers.next_line().await.map_err(LoadError::Process)?;
        line.ok_or_else(|| LoadError::Answer("nothing".to_owned()))
    }
}
