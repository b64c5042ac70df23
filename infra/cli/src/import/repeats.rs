//! Rows of one file that have the same key: the first of the two times that a file is read.

use std::io;

use indicatif::ProgressBar;

use super::kind::Kind;
use super::source::Source;

/// The keys that a file has more than once, by their hashes. While they are looked for, a row takes 16 bytes.
#[derive(Debug)]
pub(crate) struct Repeats {
    keys: Vec<Repeated>,
}

#[derive(Debug)]
struct Repeated {
    key: u64,
    fate: Fate,
}

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
    pub fn find(source: &mut Source, progress: &ProgressBar) -> io::Result<Self> {
        let mut hashes = Vec::new();
        let mut rows = source.rows(progress)?;
        while let Some(found) = rows.next()? {
            if let Ok(row) = found.row {
                hashes.push((row.key_hash(), row.content_hash()));
            }
        }
        Ok(Self::of(hashes))
    }

    fn of(mut hashes: Vec<(u64, u64)>) -> Self {
        hashes.sort_unstable();
        let same_key = hashes.chunk_by(|(left, _), (right, _)| left == right);
        let repeated = same_key.filter_map(|rows| match rows {
            [first, .., last] => Some(Repeated {
                key: first.0,
                fate: if first.1 == last.1 {
                    Fate::Written
                } else {
                    Fate::Rejected
                },
            }),
            _ => None,
        });
        Self {
            keys: repeated.collect(),
        }
    }

    /// What becomes of the next row with this key.
    pub fn fate(&mut self, key: u64) -> Fate {
        let place = self
            .keys
            .binary_search_by_key(&key, |repeated| repeated.key);
        let Some(repeated) = place.ok().and_then(|place| self.keys.get_mut(place)) else {
            return Fate::Written;
        };
        let fate = repeated.fate;
        if fate == Fate::Written {
            repeated.fate = Fate::WrittenBefore;
        }
        fate
    }
}

/// Why such rows are rejected.
pub(crate) fn reason(kind: Kind) -> String {
    let keys = kind.keys().join(", ");
    match kind {
        Kind::Transactions => format!(
            "another row of the file has the same {keys} but says something else, so one would replace the other: if they are lines of \
             an order, add up their totals to one row for each order; docs/import.md, Order lines, has a program that does"
        ),
        _ => format!(
            "another row of the file has the same {keys} but says something else, so one would replace the other: keep one of them"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_would_replace_each_other_are_told_from_rows_that_are_the_same() {
        let mut repeats = Repeats::of(vec![(1, 1), (2, 1), (3, 1), (2, 1), (3, 2), (3, 1), (0, 5)]);
        let fates: Vec<Fate> = [1, 2, 3, 2, 3, 3, 0]
            .into_iter()
            .map(|key| repeats.fate(key))
            .collect();
        use Fate::{Rejected, Written, WrittenBefore};
        assert_eq!(
            fates,
            [
                Written,
                Written,
                Rejected,
                WrittenBefore,
                Rejected,
                Rejected,
                Written
            ]
        );
    }
}
