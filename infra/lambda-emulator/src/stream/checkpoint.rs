//! How far the stream was read: a position for each shard, in a small file, so that another start goes on from there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracing::error;

/// How far a shard was read.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Position {
    /// Nothing of it yet.
    #[default]
    Start,
    /// Up to and including this sequence number.
    After(String),
    /// To its end; nothing will be added to it.
    End,
}

/// The positions that are kept.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    file: Option<PathBuf>,
    stream_arn: String,
    positions: BTreeMap<String, Position>,
}

impl Checkpoint {
    /// The positions in the stream `stream_arn` that `file` has. Without the file, or with a damaged one or one of another
    /// stream, there are none.
    pub(crate) fn open(file: Option<PathBuf>, stream_arn: &str) -> Self {
        let text = file.as_ref().and_then(|file| fs::read(file).ok());
        let kept = text.and_then(|text| serde_json::from_slice::<(String, _)>(&text).ok());
        let kept = kept.filter(|(of, _)| of == stream_arn);
        Self {
            file,
            stream_arn: stream_arn.to_owned(),
            positions: kept.map(|(_, positions)| positions).unwrap_or_default(),
        }
    }

    /// How far `shard` was read.
    pub(crate) fn position(&self, shard: &str) -> Position {
        self.positions.get(shard).cloned().unwrap_or_default()
    }

    /// Keeps the positions of all shards.
    pub(crate) fn save(&mut self, positions: BTreeMap<String, Position>) {
        if self.positions == positions {
            return;
        }
        self.positions = positions;
        if let Some(file) = &self.file
            && let Err(error) = self.write(file)
        {
            // Harmless: the next start reads more of the stream than it had to.
            error!(file = %file.display(), %error, "cannot write the checkpoint");
        }
    }

    /// Renaming is atomic: a crash leaves the old or the new file.
    fn write(&self, file: &Path) -> io::Result<()> {
        let new = file.with_extension("new");
        fs::write(
            &new,
            serde_json::to_vec(&(&self.stream_arn, &self.positions))?,
        )?;
        fs::rename(new, file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_start_goes_on_where_the_last_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint.json");
        let open = |stream_arn| Checkpoint::open(Some(file.clone()), stream_arn);
        let after = Position::After("7".into());
        open("arn").save(BTreeMap::from([
            ("a".into(), Position::End),
            ("b".into(), after.clone()),
        ]));
        assert_eq!(open("arn").position("a"), Position::End);
        assert_eq!(open("arn").position("b"), after);
        assert_eq!(open("arn").position("c"), Position::Start);
        // A position in another stream means nothing.
        assert_eq!(open("other").position("a"), Position::Start);
        for damage in ["", "[", "{}", r#"["arn",{"a":7}]"#] {
            fs::write(&file, damage).unwrap();
            assert_eq!(open("arn").position("a"), Position::Start, "{damage}");
        }
    }
}
