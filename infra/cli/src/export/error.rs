//! Why an export failed as a whole.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use table::TableError;
use tokio::task::JoinError;

use crate::target::TargetError;

/// Why an export stopped. What was printed before is no whole export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The table cannot be reached or used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A request failed.
    #[error("cannot read the table")]
    Table(#[source] TableError),
    /// A document cannot be written in the format asked for.
    #[error("cannot write a document")]
    Document(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The documents cannot be printed.
    #[error("cannot write to the standard output")]
    Output(#[source] io::Error),
    /// The file cannot be written.
    #[error("cannot write `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The output is something else than a file, such as a folder or a device.
    #[error("cannot write `{}`: it is not a file", .0.display())]
    NotAFile(PathBuf),
    /// A segment ended before its time.
    #[error("a segment was not read to its end")]
    Segment(#[from] JoinError),
    /// The program cannot wait for signals.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    /// A signal came; a file is left as it was.
    #[error("stopped by a signal; the file is as it was")]
    Stopped,
}

impl ExportError {
    /// Whether the reader of the standard output has gone: it has all it wanted.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == ErrorKind::BrokenPipe)
    }
}
