//! The flags of `aggregations show`.

use chrono::NaiveDate;
use clap::Args;
use table::ProfileId;

use crate::date::date;
use crate::target::Place;

/// Show the document of a profile
///
/// Prints what a GET answers, to be read at a glance: the figures, the segments in words, what was spent in each of the last 24
/// months, the stores by name, and which transactions are set aside and why.
///
/// Exit code: 0 if it is shown, 1 if there is no such profile or it failed, 2 for wrong usage.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// The profile's id
    #[arg(value_name = "ID", value_parser = ProfileId::parse)]
    pub(super) profile: ProfileId,
    /// The date at whose end the document is asked for [default: today, in UTC]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) as_of: Option<NaiveDate>,
    /// Say also when each segment changes, if nothing is bought, and why it is what it is
    #[arg(long)]
    pub(super) explain: bool,
    /// Print exactly the body of a GET instead
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) place: Place,
}
