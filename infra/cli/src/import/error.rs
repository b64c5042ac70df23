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
    /// The connection to DynamoDB cannot be configured.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The endpoint does not answer.
    #[error("DynamoDB does not answer at {place}: {cause}{hint}")]
    Unreachable {
        /// Where it should have answered.
        place: String,
        /// What the attempt ended in.
        cause: String,
        /// What to do about it, if anything is known.
        hint: &'static str,
    },
    /// The table does not exist.
    #[error("table `{table}` not found at {place}{hint}")]
    NoTable {
        /// The table's name.
        table: String,
        /// Where it should have been.
        place: String,
        /// What to do about it, if anything is known.
        hint: &'static str,
    },
    /// The table has other keys than `pk` and `sk`.
    #[error("the table `{0}` has the wrong keys: expected `pk` and `sk`")]
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
    /// It does not exist, or this user may not read it.
    #[error("cannot open the file")]
    Open(#[source] io::Error),
    /// Reading it failed.
    #[error("cannot read the file")]
    Read(#[source] io::Error),
    /// The rejects cannot be written, or those of an earlier run not be removed.
    #[error("cannot write the rejected rows to `{}`", path.display())]
    Rejects {
        /// The file of rejects.
        path: PathBuf,
        /// Why not.
        source: BoxError,
    },
    /// It has no rows and no header.
    #[error("the file is empty")]
    Empty,
    /// It is a JSON array.
    #[error(
        "the file is a JSON array: expected one object on each line, with nothing around or between them"
    )]
    Array,
    /// The first line is not a header.
    #[error("the first line is not a header")]
    Header(#[source] BoxError),
    /// A column that rows of this kind do not have.
    #[error("unknown column `{column}` for {kind}")]
    NotOfKind {
        /// The column.
        column: String,
        /// What the rows are.
        kind: Kind,
    },
    /// A column that rows of this kind need is missing.
    #[error("the column `{column}` is missing: {kind} need it")]
    Missing {
        /// The column.
        column: &'static str,
        /// What the rows are.
        kind: Kind,
    },
    /// The header names a column twice.
    #[error("the column `{0}` appears twice")]
    Twice(String),
    /// None of the first rows can be read, so their kind is unknown.
    #[error("cannot identify the kind of rows: none of the first ones can be read; set --kind")]
    Unreadable,
    /// The columns belong to no kind.
    #[error("cannot identify the kind of rows: none has the columns {found}; set --kind")]
    Unknown {
        /// The columns.
        found: String,
    },
    /// The columns belong to several kinds.
    #[error("cannot identify the kind of rows: the columns {found} belong to {kinds}; set --kind")]
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
