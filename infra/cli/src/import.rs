//! `aggregations import`: CSV or NDJSON files into the table.
//!
//! Rows become puts of the source items that the table's contract names, so the stream sees every one of them and the
//! figures follow as they do for any writer.

mod error;
mod fields;
mod header;
mod instant;
mod json;
mod kind;
mod lines;
mod load;
mod put;
mod quoting;
mod rejects;
mod row;
mod row_error;
mod source;
mod summary;
mod target;
mod wave;
mod writer;

use std::io::{self, Write};
use std::path::PathBuf;

pub use error::{BoxError, FileProblem, ImportError};
pub use kind::Kind;
pub use summary::{FileSummary, Summary};

use load::Loader;
use source::Source;
use target::Target;

/// Load CSV or NDJSON files into the table.
///
/// Rows that cannot be read are skipped and written, with their line numbers and reasons, to FILE.rejects.csv or
/// FILE.rejects.ndjson; a corrected FILE.rejects.csv can be imported as it is. Of two rows with the same key the later
/// one wins, and importing a file again changes nothing.
///
/// Without --endpoint-url and --table the rows go to the local stack, table profile-aggregations at
/// http://127.0.0.1:8000. With --table alone they go to that table in AWS, with the region and the credentials of the
/// environment.
///
/// Exit code: 0 if every row was loaded, 1 if the load failed, 2 if some rows were rejected.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = COLUMNS)]
pub struct Arguments {
    /// Files with .csv, .ndjson or .jsonl at the end; any other is NDJSON if it begins with {, else CSV
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Kind of the rows, needed only if the columns do not identify it
    #[arg(long)]
    pub kind: Option<Kind>,
    /// URL of another DynamoDB than the local stack's
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_DYNAMODB")]
    pub endpoint_url: Option<String>,
    /// Name of the table, if not profile-aggregations
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
}

/// What `--help` says about the files.
const COLUMNS: &str = "\
Columns, in any order; those after the bar are optional:
  profiles      profile_id | joined_at, joined_location_id,
                preferred_location_id
  addresses     profile_id, address_id | country, iso, is_default
  transactions  profile_id, transaction_id, transacted_at, total
                | location_id, channel (pos or website), is_void, brands
  locations     id | type, name, ..., address.country, address.iso

An empty cell is an absent value; blanks around a value are ignored.
Brands and tags are separated by |; other lists are JSON arrays.
Instants: 2026-01-31T10:00:00Z, 2026-01-31 10:00:00 (UTC),
2026-01-31T10:00:00+02:00.

NDJSON has the same names, with items (brand, quantity, is_void),
address and lists as JSON.";

/// Loads the files; prints the target and the result of each file.
///
/// # Errors
///
/// A file cannot be read or has the wrong columns (nothing is loaded then), or the table is missing or does not take what is
/// written. Rows that cannot be read are not an error: the summary counts them.
pub async fn run(arguments: Arguments) -> Result<Summary, ImportError> {
    let Arguments {
        files,
        kind,
        endpoint_url,
        table,
    } = arguments;
    let target = Target::resolve(endpoint_url.as_deref(), table.as_deref()).await?;
    say(&format!("Importing into {target}"))?;
    // Every file is looked at before anything is loaded from the first.
    let sources = files.iter().map(|path| Source::open(path, kind));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    target.check().await?;
    let mut loader = Loader::new(&target);
    let mut summary = Summary::default();
    for source in sources {
        let file = loader.load(source).await?;
        say(&file.to_string())?;
        summary.files.push(file);
    }
    Ok(summary)
}

/// Writes a line to the standard output; a reader that has gone is an error here, where `println!` would panic.
fn say(line: &str) -> Result<(), ImportError> {
    writeln!(io::stdout(), "{line}").map_err(ImportError::Output)
}
