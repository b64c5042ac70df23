//! The command as a user runs it.

use std::process::{Command, Output, Stdio};

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// The command with these words.
pub fn command(url: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aggregations"));
    command
        .args(words)
        .env("AWS_ENDPOINT_URL_DYNAMODB", url)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command to its end, off the runtime that the stack is on.
pub async fn run(url: &str, words: &[&str]) -> Ran {
    let mut command = command(url, words);
    let output = tokio::task::spawn_blocking(move || command.output());
    Ran::from(output.await.unwrap().unwrap())
}
