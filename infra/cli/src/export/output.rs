//! Where an export goes: the standard output, or a file that is whole or not there.

use std::fs;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::ExportError;

/// Where an export goes.
#[derive(Debug)]
pub(super) enum Output {
    Standard(BufWriter<Stdout>),
    /// The file that takes the place of another when it is complete.
    File {
        file: BufWriter<NamedTempFile>,
        path: PathBuf,
    },
}

impl Output {
    /// Begins to write, to a file if there is one. Whether it can be written shows here.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, ExportError> {
        match path {
            None => Ok(Self::Standard(BufWriter::new(io::stdout()))),
            Some(path) => {
                // Behind a link stands the file that is meant.
                let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
                    return Err(ExportError::NotAFile(path));
                }
                let file = begin(&path).map_err(unwritable(&path))?;
                let file = BufWriter::new(file);
                Ok(Self::File { file, path })
            }
        }
    }

    /// Writes a part of the export.
    pub(super) fn write(&mut self, text: &str) -> Result<(), ExportError> {
        match self {
            Self::Standard(out) => out.write_all(text.as_bytes()).map_err(ExportError::Output),
            Self::File { file, path } => file.write_all(text.as_bytes()).map_err(unwritable(path)),
        }
    }

    /// Writes what is left. Only now a file takes its place.
    pub(super) fn finish(self) -> Result<(), ExportError> {
        match self {
            Self::Standard(mut out) => out.flush().map_err(ExportError::Output),
            Self::File { file, path } => {
                let file = file.into_inner().map_err(|error| error.into_error());
                let placed = file.and_then(|file| {
                    file.as_file().sync_all()?;
                    file.persist(&path).map_err(|error| error.error)
                });
                placed.map(|_| ()).map_err(unwritable(&path))
            }
        }
    }
}

/// Makes a temporary file in the folder of a file. It may be read by whom the file may be read by; a new one by its owner alone.
fn begin(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    if let Ok(found) = fs::metadata(path) {
        file.as_file().set_permissions(found.permissions())?;
    }
    Ok(file)
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> ExportError {
    let path = path.to_owned();
    move |source| ExportError::File { path, source }
}
