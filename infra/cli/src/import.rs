//! `aggregations import`: files of rows into the table.
//!
//! Data flows one way: a file's text (`text`) becomes lines (`lines`, `document`), these become rows of cells (`rows`, `json`), these
//! become changes of the items that the table's contract names (`row`), and these are written (`load`, `batch`). The
//! stream sees every one of them, so the figures follow as they do for any writer.

mod arguments;
mod batch;
mod change;
mod columns;
mod document;
mod error;
mod header;
mod json;
mod kind;
mod lines;
mod load;
mod record;
mod rejects;
mod repeats;
mod row;
mod rows;
mod source;
mod summary;
mod text;
mod update;
mod wait;

use std::io::{self, Write};

pub use arguments::Arguments;
pub use error::{FileProblem, ImportError};
pub use kind::Kind;
pub use summary::{FileSummary, Summary, Waited};

use crate::target::Target;
use source::Source;

/// What becomes of the figures, when nobody waits for them.
const FIGURES: &str = "the figures follow in a while: `--wait` waits for them, and the header Aggregations-Calculated-At of a response says when \
     they were calculated";

/// Loads the files; prints the target and the result of each file.
///
/// # Errors
///
/// A file cannot be read or has the wrong columns (nothing is loaded then), or the table is missing or does not take what is
/// written. Rows that cannot be read are not an error: the summary counts them.
pub async fn run(arguments: Arguments) -> Result<Summary, ImportError> {
    let speaks = !arguments.quiet && !arguments.json;
    let (endpoint, table) = (
        arguments.endpoint_url.as_deref(),
        arguments.table.as_deref(),
    );
    let target = match arguments.dry_run {
        true => None,
        false => Some(Target::resolve(endpoint, table).await?),
    };
    if speaks {
        say(&match &target {
            Some(target) => format!("Importing into {target}"),
            None => "Dry run: nothing is written to a table".to_owned(),
        })?;
    }
    // Every file is looked at before anything is loaded from the first.
    let sources = arguments.files.iter();
    let sources = sources.map(|path| Source::open(path, &arguments));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    if let Some(target) = &target {
        target.check().await?;
    }
    let mut summary = Summary {
        dry_run: arguments.dry_run,
        ..Summary::default()
    };
    for source in &sources {
        let file = load::load(source, target.as_ref()).await?;
        if speaks {
            say(&file.to_string())?;
        }
        summary.files.push(file);
    }
    let waited = match &target {
        Some(target) if arguments.wait => {
            let waited = wait::wait(&target.table, &sources, arguments.wait_timeout).await;
            waited.map(Some)
        }
        _ => Ok(None),
    };
    // What was loaded is said even if it cannot be told whether it is calculated.
    summary.waited = waited.as_ref().ok().copied().flatten();
    if arguments.json {
        say(&serde_json::to_string(&summary).map_err(|error| ImportError::Output(error.into()))?)?;
    } else if let Some(waited) = summary.waited.filter(|waited| speaks || waited.open > 0) {
        say(&waited.to_string())?;
    } else if speaks && target.is_some() && !arguments.wait {
        say(FIGURES)?;
    }
    waited.map(|_| summary)
}

/// Writes a line to the standard output; a reader that has gone is an error here, where `println!` would panic.
fn say(line: &str) -> Result<(), ImportError> {
    writeln!(io::stdout(), "{line}").map_err(ImportError::Output)
}
