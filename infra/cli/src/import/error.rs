//! Why an import failed as a whole.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use dynamodb_connection::ConnectionError;
use table::PutBatchError;

use super::kind::Kind;

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
    /// There is no way to DynamoDB.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// Nothing answers.
    #[error("nothing answers at {place} ({cause}){hint}")]
    Unreachable {
        /// Where it should have answered.
        place: String,
        /// What the attempt ended in.
        cause: String,
        /// What to do about it, if anything is known.
        hint: &'static str,
    },
    /// There is no such table.
    #[error("there is no table `{table}` at {place}{hint}")]
    NoTable {
        /// Its name.
        table: String,
        /// Where it should have been.
        place: String,
        /// What to do about it, if anything is known.
        hint: &'static str,
    },
    /// The table has other keys than `pk` and `sk`.
    #[error("the table `{0}` is none of profiles: its keys are not `pk` and `sk`")]
    OtherTable(String),
    /// The table lacked the capacity for what was written.
    #[error(transparent)]
    Throttled(PutBatchError),
    /// DynamoDB refused a request.
    #[error("{operation} failed: {cause}")]
    Request {
        /// The operation's name in the DynamoDB API.
        operation: &'static str,
        /// What DynamoDB answered.
        cause: String,
    },
    /// The summary cannot be written.
    #[error("cannot write to the standard output")]
    Output(#[source] io::Error),
}

/// Any error, kept as the source of another.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// It is not there, or may not be read.
    #[error("it cannot be opened")]
    Open(#[source] io::Error),
    /// Reading it failed.
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    /// The rejects cannot be written, or those of an earlier run not be removed.
    #[error("its rejects cannot be written to `{}`", path.display())]
    Rejects {
        /// The file of rejects.
        path: PathBuf,
        /// Why not.
        source: BoxError,
    },
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is a JSON array.
    #[error("it is a JSON array; write one object a line, with nothing around or between them")]
    Array,
    /// The first line is no header.
    #[error("its first line is no header")]
    Header(#[source] BoxError),
    /// A column that rows of this kind do not have.
    #[error("it has the column `{column}`, which {kind} do not have")]
    NotOfKind {
        /// The column.
        column: String,
        /// What the rows are.
        kind: Kind,
    },
    /// A column that rows of this kind need is not there.
    #[error("it lacks the column `{column}`, which {kind} need")]
    Missing {
        /// The column.
        column: &'static str,
        /// What the rows are.
        kind: Kind,
    },
    /// A column stands there twice.
    #[error("it has the column `{0}` twice")]
    Twice(String),
    /// None of the first rows can be read, so they tell nothing.
    #[error("none of its first rows can be read; give their kind with --kind")]
    Unreadable,
    /// The columns name no kind.
    #[error("its columns ({found}) do not tell what the rows are; give it with --kind")]
    Unknown {
        /// The columns.
        found: String,
    },
    /// The columns name several kinds.
    #[error("its columns ({found}) are those of {kinds}; give the kind with --kind")]
    Ambiguous {
        /// The columns.
        found: String,
        /// The kinds that have them.
        kinds: String,
    },
}

impl FileProblem {
    /// The problem as that of a file.
    pub(crate) fn of(self, path: &std::path::Path) -> ImportError {
        ImportError::File {
            path: path.to_owned(),
            problem: self,
        }
    }
}
