//! Why a run over the customer base failed as a whole.

use std::io;
use std::path::PathBuf;

use table::TableError;

use crate::target::{Target, TargetError};

/// Why a run stopped. What was rebuilt before stays.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// The table cannot be reached or used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A request failed.
    #[error("cannot read or write {target}")]
    Table {
        /// The table, and where it is.
        target: String,
        /// What went wrong.
        #[source]
        source: TableError,
    },
    /// What is stored does not tell which currency is right.
    #[error(
        "the derived items of {target} have figures in different currencies: {found}; say which is right with --currency"
    )]
    Currencies {
        /// The table, and where it is.
        target: String,
        /// What was found.
        found: String,
    },
    /// The table fails rather than a profile.
    #[error("{0} profiles in a row failed; run the command again when the reason is gone")]
    Failing(usize),
    /// A part of the table was not worked through.
    #[error("segment {0} ended early; run the command again")]
    Segment(usize),
    /// The profiles cannot be read.
    #[error("cannot read the standard input")]
    Input(#[source] io::Error),
    /// The profiles cannot be printed.
    #[error("cannot write to the standard output")]
    Output(#[source] io::Error),
    /// The checkpoint cannot be read or written.
    #[error("cannot use the checkpoint `{}`", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The checkpoint is of something else.
    #[error("the checkpoint `{}` {reason}; delete it to begin anew", path.display())]
    OtherCheckpoint {
        /// The file.
        path: PathBuf,
        /// How it differs.
        reason: String,
    },
}

impl BaseError {
    /// A failed request to a table.
    pub(super) fn of(target: &Target) -> impl FnOnce(TableError) -> Self {
        let target = target.to_string();
        move |source| Self::Table { target, source }
    }
}
