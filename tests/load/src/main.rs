//! Many transactions into a local stack while readers ask, and every profile verified at the end:
//!
//! ```sh
//! cargo run --release -p load -- --transactions 1000000 --profiles 50000
//! ```
//!
//! The stack runs in a process of its own, so that its memory is measured alone. Writers and readers use what everybody can use:
//! requests to DynamoDB, and GETs. The figures that are expected are summed up here, without any code of the system.
//!
//! The exit code is 0 when everything holds, 1 when the run cannot go on, 2 for wrong usage, and 3 when a figure differs, a request
//! failed, a record was given up, the stack logged a warning, or it needs or keeps more memory than it did.

mod arguments;
mod error;
mod expected;
mod lag;
mod latency;
mod memory;
mod plan;
mod progress;
mod questions;
mod reader;
mod report;
mod run;
mod stack;
mod stack_process;
mod transaction;
mod verify;
mod watch;
mod writer;

use std::io::{self, Write};
use std::process::ExitCode;

use arguments::{Arguments, Command};
use cap::Cap;
use clap::Parser;
use mimalloc::MiMalloc;
use telemetry::chain;

/// That of the command, whose local stack runs here. It counts the bytes that are in use.
#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match &arguments.command {
        Some(Command::Stack { data }) => stack::serve(data.clone()).await.map(|()| true),
        None => run::run(&arguments).await,
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            // Nothing is left to do if even this fails.
            writeln!(io::stderr(), "error: {}", chain(&error)).ok();
            ExitCode::FAILURE
        }
    }
}
