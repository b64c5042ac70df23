//! Rows of one file that have the same key: the first of the two times that a file is read.

use std::mem;

use super::error::ImportError;
use super::kind::Kind;
use super::source::Source;

/// What is kept of a row: the hashes of its key and of its content. It takes 16 bytes, so a file of any size fits.
type Hashes = (u64, u64);
/// The content of a row that was written.
const WRITTEN: u64 = u64::MAX;

/// The rows of a file by their keys, each once.
#[derive(Debug)]
pub(crate) struct Repeats(Vec<Hashes>);

/// What becomes of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// It is written.
    Written,
    /// It is the same as one that was written.
    WrittenBefore,
    /// Another row would put something else in its place.
    Rejected,
}

impl Repeats {
    /// Reads all rows of a file.
    pub fn find(source: &Source<'_>) -> Result<Self, ImportError> {
        let mut hashes = Vec::new();
        for found in source.rows("checking")? {
            let row = found?.row.ok();
            hashes.extend(row.map(|row| (row.key_hash(), row.content_hash())));
        }
        Ok(Self::of(hashes))
    }

    fn of(mut hashes: Vec<Hashes>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// What becomes of the next row with this key.
    pub fn fate(&mut self, key: u64) -> Fate {
        let place = self.0.partition_point(|(other, _)| *other < key);
        match self.0.get_mut(place..) {
            Some([_, (other, _), ..]) if *other == key => Fate::Rejected,
            Some([(_, content), ..]) => match mem::replace(content, WRITTEN) {
                WRITTEN => Fate::WrittenBefore,
                _ => Fate::Written,
            },
            _ => Fate::Written,
        }
    }
}

/// Why such rows are rejected.
pub(crate) fn reason(kind: Kind) -> String {
    let advice = match kind {
        Kind::Transactions => {
            "if they are lines of an order, add up their totals to one row for each order; docs/import.md, Order lines, has a \
             program that does"
        }
        _ => "keep one of them",
    };
    format!(
        "another row of the file has the same {} but says something else, so one would replace the other: {advice}",
        kind.keys().join(", ")
    )
}

#[cfg(test)]
mod tests;
