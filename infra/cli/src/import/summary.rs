//! What an import did.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::kind::Kind;
use super::source::Source;

/// What an import did, file by file.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The files in the order in which they were loaded.
    pub files: Vec<FileSummary>,
}

/// What became of the rows of a file.
#[derive(Clone, Debug)]
pub struct FileSummary {
    /// The file.
    pub path: PathBuf,
    /// What its rows are.
    pub kind: Kind,
    /// How many rows were loaded, those among them that a later row with the same key replaced.
    pub loaded: u64,
    /// How many rows could not be read.
    pub rejected: u64,
    /// How many of the loaded rows had the key of an earlier row of this import.
    pub repeated: u64,
    /// Where the rejected rows are, if there are any.
    pub rejects: Option<PathBuf>,
    /// How long it took.
    pub took: Duration,
}

impl Summary {
    /// The exit code of the command: 0 if every row was loaded, 2 if some were rejected.
    pub fn exit_code(&self) -> u8 {
        let is_complete = self.files.iter().all(|file| file.rejected == 0);
        if is_complete { 0 } else { 2 }
    }
}

impl FileSummary {
    /// Nothing yet.
    pub(crate) fn new(source: &Source) -> Self {
        Self {
            path: source.path.clone(),
            kind: source.kind,
            loaded: 0,
            rejected: 0,
            repeated: 0,
            rejects: None,
            took: Duration::ZERO,
        }
    }
}

impl fmt::Display for FileSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: {}, {} rows loaded, {} rejected",
            self.path.display(),
            self.kind,
            self.loaded,
            self.rejected
        )?;
        if let Some(rejects) = &self.rejects {
            write!(formatter, " (see {})", rejects.display())?;
        }
        write!(
            formatter,
            ", {} repeated an earlier key, {:.1} s",
            self.repeated,
            self.took.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_one_line() {
        let mut file = FileSummary {
            path: "shop.csv".into(),
            kind: Kind::Transactions,
            loaded: 6919,
            rejected: 0,
            repeated: 3,
            rejects: None,
            took: Duration::from_millis(1260),
        };
        assert_eq!(
            file.to_string(),
            "shop.csv: transactions, 6919 rows loaded, 0 rejected, 3 repeated an earlier key, 1.3 s"
        );
        assert_eq!(
            Summary {
                files: vec![file.clone()]
            }
            .exit_code(),
            0
        );

        file.rejected = 2;
        file.rejects = Some("shop.csv.rejects.csv".into());
        assert_eq!(
            file.to_string(),
            "shop.csv: transactions, 6919 rows loaded, 2 rejected (see shop.csv.rejects.csv), 3 repeated an earlier key, 1.3 s"
        );
        assert_eq!(Summary { files: vec![file] }.exit_code(), 2);
        assert_eq!(Summary::default().exit_code(), 0);
    }
}
