//! `aggregations forget` and `aggregations merge`: everything that is stored of one person.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use table::{
    ForgetError, Forgotten, Merged, ProfileId, Settings, TableError, forget, merge, printable,
};

use crate::target::{Place, Target, TargetError};

/// How many sort keys are named.
const NAMED: usize = 20;
/// The exit code where something is left.
const LEFT: u8 = 3;

/// Delete everything that is stored of a profile
///
/// Deletes the profile's record, addresses and transactions, then what was calculated of them, and looks whether anything is left.
/// docs/operations.md says what is kept elsewhere, and for how long.
///
/// Exit code: 0 if nothing is left, 1 if it failed, 2 for wrong usage, 3 if something was written in the meantime.
#[derive(Clone, Debug, Args)]
pub struct ForgetArguments {
    /// The profile's id
    #[arg(value_name = "ID", value_parser = ProfileId::parse)]
    profile: ProfileId,
    #[command(flatten)]
    place: Place,
}

/// Move everything of a profile to another one
///
/// For two records of one person, such as a guest who is known by now. Transactions keep their keys; of two that are alike one
/// stays, and if two differ, nothing is written, and their keys are named. Where both have an attribute of the profile record, that
/// of INTO stays, but joined_at and joined_location_id come from the earlier join. Addresses keep their ids unless INTO has others
/// under them; at most one stays the default.
///
/// Items are put under INTO before they are deleted under FROM. If it fails, run it again.
///
/// Exit code: 0 if nothing is left of FROM, 1 if it failed or both have different transactions under one key, 2 for wrong usage, 3
/// if something was written in the meantime.
#[derive(Clone, Debug, Args)]
pub struct MergeArguments {
    /// The id of the profile that goes
    #[arg(value_name = "FROM", value_parser = ProfileId::parse)]
    from: ProfileId,
    /// The id of the profile that stays
    #[arg(value_name = "INTO", value_parser = ProfileId::parse)]
    into: ProfileId,
    #[command(flatten)]
    place: Place,
}

impl MergeArguments {
    /// Checks what the flags alone do not.
    ///
    /// # Errors
    ///
    /// Both ids are the same.
    pub fn check(&self) -> Result<(), String> {
        match self.from == self.into {
            true => Err(format!("FROM and INTO are both `{}`", self.from)),
            false => Ok(()),
        }
    }
}

/// Why nothing, or not everything, was done.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The table cannot be reached or used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A request failed.
    #[error("cannot read or write the table; run the command again")]
    Table(#[from] TableError),
    /// Items could not be deleted.
    #[error("cannot delete everything; run the command again")]
    Forget(#[from] ForgetError),
    /// Both profiles have different items under one key.
    #[error(
        "both profiles have different items under {keys}; {written}. Delete one of each, then run the command again"
    )]
    Conflicts {
        /// The keys.
        keys: String,
        /// What was written before that.
        written: String,
    },
    /// What was done cannot be printed.
    #[error("cannot write to the standard output")]
    Output(#[source] io::Error),
}

/// Deletes everything that is stored of a profile, and says what is left.
///
/// # Errors
///
/// The table cannot be used, or a request failed.
pub async fn run_forget(arguments: ForgetArguments) -> Result<ExitCode, PersonError> {
    let ForgetArguments { profile, place } = arguments;
    let (target, settings) = open(&place).await?;
    let Forgotten { deleted, left } = forget(&target.table, &settings, &profile).await?;
    let done = match deleted {
        0 => "there was nothing to delete".to_owned(),
        1 => "1 item deleted".to_owned(),
        deleted => format!("{deleted} items deleted"),
    };
    say(&format!("{profile}: {done}, {}", told(&left)))?;
    Ok(exit_code(&left))
}

/// Moves everything of a profile to another one, and says what is left.
///
/// # Errors
///
/// The table cannot be used, a request failed, or both have different items under one key.
pub async fn run_merge(arguments: MergeArguments) -> Result<ExitCode, PersonError> {
    let MergeArguments { from, into, place } = arguments;
    let (target, settings) = open(&place).await?;
    match merge(&target.table, &settings, &from, &into).await? {
        Merged::Done { moved, alike, left } => {
            say(&format!(
                "{from}: {moved} items moved to {into}, {alike} were there already, {}",
                told(&left)
            ))?;
            Ok(exit_code(&left))
        }
        Merged::Conflicts { keys, moved } => {
            let written = match moved {
                0 => "nothing was written".to_owned(),
                moved => format!("{moved} other items are under both ids now"),
            };
            let keys = named(&keys);
            Err(PersonError::Conflicts { keys, written })
        }
        Merged::Disturbed => {
            say(&format!(
                "{from}: somebody writes to {into} all the time; run the command again"
            ))?;
            Ok(LEFT.into())
        }
    }
}

/// The table, and the settings of what is calculated in it.
async fn open(place: &Place) -> Result<(Target, Settings), PersonError> {
    let target = Target::open(place).await?;
    let stored = target.table.stored_settings().await?;
    let currency = stored.currencies.into_iter().next().flatten();
    let settings = Settings {
        currency,
        ..Settings::default()
    };
    Ok((target, settings))
}

fn told(left: &[String]) -> String {
    match left.len() {
        0 => "nothing is left".to_owned(),
        count => format!(
            "{count} left that were written in the meantime: {}; run the command again",
            named(left)
        ),
    }
}

fn named(keys: &[String]) -> String {
    let named = keys.iter().take(NAMED);
    let named: Vec<String> = named.map(|key| format!("`{}`", printable(key))).collect();
    let named = named.join(", ");
    match keys.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn exit_code(left: &[String]) -> ExitCode {
    match left.is_empty() {
        true => ExitCode::SUCCESS,
        false => LEFT.into(),
    }
}

fn say(line: &str) -> Result<(), PersonError> {
    writeln!(io::stdout(), "{line}").map_err(PersonError::Output)
}
