//! Items that are written concurrently.
//!
//! Of two concurrent writes either may come last. So a wave has each key once, and ends before the next one begins: of two
//! rows with one key, the later one always wins.

use std::collections::HashMap;

use table::MAX_BATCH_ITEMS;

use super::put::Put;

/// Bytes of items in one BatchWriteItem: a quarter of the 16 MB that a request may have, as JSON makes them longer.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Items in a wave: eight batches for each of the eight that are in flight.
const WAVE_ITEMS: usize = 8 * 8 * MAX_BATCH_ITEMS;
/// Bytes of items in a wave, which bounds the memory of an import.
const WAVE_BYTES: usize = 8 * BATCH_BYTES;

/// An item and the row that it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The number of the row's first line.
    pub line: u64,
    /// The row's bytes.
    pub raw: Vec<u8>,
    /// The item.
    pub put: Put,
}

/// Entries with different keys.
#[derive(Debug, Default)]
pub(crate) struct Wave {
    entries: HashMap<(String, String), Entry>,
    bytes: usize,
}

impl Wave {
    /// Adds an entry, in place of an earlier one with its key.
    pub fn add(&mut self, entry: Entry) {
        self.bytes = self.bytes.saturating_add(entry.put.bytes);
        if let Some(earlier) = self.entries.insert(entry.put.key(), entry) {
            self.bytes = self.bytes.saturating_sub(earlier.put.bytes);
        }
    }

    /// Whether it should be written before more is added.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= WAVE_ITEMS || self.bytes >= WAVE_BYTES
    }

    /// The entries in batches that DynamoDB takes, in the order of their lines.
    pub fn into_batches(self) -> Vec<Vec<Entry>> {
        let mut entries: Vec<Entry> = self.entries.into_values().collect();
        entries.sort_by_key(|entry| entry.line);
        let mut batches = Vec::new();
        let (mut batch, mut bytes) = (Vec::new(), 0_usize);
        for entry in entries {
            let full = batch.len() >= MAX_BATCH_ITEMS
                || bytes.saturating_add(entry.put.bytes) > BATCH_BYTES;
            if full && !batch.is_empty() {
                batches.push(std::mem::take(&mut batch));
                bytes = 0;
            }
            bytes = bytes.saturating_add(entry.put.bytes);
            batch.push(entry);
        }
        if !batch.is_empty() {
            batches.push(batch);
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use calculation::{Item, Value};

    use super::*;

    fn entry(line: u64, key: &str, filling: usize) -> Entry {
        let text = |text: &str| Value::Text(text.to_owned());
        let item = Item::from([
            ("pk".to_owned(), text(key)),
            ("sk".to_owned(), text("PROFILE")),
            ("filling".to_owned(), text(&"x".repeat(filling))),
        ]);
        Entry {
            line,
            raw: Vec::new(),
            put: Put::new(item).unwrap(),
        }
    }

    fn lines(wave: Wave) -> Vec<Vec<u64>> {
        let batches = wave.into_batches().into_iter();
        batches
            .map(|batch| batch.iter().map(|entry| entry.line).collect())
            .collect()
    }

    #[test]
    fn the_last_row_of_a_key_stays() {
        let mut wave = Wave::default();
        for (line, key) in [(2, "a"), (3, "b"), (4, "a"), (5, "a")] {
            wave.add(entry(line, key, 0));
        }
        assert_eq!(wave.bytes, entry(1, "a", 0).put.bytes * 2);
        assert_eq!(lines(wave), [[3, 5]]);
    }

    #[test]
    fn batches_have_25_items_and_4_megabytes_at_most() {
        let mut wave = Wave::default();
        for line in 0..60 {
            wave.add(entry(line, &line.to_string(), 0));
        }
        let sizes: Vec<usize> = lines(wave).iter().map(Vec::len).collect();
        assert_eq!(sizes, [25, 25, 10]);

        let mut wave = Wave::default();
        for line in 0..25 {
            wave.add(entry(line, &line.to_string(), 400_000));
        }
        let sizes: Vec<usize> = lines(wave).iter().map(Vec::len).collect();
        assert_eq!(sizes, [10, 10, 5]);
        assert!(lines(Wave::default()).is_empty());
    }

    #[test]
    fn a_wave_is_full_at_its_items_or_bytes() {
        let mut wave = Wave::default();
        for line in 0..1600 {
            assert!(!wave.is_full());
            wave.add(entry(line, &line.to_string(), 0));
        }
        assert!(wave.is_full());

        let mut wave = Wave::default();
        for line in 0..84 {
            wave.add(entry(line, &line.to_string(), 400_000));
        }
        assert!(wave.is_full());
    }
}
