//! Why a run cannot go on.

use std::io;

use local_stack::StackError;

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error("cannot talk to the process of the stack")]
    Process(#[source] io::Error),
    #[error("the stack said `{0}`, which is not expected")]
    Answer(String),
    #[error("the stack did not start within {0} s")]
    NotStarted(u64),
    #[error("the queue of unfinished profiles cannot be read")]
    Queue(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the stream did not come to its end in {0} s")]
    Late(u32),
    #[error("the flags are invalid: {0}")]
    Flags(String),
    #[error("a DynamoDB request cannot be made")]
    Request(#[from] aws_sdk_dynamodb::error::BuildError),
    #[error("the table does not take a write after {tries} tries: {reason}")]
    Write { tries: u32, reason: String },
    #[error("the HTTP API cannot be asked")]
    Http(#[from] reqwest::Error),
    #[error("a part of the run ended early")]
    Task(#[from] tokio::task::JoinError),
    #[error("cannot print")]
    Output(#[source] io::Error),
}
