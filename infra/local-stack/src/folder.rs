//! The data folder: what stays between starts, held by one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::StackError;

const LOCK: &str = "lock";
const QUEUE: &str = "queue.sqlite";
/// The name of the embedded engine's file.
pub(crate) const DATABASE: &str = "dynamodb.sqlite";
/// Stands in the folder while the sample data is being written.
const UNFINISHED_SAMPLE: &str = "sample-unfinished";

/// A data folder that this process holds until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is missing, and takes hold of it.
    pub(crate) fn hold(path: &Path) -> Result<Self, StackError> {
        let unusable = |source: io::Error| StackError::Folder {
            folder: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(unusable)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StackError::FolderHeld(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Whether an earlier start was cut off while it wrote the sample data.
    pub(crate) fn has_unfinished_sample(&self) -> bool {
        self.path.join(UNFINISHED_SAMPLE).exists()
    }

    /// Notes that the sample data is being written, or that it is written.
    pub(crate) fn note_sample(&self, is_finished: bool) -> Result<(), StackError> {
        let note = self.path.join(UNFINISHED_SAMPLE);
        let noted = if is_finished {
            fs::remove_file(note)
        } else {
            File::create(note).map(drop)
        };
        noted.map_err(|source| StackError::Folder {
            folder: self.path.clone(),
            source,
        })
    }

    /// The file of the queue of unfinished profiles.
    pub(crate) fn queue(&self) -> PathBuf {
        self.path.join(QUEUE)
    }

    /// The embedded engine's file.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a").join("b");
        let folder = Folder::hold(&path).unwrap();
        let error = Folder::hold(&path).unwrap_err();
        assert!(matches!(error, StackError::FolderHeld(_)));
        assert!(error.to_string().contains(&path.display().to_string()));
        drop(folder);
        Folder::hold(&path).unwrap();
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Folder::hold(file.path()).unwrap_err();
        assert!(matches!(error, StackError::Folder { .. }), "{error}");
    }
}
