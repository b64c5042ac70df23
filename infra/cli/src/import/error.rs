//! Why an import failed as a whole.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use dynamodb_connection::ConnectionError;
use table::{PutBatchError, TableError};

use super::kind::Kind;

/// Any error, kept as the source of another.
pub type BoxError = Box<dyn Error + Send + Sync>;

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
    /// It cannot be told whether profiles are calculated.
    #[error("cannot tell whether the profiles are calculated")]
    Waiting(#[from] TableError),
    /// The summary cannot be written.
    #[error("cannot write to the standard output")]
    Output(#[source] io::Error),
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// It does not exist, or this user may not read it.
    #[error("cannot open the file")]
    Open(#[source] io::Error),
    /// Reading it failed, or keeping it in the temporary folder.
    #[error("cannot read the file")]
    Read(#[from] io::Error),
    /// It has no rows and no header.
    #[error("the file is empty")]
    Empty,
    /// It is not a text.
    #[error("the file is {0}")]
    NoText(&'static str),
    /// It is JSON, not one object a line, and broken.
    #[error("invalid JSON")]
    Json(#[from] serde_json::Error),
    /// It is the first page of a scan, not a table.
    #[error(
        "the scan stopped before the end of the table, as its `LastEvaluatedKey` or `NextToken` says: leave out --max-items and --no-paginate"
    )]
    GoesOn,
    /// The first line is not a header.
    #[error("the first line is not a header: {0}")]
    Header(&'static str),
    /// A column has no name.
    #[error(
        "a column has no name: data frames write their index so; leave it out with --ignore-columns ''"
    )]
    Unnamed,
    /// A column that rows of this kind do not have.
    #[error(
        "unknown column `{column}`: {kind} have {columns}; leave it out with --ignore-columns '{column}', or rename it with --rename"
    )]
    NotOfKind {
        /// The column.
        column: String,
        /// What the rows are.
        kind: Kind,
        /// The columns that they have.
        columns: String,
    },
    /// A column that rows of this kind need is missing.
    #[error(
        "the column `{column}` is missing: {kind} need it; another name becomes this one with --rename OTHER={column}"
    )]
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
    #[error(
        "cannot tell what the rows are: none of the first ones can be read; say it with --kind"
    )]
    Unreadable,
    /// The columns may be those of any list.
    #[error(
        "cannot tell what the rows are by the columns {0}: say it with --kind profiles, locations, addresses or transactions"
    )]
    Unknown(String),
    /// The columns belong to several kinds.
    #[error(
        "cannot tell what the rows are: of the columns {0} some belong to {1}, others to {2}; say it with --kind"
    )]
    Ambiguous(String, Kind, Kind),
    /// The rows are items of DynamoDB, and should be something else.
    #[error("the rows are items of DynamoDB, not {0}: leave --kind out")]
    AreItems(Kind),
    /// The rows are no items of DynamoDB, but should be.
    #[error(
        "the rows are not items of DynamoDB, such as {{\"Item\": {{\"pk\": {{\"S\": ...}}, ...}}}}: they cannot be of --kind items"
    )]
    NoItems,
    /// It holds changes of a table, not a table.
    #[error("the file is an incremental export of DynamoDB: make a full one")]
    Incremental,
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
