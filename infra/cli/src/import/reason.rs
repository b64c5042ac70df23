//! Why a row could not be read.

use calculation::TotalError;

use super::instant::InstantError;

/// Why a row is no item of the table; the text that its line in the rejects file gives.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Reason {
    #[error("is longer than 1 MiB; this is its beginning")]
    TooLong,
    #[error("is not UTF-8")]
    Encoding,
    #[error("its quotes do not match; a cell with a quote in it stands in quotes, its own doubled")]
    Quoting,
    #[error("has {found} cells, the header {expected}")]
    Cells { found: usize, expected: usize },
    #[error("is no JSON object")]
    NoObject,
    #[error("is no JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error("`{name}` is no JSON: {source}")]
    JsonCell {
        name: String,
        source: serde_json::Error,
    },
    #[error("is nested deeper than the {0} levels that DynamoDB takes")]
    Depth(usize),
    #[error("`{0}` is no column of {1}")]
    Unknown(String, super::Kind),
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{name}` is no {expected}")]
    Type {
        name: String,
        expected: &'static str,
    },
    #[error("`{0}` is no whole number; give it as a text")]
    FractionalId(String),
    #[error(transparent)]
    ProfileId(#[from] table::InvalidProfileId),
    #[error(transparent)]
    Total(#[from] TotalError),
    #[error("`{name}` {source}")]
    Instant {
        name: &'static str,
        source: InstantError,
    },
    #[error("`{name}` is empty")]
    Empty { name: &'static str },
    #[error("`{name}` has {bytes} bytes, 1 to {limit} are allowed")]
    Length {
        name: &'static str,
        bytes: usize,
        limit: usize,
    },
    #[error("its sort key has {0} bytes, at most 1024 are allowed")]
    Key(usize),
    #[error("`channel` is neither pos nor website")]
    Channel,
    #[error("`{0}` and `{1}` are both given")]
    Both(&'static str, &'static str),
    #[error("the item has about {0} bytes, at most 409600 are allowed")]
    Size(usize),
    #[error("the table refused it: {0}")]
    Refused(String),
}
