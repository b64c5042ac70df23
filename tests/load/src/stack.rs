//! The process of the stack: a local stack that ends with its standard input.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use local_stack::{Options, Stack, Storage};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::sleep;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::ALLOCATOR;
use crate::error::LoadError;

/// As the command logs: the embedded DynamoDB warns of every conditional write that fails, as some have to.
const LOGGED: &str = "warn,dynoxide=error";
/// How often the queue of unfinished profiles is looked at.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs a stack. It prints where the HTTP API and DynamoDB answer; and for each line that it reads, once the stream and the queue
/// of unfinished profiles are at their end, how many records and messages were given up, and how many warnings and errors were logged.
/// Behind both stand the bytes in use.
pub(crate) async fn serve(data: Option<PathBuf>) -> Result<(), LoadError> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(LOGGED))
        .with_writer(CountedStderr)
        .init();
    let options = Options {
        storage: data.map_or(Storage::Memory, Storage::Folder),
        ..Options::default()
    };
    let stack = Stack::start(options).await?;
    let (http, dynamodb, table) = (stack.http_url(), stack.dynamodb_url(), stack.table_name());
    say(&format!("{http} {dynamodb} {table} {}", in_use()))?;
    let mut asked = BufReader::new(tokio::io::stdin()).lines();
    while let Some(_line) = asked.next_line().await.map_err(LoadError::Process)? {
        let given_up = finished(&stack).await?;
        let warnings = WARNINGS.load(Ordering::Relaxed);
        say(&format!("{given_up} {warnings} {}", in_use()))?;
    }
    stack.stop().await;
    Ok(())
}

/// Waits for the end of the stream and of the queue; returns how many records and messages were given up.
async fn finished(stack: &Stack) -> Result<usize, LoadError> {
    stack.caught_up().await;
    let queue = stack.unfinished_profiles();
    let unreadable = |error| LoadError::Queue(Box::new(error));
    while !queue.is_empty().map_err(unreadable)? {
        sleep(PAUSE).await;
    }
    // What the queue wrote made records as well.
    stack.caught_up().await;
    let messages = queue.dead_letters().map_err(unreadable)?;
    Ok(stack.dead_letters().len() + messages.len())
}

/// Standard error, whose warnings and errors are counted. A batch that fails and comes again is one of them.
struct CountedStderr;

static WARNINGS: AtomicU64 = AtomicU64::new(0);

impl MakeWriter<'_> for CountedStderr {
    type Writer = io::Stderr;

    fn make_writer(&self) -> Self::Writer {
        io::stderr()
    }

    fn make_writer_for(&self, event: &Metadata<'_>) -> Self::Writer {
        if *event.level() <= Level::WARN {
            WARNINGS.fetch_add(1, Ordering::Relaxed);
        }
        self.make_writer()
    }
}

/// Bytes that are allocated and not freed; those of SQLite are not among them.
fn in_use() -> usize {
    ALLOCATOR.allocated()
}

fn say(line: &str) -> Result<(), LoadError> {
    let mut out = io::stdout();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(LoadError::Process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_and_errors_are_counted() {
        let subscriber = tracing_subscriber::fmt().with_writer(CountedStderr);
        tracing::subscriber::with_default(subscriber.finish(), || {
            tracing::info!("no warning");
            tracing::warn!("a warning");
            tracing::error!("an error");
        });
        assert_eq!(WARNINGS.load(Ordering::Relaxed), 2);
    }
}
