//! Keys, and what becomes of their rows.

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

#[test]
fn a_million_rows_fit() {
    // While it looks at all rows, nothing else grows with them.
    assert!(size_of::<Hashes>() <= 16);
    let repeats = Repeats::of((0..1_000_000).map(|row| (row, row)).collect());
    assert!(repeats.0.capacity() * size_of::<Hashes>() < 64 * 1024 * 1024);
}
