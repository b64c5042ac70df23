//! Why a row could not be read.

use calculation::TotalError;
use table::MAX_ITEM_BYTES;

use super::instant::InstantError;

/// Why a row is not an item of the table. The rejects file gives its text beside the row.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowError {
    #[error("the row is longer than 1 MiB; this is its beginning")]
    TooLong,
    #[error("the text is not UTF-8")]
    Encoding,
    #[error(
        "unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one"
    )]
    Quoting,
    #[error("the row has {found} cells: expected {expected}, as in the header")]
    Cells { found: usize, expected: usize },
    #[error("expected a JSON object")]
    NoObject,
    #[error("invalid JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error("invalid JSON in `{name}`: {source}")]
    JsonCell {
        name: String,
        source: serde_json::Error,
    },
    #[error("the JSON is nested deeper than the {0} levels that DynamoDB allows")]
    Depth(usize),
    #[error("unknown column `{0}` for {1}")]
    Unknown(String, super::Kind),
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("invalid `{name}`: expected {expected}")]
    Type {
        name: String,
        expected: &'static str,
    },
    #[error("invalid `{0}`: expected a whole number or a text")]
    FractionalId(String),
    #[error(transparent)]
    ProfileId(#[from] table::InvalidProfileId),
    #[error(transparent)]
    Total(#[from] TotalError),
    #[error("invalid `{name}`: {source}")]
    Instant {
        name: &'static str,
        source: InstantError,
    },
    #[error("`{name}` is empty")]
    Empty { name: &'static str },
    #[error("`{name}` has {bytes} bytes: expected 1 to {limit}")]
    Length {
        name: &'static str,
        bytes: usize,
        limit: usize,
    },
    #[error("the ids are too long: the sort key has {0} bytes, at most 1024 are allowed")]
    Key(usize),
    #[error("invalid `channel`: expected `pos` or `website`")]
    Channel,
    #[error("`{0}` and `{1}` are both given: expected one of them")]
    Both(&'static str, &'static str),
    #[error("the item has about {0} bytes: expected at most {MAX_ITEM_BYTES}")]
    Size(usize),
    #[error("DynamoDB refused the item: {0}")]
    Refused(String),
}
