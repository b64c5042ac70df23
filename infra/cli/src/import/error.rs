//! Why an import failed as a whole.

use std::io;
use std::path::{Path, PathBuf};

use table::{PutBatchError, TableError};

use crate::target::TargetError;

/// Why an import stopped. What was loaded before stays; importing again does no harm.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be imported.
    #[error("cannot import `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: FileProblem,
    },
    /// The table cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The table lacked the capacity for what was written.
    #[error(transparent)]
    Throttled(PutBatchError),
    /// It cannot be told whether profiles are calculated.
    #[error("cannot tell whether the profiles are calculated")]
    Waiting(#[from] TableError),
    /// The summary cannot be written.
    #[error("cannot write to the standard output")]
    Output(#[from] io::Error),
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// It does not exist, this user may not read it, or it cannot be kept in the temporary folder.
    #[error("cannot read the file")]
    Read(#[from] io::Error),
    /// It is JSON, not one object a line, and broken.
    #[error("invalid JSON")]
    Json(#[from] serde_json::Error),
    /// It is not what can be imported; the text says what it is, and what to do.
    #[error("{0}")]
    Unfit(String),
}

impl FileProblem {
    /// A file that cannot be imported, and why.
    pub(crate) fn unfit<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(Self::Unfit(why.into()))
    }

    /// The problem as that of a file.
    pub(crate) fn of(self, path: &Path) -> ImportError {
        let (path, problem) = (path.to_owned(), self);
        ImportError::File { path, problem }
    }
}
