//! The flags.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveDate, Utc};
use clap::{Parser, Subcommand};

/// Write many transactions into a local stack while readers ask, and verify every profile at the end
#[derive(Debug, Parser)]
#[command(name = "load", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// New transactions; edits and deletions come on top
    #[arg(long, value_name = "NUMBER", default_value = "1000000")]
    pub transactions: NonZero<u32>,
    /// Profiles that they belong to
    #[arg(long, value_name = "NUMBER", default_value = "50000")]
    pub profiles: NonZero<u32>,
    /// How skewed profiles are: the exponent of Zipf's distribution, 0 for none
    #[arg(long, value_name = "EXPONENT", default_value = "0.8")]
    pub skew: f64,
    /// Edits, in percent of the transactions
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = percent)]
    pub edits: f64,
    /// Deletions, in percent of the transactions
    #[arg(long, value_name = "PERCENT", default_value = "2", value_parser = percent)]
    pub deletions: f64,
    /// Returns, in percent of the transactions
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = percent)]
    pub returns: f64,
    /// Transactions of any earlier date, in percent; the dates of the others go on as they are written
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = percent)]
    pub backdated: f64,
    /// The same seed, `--until` and numbers make the same writes
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub seed: u64,
    /// The last of the three years of dates, and the one that profiles are verified as of [default: today, in UTC]
    #[arg(long, value_name = "DATE", default_value_t = Utc::now().date_naive(), hide_default_value = true)]
    pub until: NaiveDate,
    /// Writers that write side by side
    #[arg(long, value_name = "NUMBER", default_value = "4")]
    pub writers: NonZero<u32>,
    /// Readers that ask side by side
    #[arg(long, value_name = "NUMBER", default_value = "4")]
    pub readers: u32,
    /// GETs a second of each reader
    #[arg(long, value_name = "NUMBER", default_value = "10")]
    pub gets: NonZero<u32>,
    /// Seconds of lag from which on writers wait; without it they run ahead of the stream
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub lag_limit: Option<Duration>,
    /// Store the data as `aggregations up --in-memory` does, instead of in a folder that is deleted at the end. The engine then has
    /// a cache of 64 MB and maps up to 256 MB of its file, which its memory grows to
    #[arg(long)]
    pub in_memory: bool,
    /// Seconds between two lines of progress
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    pub every: NonZero<u32>,
    /// Seconds that the stream may take to come to its end after the last write
    #[arg(long, value_name = "SECONDS", default_value = "3600")]
    pub patience: u32,
    /// Leave out this write, to see the verification fail
    #[arg(long, value_name = "NUMBER", hide = true)]
    pub lose_write: Option<u64>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the local stack, for the process that started this one
    #[command(hide = true)]
    Stack {
        /// Folder for the data; without it nothing is kept
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
    },
}

/// A share, as a flag gives it.
fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok();
    let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "expected a number from 0 to 100".to_owned())
}

/// A time, as a flag gives it.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok();
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.ok_or_else(|| "expected a number of seconds".to_owned())
}
