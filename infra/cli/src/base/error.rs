//! Why a run over the customer base failed as a whole.

use std::io;
use std::path::PathBuf;

use table::TableError;

use crate::target::TargetError;

/// Why a run stopped. What was rebuilt before stays.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// The table cannot be reached or used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A request failed.
    #[error("cannot read the table")]
    Table(#[source] TableError),
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
