//! How far the stream was read: a position per shard, kept in a small file so that a new start goes on from there.
//!
//! A lost or damaged file does no harm: the stream is read again from its oldest record, and replays change nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracing::{error, warn};

const FILE: &str = "checkpoint.json";

/// How far a shard was read.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Position {
    /// Nothing of it yet.
    #[default]
    Start,
    /// Up to and with this sequence number.
    After(String),
    /// To its end; nothing will be added to it.
    End,
}

/// The positions of all shards of one stream.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    file: Option<PathBuf>,
    kept: Kept,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct Kept {
    stream_arn: String,
    shards: BTreeMap<String, Position>,
}

impl Checkpoints {
    /// The positions in the stream `stream_arn` that an earlier start left in `folder`; none if there is no folder, or if
    /// they are of another stream.
    pub(crate) fn open(folder: Option<&Path>, stream_arn: &str) -> Self {
        let file = folder.map(|folder| folder.join(FILE));
        let kept = file.as_deref().and_then(read).unwrap_or_default();
        let kept = if kept.stream_arn == stream_arn {
            kept
        } else {
            Kept {
                stream_arn: stream_arn.to_owned(),
                shards: BTreeMap::new(),
            }
        };
        Self { file, kept }
    }

    /// How far `shard` was read.
    pub(crate) fn position(&self, shard: &str) -> Position {
        self.kept.shards.get(shard).cloned().unwrap_or_default()
    }

    /// Notes how far `shard` was read.
    pub(crate) fn set(&mut self, shard: &str, position: Position) {
        self.kept.shards.insert(shard.to_owned(), position);
        self.save();
    }

    /// Forgets shards that the stream no longer has.
    pub(crate) fn keep_only(&mut self, shards: &[&str]) {
        let before = self.kept.shards.len();
        self.kept
            .shards
            .retain(|shard, _| shards.contains(&shard.as_str()));
        if self.kept.shards.len() != before {
            self.save();
        }
    }

    fn save(&self) {
        if let Some(file) = &self.file
            && let Err(error) = write(file, &self.kept)
        {
            // The stack still works; the next start reads more of the stream than it had to.
            error!(file = %file.display(), %error, "cannot write the checkpoint");
        }
    }
}

fn read(file: &Path) -> Option<Kept> {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            warn!(file = %file.display(), %error, "cannot read the checkpoint; reading the stream from its start");
            return None;
        }
    };
    match serde_json::from_slice(&text) {
        Ok(kept) => Some(kept),
        Err(error) => {
            warn!(file = %file.display(), %error, "the checkpoint is damaged; reading the stream from its start");
            None
        }
    }
}

/// Renaming is atomic: a crash leaves the old or the new file.
fn write(file: &Path, kept: &Kept) -> io::Result<()> {
    let new = file.with_extension("json.new");
    fs::write(&new, serde_json::to_vec(kept)?)?;
    fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_start_goes_on_where_the_last_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut checkpoints = Checkpoints::open(Some(folder.path()), "arn");
        assert_eq!(checkpoints.position("a"), Position::Start);
        checkpoints.set("a", Position::End);
        checkpoints.set("b", Position::After("7".into()));
        checkpoints.set("gone", Position::End);
        checkpoints.keep_only(&["a", "b"]);

        let again = Checkpoints::open(Some(folder.path()), "arn");
        assert_eq!(again.position("a"), Position::End);
        assert_eq!(again.position("b"), Position::After("7".into()));
        assert_eq!(again.position("gone"), Position::Start);
    }

    #[test]
    fn positions_of_another_stream_say_nothing() {
        let folder = tempfile::tempdir().unwrap();
        Checkpoints::open(Some(folder.path()), "arn").set("a", Position::End);
        let other = Checkpoints::open(Some(folder.path()), "other");
        assert_eq!(other.position("a"), Position::Start);
    }

    #[test]
    fn a_damaged_file_is_a_start_from_the_beginning() {
        let folder = tempfile::tempdir().unwrap();
        for damage in ["", "{", "[]", r#"{"stream_arn":"arn","shards":{"a":7}}"#] {
            fs::write(folder.path().join(FILE), damage).unwrap();
            let checkpoints = Checkpoints::open(Some(folder.path()), "arn");
            assert_eq!(checkpoints.position("a"), Position::Start, "{damage}");
        }
    }
}
