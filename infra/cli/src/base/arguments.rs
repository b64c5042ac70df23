//! The flags of `aggregations verify` and `aggregations rebuild`.

use std::path::PathBuf;

use calculation::Currency;
use clap::{ArgGroup, Args};
use table::ProfileId;

use crate::target::Place;

/// Compare profiles with a calculation from nothing
///
/// Prints a line for each profile whose derived item, archive included, is not what the table holds: its id, then why. What was
/// written in the last seconds may still be on its way; it is looked at again before it is told. Nothing is changed but that empty
/// derived items of profiles that are gone are deleted.
///
/// Exit code: 0 if all are in order, 1 if it failed, 2 for wrong usage, 3 if some differ.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("selection").required(true).multiple(true).args(["profile", "all", "stdin", "sample"]))]
pub struct VerifyArguments {
    #[command(flatten)]
    pub(super) common: Arguments,
    /// Only so many profiles, from random places of the table
    #[arg(long, value_name = "N", conflicts_with_all = ["profile", "stdin", "checkpoint", "segments"])]
    pub(super) sample: Option<usize>,
}

/// Calculate profiles from nothing
///
/// Makes the derived items of profiles anew, beside live traffic: readers see the old document until the new one stands. Prints a
/// line for each profile that could not be rebuilt: its id, then why.
///
/// Exit code: 0 if all are rebuilt, 1 if it failed, 2 for wrong usage, 3 if some could not be rebuilt.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("selection").required(true).args(["profile", "all", "stdin"]))]
pub struct RebuildArguments {
    #[command(flatten)]
    pub(super) common: Arguments,
}

/// The flags that both have.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// Profiles, by their ids
    #[arg(long, value_name = "ID", num_args = 1.., value_parser = ProfileId::parse, conflicts_with_all = ["all", "stdin"])]
    pub(super) profile: Vec<ProfileId>,
    /// All profiles of the table, by a parallel scan
    #[arg(long, conflicts_with = "stdin")]
    pub(super) all: bool,
    /// Profiles named on the standard input, a line each: the first word is the id
    #[arg(long)]
    pub(super) stdin: bool,
    /// Parts in which all profiles are scanned side by side [default: 8]
    #[arg(long, value_name = "N", requires = "all", conflicts_with_all = ["profile", "stdin"], value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) segments: Option<u32>,
    /// File that keeps how far it came, so that a stopped run goes on; it goes when all profiles are done
    #[arg(long, value_name = "FILE", requires = "all", conflicts_with_all = ["profile", "stdin"])]
    pub(super) checkpoint: Option<PathBuf>,
    /// Currency of the figures as it is deployed, or none [default: what the stored derived items say]
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub(super) currency: Option<GivenCurrency>,
    /// Whether the derived items have figures beside the ledger, as it is deployed [default: what the stored ones say]
    #[arg(long, value_name = "BOOL")]
    pub(super) store_figures: Option<bool>,
    /// Print nothing but the profiles, and errors
    #[arg(long)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) place: Place,
}

/// A currency as a flag gives it, `none` included.
#[derive(Clone, Copy, Debug)]
pub(super) struct GivenCurrency(pub(super) Option<Currency>);

fn currency(text: &str) -> Result<GivenCurrency, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(GivenCurrency(None));
    }
    match Currency::parse(text) {
        Some(currency) => Ok(GivenCurrency(Some(currency))),
        None => Err("expected an ISO 4217 code, such as EUR, or none".to_owned()),
    }
}
