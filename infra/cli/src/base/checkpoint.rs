//! How far a run over all profiles is, in a file: a run that was stopped goes on from there.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use table::Position;
use tempfile::NamedTempFile;

use super::arguments::Arguments;
use super::error::BaseError;
use super::report::Counts;

/// Segments, unless a flag says otherwise.
const SEGMENTS: u32 = 8;
/// How old a checkpoint may be: so much is done twice after a stop.
const INTERVAL: Duration = Duration::from_secs(1);

/// How far a run is.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: Option<PathBuf>,
    state: State,
    saved: Instant,
}

/// What the file holds.
#[derive(Debug, Deserialize, Serialize)]
struct State {
    /// What is done, to which table.
    run: String,
    counts: Counts,
    segments: Vec<Progress>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    /// From the beginning.
    NotBegun,
    /// Everything up to this item is done.
    Reached(Position),
    Finished,
}

impl Checkpoint {
    /// Reads the file that the flags name, if it is there, or begins anew. `run` tells what is done, to which table.
    pub(super) fn open(arguments: &Arguments, run: String) -> Result<Self, BaseError> {
        let stored = arguments.checkpoint.as_deref().map(read).transpose()?;
        let state = match stored.flatten() {
            None => {
                let segments = arguments.segments.unwrap_or(SEGMENTS);
                State {
                    run,
                    counts: Counts::default(),
                    segments: (0..segments).map(|_| Progress::NotBegun).collect(),
                }
            }
            Some((path, state)) => {
                let segments = u32::try_from(state.segments.len()).ok();
                let reason = if state.run != run {
                    format!("is of another run: {}", state.run)
                } else if arguments.segments.is_some() && arguments.segments != segments {
                    format!("has {} segments", state.segments.len())
                } else {
                    return Ok(Self::new(Some(path), state));
                };
                return Err(BaseError::OtherCheckpoint { path, reason });
            }
        };
        let mut checkpoint = Self::new(arguments.checkpoint.clone(), state);
        // Whether it can be written shows before anything is done.
        checkpoint.save(Counts::default())?;
        Ok(checkpoint)
    }

    fn new(path: Option<PathBuf>, state: State) -> Self {
        let saved = Instant::now();
        Self { path, state, saved }
    }

    /// What was counted before.
    pub(super) fn counts(&self) -> Counts {
        self.state.counts
    }

    /// How many segments there are.
    pub(super) fn segments(&self) -> u32 {
        u32::try_from(self.state.segments.len()).unwrap_or(u32::MAX)
    }

    /// Where a segment goes on; `None` if it is finished.
    pub(super) fn from(&self, segment: usize) -> Option<Option<Position>> {
        match self.state.segments.get(segment)? {
            Progress::NotBegun => Some(None),
            Progress::Reached(position) => Some(Some(position.clone())),
            Progress::Finished => None,
        }
    }

    /// That everything of a segment up to an item is done.
    pub(super) fn reach(&mut self, segment: usize, position: Position) {
        self.set(segment, Progress::Reached(position));
    }

    /// That a segment is finished.
    pub(super) fn finish(&mut self, segment: usize) {
        self.set(segment, Progress::Finished);
    }

    /// A segment that is not finished, if there is one.
    pub(super) fn unfinished(&self) -> Option<usize> {
        let mut segments = self.state.segments.iter();
        segments.position(|progress| *progress != Progress::Finished)
    }

    fn set(&mut self, segment: usize, progress: Progress) {
        if let Some(place) = self.state.segments.get_mut(segment) {
            *place = progress;
        }
    }

    /// Writes the file if the last time was a while ago.
    pub(super) fn save_now_and_then(&mut self, counts: Counts) -> Result<(), BaseError> {
        match self.saved.elapsed() >= INTERVAL {
            true => self.save(counts),
            false => Ok(()),
        }
    }

    /// Writes the file, whole or not at all.
    pub(super) fn save(&mut self, counts: Counts) -> Result<(), BaseError> {
        self.state.counts = counts;
        self.saved = Instant::now();
        let Some(path) = &self.path else {
            return Ok(());
        };
        write(path, &self.state).map_err(unusable(path))
    }

    /// Deletes the file: there is nothing to go on with.
    pub(super) fn remove(self) -> Result<(), BaseError> {
        match self.path {
            Some(path) => fs::remove_file(&path).map_err(unusable(&path)),
            None => Ok(()),
        }
    }
}

fn read(path: &Path) -> Result<Option<(PathBuf, State)>, BaseError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path)(error)),
    };
    match serde_json::from_slice(&text) {
        Ok(state) => Ok(Some((path.to_owned(), state))),
        Err(error) => Err(BaseError::OtherCheckpoint {
            path: path.to_owned(),
            reason: format!("is not one: {error}"),
        }),
    }
}

fn write(path: &Path, state: &State) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    serde_json::to_writer(&mut file, state)?;
    file.flush()?;
    file.persist(path)?;
    Ok(())
}

fn unusable(path: &Path) -> impl FnOnce(io::Error) -> BaseError {
    let path = path.to_owned();
    move |source| BaseError::Checkpoint { path, source }
}
