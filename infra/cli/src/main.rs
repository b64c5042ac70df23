//! The `aggregations` command. Set-up only: flags, logging, exit codes.
//!
//! Every command ends with 0, with 1 if it failed, with 2 (clap's) for wrong usage, and with 3 if it did its work, but rejected a
//! part of it or found that something differs.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use aggregations::{base, export, import, person, show, up, wants_colour};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use telemetry::chain;
use tracing_subscriber::EnvFilter;

/// The local stack is the functions, their AWS clients and a DynamoDB in one process, and makes small objects on all threads at
/// once: with the system's allocator of Linux a fifth of its time goes there, much of it waiting for another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is logged unless `RUST_LOG` says otherwise: warnings, and what this program does. The embedded DynamoDB warns of
/// every conditional write that fails, as some have to.
const LOGGED: &str = "warn,aggregations=info,lambda_emulator=info,dynoxide=error";

/// Aggregations of customer profiles, on this machine. Without a command: up
#[derive(Debug, Parser)]
#[command(name = "aggregations", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: up::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Arguments),
    Import(import::Arguments),
    Show(show::Arguments),
    Export(export::Arguments),
    Verify(base::VerifyArguments),
    Rebuild(base::RebuildArguments),
    Forget(person::ForgetArguments),
    Merge(person::MergeArguments),
    /// Print completions of this command for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(wants_colour(&io::stderr()))
        .with_writer(io::stderr)
        .init();
    let result: Result<ExitCode, Box<dyn Error>> = match cli.command.unwrap_or(Command::Up(cli.up))
    {
        Command::Up(arguments) => {
            let ended = up::run(arguments).await;
            ended.map(|()| ExitCode::SUCCESS).map_err(Into::into)
        }
        Command::Import(arguments) => {
            end_unless(arguments.check());
            let summary = import::run(arguments).await;
            summary
                .map(|summary| summary.exit_code().into())
                .map_err(Into::into)
        }
        Command::Show(arguments) => {
            let shown = show::run(arguments).await;
            shown.map(|()| ExitCode::SUCCESS).map_err(Into::into)
        }
        Command::Export(arguments) => {
            end_unless(arguments.check());
            let counts = export::run(arguments).await;
            counts
                .map(|counts| counts.exit_code().into())
                .map_err(Into::into)
        }
        Command::Verify(arguments) => {
            let counts = base::verify(arguments).await;
            counts
                .map(|counts| counts.exit_code().into())
                .map_err(Into::into)
        }
        Command::Rebuild(arguments) => {
            let counts = base::rebuild(arguments).await;
            counts
                .map(|counts| counts.exit_code().into())
                .map_err(Into::into)
        }
        Command::Forget(arguments) => person::run_forget(arguments).await.map_err(Into::into),
        Command::Merge(arguments) => {
            end_unless(arguments.check());
            person::run_merge(arguments).await.map_err(Into::into)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "aggregations", &mut script);
            let written = io::stdout().write_all(&script);
            written.map(|()| ExitCode::SUCCESS).map_err(Into::into)
        }
    };
    result.unwrap_or_else(|error| {
        // Nothing is left to do if even this fails.
        writeln!(io::stderr(), "error: {}", chain(error.as_ref())).ok();
        ExitCode::FAILURE
    })
}

/// Ends with what is wrong with the flags, if something is.
fn end_unless(checked: Result<(), String>) {
    if let Err(reason) = checked {
        let error = Cli::command().error(ErrorKind::ArgumentConflict, reason);
        error.exit();
    }
}
