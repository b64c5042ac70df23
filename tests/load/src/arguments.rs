//! The flags.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveDate, Utc};
use clap::builder::RangedU64ValueParser;
use clap::{Parser, Subcommand};

use crate::transaction::{DAY, DAYS};

/// The first date that a transaction can have.
const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();

/// Write many transactions into a local stack while readers ask, and verify every profile at the end
#[derive(Debug, Parser)]
#[command(name = "load", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// New transactions; edits and deletions come on top
    #[arg(long, value_name = "NUMBER", default_value = "1000000", value_parser = number(1, 100_000_000))]
    pub transactions: u32,
    /// Profiles that they belong to
    #[arg(long, value_name = "NUMBER", default_value = "50000", value_parser = number(1, 10_000_000))]
    pub profiles: u32,
    /// How skewed profiles are: the exponent of Zipf's distribution, 0 for none
    #[arg(long, value_name = "EXPONENT", default_value = "0.8", value_parser = exponent)]
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
    #[arg(long, value_name = "DATE", default_value_t = Utc::now().date_naive(), hide_default_value = true, value_parser = last_date)]
    pub until: NaiveDate,
    /// Writers that write side by side
    #[arg(long, value_name = "NUMBER", default_value = "4", value_parser = number(1, 256))]
    pub writers: u32,
    /// Readers that ask side by side. The verification asks as many questions side by side, and at least one
    #[arg(long, value_name = "NUMBER", default_value = "4", value_parser = number(0, 256))]
    pub readers: u32,
    /// GETs a second of each reader
    #[arg(long, value_name = "NUMBER", default_value = "10", value_parser = number(1, 1_000))]
    pub gets: u32,
    /// Seconds of lag from which on writers wait; without it they run ahead of the stream
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub lag_limit: Option<Duration>,
    /// Store the data as `aggregations up --in-memory` does, instead of in a folder that is deleted at the end. The engine then has
    /// a cache of 64 MB and maps up to 256 MB of its file, which its memory grows to
    #[arg(long)]
    pub in_memory: bool,
    /// Seconds between two lines of progress
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = number(1, DAY))]
    pub every: u32,
    /// Seconds that the stream may take to come to its end after the last write
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = number(1, DAY))]
    pub patience: u32,
    /// Profiles of their own into each of which a probe writes a purchase every two seconds, to measure the lag
    #[arg(long, value_name = "NUMBER", default_value = "8", value_parser = number(1, 64))]
    pub probes: u32,
    /// Seconds after which a purchase of a probe that does not show counts as lost; the probe then writes no more
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = number(1, DAY))]
    pub lost_after: u32,
    /// Leave out this write, to see the verification fail
    #[arg(long, value_name = "NUMBER", hide = true)]
    pub lose_write: Option<u64>,
    /// Leave out the first purchase of each probe, to see it found
    #[arg(long, hide = true)]
    pub lose_purchase: bool,
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

/// Whole numbers, as flags give them. Their limits keep times, sums and memory within what the driver can hold.
fn number(least: u32, most: u32) -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(u64::from(least)..=u64::from(most))
}

/// An exponent, as a flag gives it. With 10, only one GET of a thousand is not for the favourite.
fn exponent(text: &str) -> Result<f64, String> {
    let exponent = text.parse().ok();
    let exponent = exponent.filter(|exponent| (0.0..=10.0).contains(exponent));
    exponent.ok_or_else(|| "expected a number from 0 to 10".to_owned())
}

/// The last date, as a flag gives it.
fn last_date(text: &str) -> Result<NaiveDate, String> {
    let date: NaiveDate = text
        .parse()
        .map_err(|_| "expected a date YYYY-MM-DD".to_owned())?;
    if (date - EARLIEST).num_days() < i64::from(DAYS) - 1 {
        return Err("the first of the three years begins before 0001-01-01".to_owned());
    }
    if date > Utc::now().date_naive() {
        return Err("GETs of today do not show later purchases".to_owned());
    }
    Ok(date)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::first_date;

    #[test]
    fn values_that_no_run_can_have_are_refused_by_the_name_of_their_flag() {
        let refused = [
            ("--transactions", "0 100000001 4294967296 -1"),
            ("--profiles", "0 10000001"),
            ("--skew", "-0.1 10.1 1e308 inf nan"),
            ("--edits", "-1 101 inf nan"),
            ("--deletions", "-1 101 inf nan"),
            ("--returns", "-1 101 inf nan"),
            ("--backdated", "-1 101 inf nan"),
            ("--seed", "-1 18446744073709551616"),
            (
                "--until",
                "0002-01-01 0003-12-30 9999-12-31 +262142-12-31 -262143-01-01 today",
            ),
            ("--writers", "0 257"),
            ("--readers", "-1 257"),
            ("--gets", "0 1001 2000000000"),
            ("--lag-limit", "-1 1e300 inf nan"),
            ("--every", "0 86401"),
            ("--patience", "0 86401 4294967295"),
            ("--probes", "0 65"),
            ("--lost-after", "0 86401"),
        ];
        for (flag, values) in refused {
            for value in values.split(' ') {
                let flag_and_value = format!("{flag}={value}");
                let parsed = Arguments::try_parse_from(["load", &flag_and_value]);
                let error = parsed.expect_err(&flag_and_value).to_string();
                assert!(error.contains(&format!("'{flag} <")), "{error}");
            }
        }
    }

    #[test]
    fn the_first_date_may_be_the_first_that_there_is() {
        let arguments = Arguments::parse_from(["load", "--until", "0003-12-31"]);
        assert_eq!(first_date(arguments.until), EARLIEST);
    }
}
