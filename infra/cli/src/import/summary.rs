//! What an import did.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::kind::Kind;

/// What an import did, file by file; `--json` prints it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The files in the order in which they were loaded.
    pub files: Vec<FileSummary>,
    /// What became of the profiles that were touched, if that was waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited: Option<Waited>,
}

/// What became of the rows of a file.
#[derive(Clone, Debug, Serialize)]
pub struct FileSummary {
    /// The file.
    pub file: PathBuf,
    /// What its rows are.
    pub kind: Kind,
    /// How many rows were loaded.
    pub loaded: usize,
    /// How many rows were not.
    pub rejected: usize,
    /// How many of the loaded rows found an item that was stored before; not known of those that are written in batches.
    pub replaced: Option<usize>,
    /// How many rows were deleted.
    pub deleted: usize,
    /// How many derived items were left out.
    pub derived: usize,
    /// Where the rejected rows are, if there are any and they could be written to a file.
    pub rejects: Option<PathBuf>,
    /// How long it took.
    pub seconds: f64,
}

/// What became of the profiles that were touched.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Waited {
    /// How many there are.
    pub profiles: usize,
    /// How many were not calculated in time.
    pub open: usize,
}

impl Summary {
    /// The exit code of the command: 0 if every row was loaded, 1 if profiles are not calculated yet, 3 if rows were rejected.
    pub fn exit_code(&self) -> u8 {
        if self.waited.is_some_and(|waited| waited.open > 0) {
            return 1;
        }
        let is_complete = self.files.iter().all(|file| file.rejected == 0);
        if is_complete { 0 } else { 3 }
    }
}

impl fmt::Display for FileSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}, ", self.file.display(), self.kind)?;
        match self.deleted {
            0 => write!(formatter, "{} rows loaded", self.loaded)?,
            deleted => write!(formatter, "{deleted} rows deleted")?,
        }
        if let Some(replaced) = self.replaced.filter(|replaced| *replaced > 0) {
            write!(
                formatter,
                ", {replaced} of which were stored before and are updated"
            )?;
        }
        write!(formatter, ", {} rejected", self.rejected)?;
        if let Some(rejects) = &self.rejects {
            write!(formatter, " (see {})", rejects.display())?;
        }
        if self.derived > 0 {
            write!(formatter, ", {} derived items left out", self.derived)?;
        }
        write!(formatter, ", {:.1} s", self.seconds)
    }
}

impl fmt::Display for Waited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.open {
            0 if self.profiles == 0 => write!(formatter, "no profile was touched"),
            0 => write!(formatter, "all {} profiles are calculated", self.profiles),
            open => write!(
                formatter,
                "{open} of {} profiles are not calculated yet",
                self.profiles
            ),
        }
    }
}
