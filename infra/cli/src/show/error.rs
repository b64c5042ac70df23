//! Why a document cannot be shown.

use std::io;

use calculation::{ArchiveNeeded, LedgerError};
use table::{TableError, printable};

use crate::target::TargetError;

/// Why a document cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The table cannot be reached or used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A request failed.
    #[error("cannot read the table")]
    Table(#[from] TableError),
    /// Nothing is stored of the profile, or it is not calculated yet.
    #[error("no such profile")]
    NoSuchProfile,
    /// The profile is too large to be calculated, and never was smaller.
    #[error("the profile has no document yet; it is incomplete: {}", printable(.0))]
    Incomplete(String),
    /// The ledger cannot be read.
    #[error("cannot read the profile; `aggregations rebuild --profile ID` calculates it anew")]
    Ledger(#[from] LedgerError),
    /// The archive was not read.
    #[error("cannot evaluate the profile")]
    Archive(#[from] ArchiveNeeded),
    /// The document cannot be written as JSON.
    #[error("cannot write the document")]
    Document(#[from] serde_json::Error),
    /// The document cannot be printed.
    #[error("cannot write to the standard output")]
    Output(#[source] io::Error),
}
