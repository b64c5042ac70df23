//! The flags of `aggregations import`.

use std::fs;
use std::path::PathBuf;

use super::kind::Kind;
use super::rejects;

/// Load files of rows into the table.
///
/// A file is CSV, with commas, semicolons or tabs, or JSON: one object a line, an array, or an export of DynamoDB. It may be
/// gzipped, and UTF-16 with its mark; - is the standard input. Profiles and locations are updated: an empty cell removes a value,
/// an absent column keeps it. Transactions and addresses are replaced whole. docs/import.md says more.
///
/// Rows that cannot be read, or that would replace each other, are rejected and written, with their line numbers and reasons,
/// to FILE.rejects.csv or FILE.rejects.ndjson; corrected, it can be imported as it is. Importing a file again changes nothing.
///
/// Without --endpoint-url and --table the rows go to the local stack, table profile-aggregations at
/// http://127.0.0.1:8000. With --table alone they go to that table in AWS, with the region and the credentials of the
/// environment.
///
/// Exit code: 0 if every row was loaded, 1 if the load failed, 2 for wrong usage, 3 if some rows were rejected.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_long_help = COLUMNS)]
pub struct Arguments {
    /// Files to load; - is the standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the rows are, needed only if no column tells it
    #[arg(long)]
    pub kind: Option<Kind>,
    /// Give a column of the file another name, such as InvoiceNo=transaction_id; may be repeated
    #[arg(long, value_name = "FROM=TO", value_parser = renaming)]
    pub rename: Vec<(String, String)>,
    /// Leave out columns of the file, by their names in it
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub ignore_columns: Vec<String>,
    /// Delete the items with the rows' keys instead; other columns do not count
    #[arg(long)]
    pub delete: bool,
    /// Read and check everything, but write nothing to a table
    #[arg(long)]
    pub dry_run: bool,
    /// File for the rejected rows; one that holds something else is never overwritten
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Wait until every profile that was touched is calculated
    #[arg(long, conflicts_with = "dry_run")]
    pub wait: bool,
    /// How many seconds to wait at most
    #[arg(long, value_name = "SECONDS", default_value = "600", requires = "wait")]
    pub wait_timeout: u32,
    /// Print nothing but errors, and rejects that cannot be written to a file
    #[arg(long)]
    pub quiet: bool,
    /// Print one JSON object at the end instead of text
    #[arg(long)]
    pub json: bool,
    /// URL of another DynamoDB than the local stack's
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_DYNAMODB")]
    pub endpoint_url: Option<String>,
    /// Name of the table, if not profile-aggregations
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
}

impl Arguments {
    /// Checks what the flags alone do not.
    ///
    /// # Errors
    ///
    /// The arguments contradict each other; the text says how.
    pub fn check(&self) -> Result<(), String> {
        if self.rejects.is_some() && self.files.len() > 1 {
            let reason = "--rejects takes the rejects of one FILE: import the files one by one";
            return Err(reason.to_owned());
        }
        // An input where rejects may go would be overwritten before it is read.
        let inputs: Vec<_> = self.files.iter().flat_map(fs::canonicalize).collect();
        let is_input = |path: &PathBuf| {
            fs::canonicalize(path).is_ok_and(|path| path.is_file() && inputs.contains(&path))
        };
        let beside =
            |file: &PathBuf| ["csv", "ndjson"].map(|extension| rejects::beside(file, extension));
        let mut beside = self.files.iter().flat_map(beside);
        let taken = match &self.rejects {
            Some(named) => is_input(named).then(|| named.clone()),
            None => beside.find(is_input),
        };
        match taken {
            Some(path) => Err(format!(
                "rejects would overwrite the input `{}`: import it by itself, or name another file with --rejects",
                path.display()
            )),
            None => Ok(()),
        }
    }
}

/// What `--help` says about the rows.
const COLUMNS: &str = "\
Columns, in any order; those after the bar are optional:
  profiles      profile_id | joined_at, joined_location_id,
                preferred_location_id
  addresses     profile_id, address_id | country, iso, is_default
  transactions  profile_id, transaction_id, transacted_at, total
                | currency, total_converted, location_id, channel,
                is_void, brands (JSON: items)
  locations     id | type, name, ..., address.country, address.iso

No value is an empty cell, NULL, null, \\N, NaN, nan, None, <NA>, NaT
or #N/A. Brands and tags have | between them; other lists are JSON.
Instants: 2026-01-31T10:00:00Z, 2026-01-31 10:00:00 (UTC),
2026-01-31T10:00:00+02:00.";

fn renaming(text: &str) -> Result<(String, String), String> {
    let (from, to) = text
        .split_once('=')
        .ok_or("expected FROM=TO, such as InvoiceNo=transaction_id")?;
    Ok((from.trim().to_owned(), to.trim().to_owned()))
}
