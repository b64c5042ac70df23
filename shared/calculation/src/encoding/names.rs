//! Dictionaries of names, and the texts and counts that they are made of.

use foldhash::fast::RandomState;

use super::LedgerError;
use crate::columns::{Reader, Writer};
use crate::day::Dictionary;

/// The names of a dictionary that are in use, sorted, and their new numbers.
pub(crate) struct Names<'a> {
    sorted: Vec<&'a str>,
    /// The new number of each old one.
    numbers: Vec<u64>,
}

impl<'a> Names<'a> {
    /// The names that are in use, and their order.
    pub(crate) fn new(dictionary: &'a Dictionary, used: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sorted: Vec<&str> = used.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let number = |name: &String| {
            sorted
                .binary_search(&name.as_str())
                .map_or(u64::MAX, to_u64)
        };
        let numbers = dictionary.iter().map(number).collect();
        Self { sorted, numbers }
    }

    pub(crate) fn number(&self, old: u32) -> u64 {
        let place = usize::try_from(old).ok();
        place
            .and_then(|place| self.numbers.get(place))
            .copied()
            .unwrap_or(u64::MAX)
    }

    pub(crate) fn number_of_name(&self, name: &str) -> u64 {
        self.sorted.binary_search(&name).map_or(u64::MAX, to_u64)
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.varint(to_u64(self.sorted.len()));
        writer.column(self.sorted.iter().map(|name| to_u64(name.len())));
        for name in &self.sorted {
            writer.bytes(name.as_bytes());
        }
    }
}

pub(crate) fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A count of things that take at least a byte each.
pub(crate) fn read_count(reader: &mut Reader<'_>) -> Result<usize, LedgerError> {
    let count = usize::try_from(reader.varint()?).map_err(|_| LedgerError::Damaged)?;
    if count > reader.0.len() {
        return Err(LedgerError::Damaged);
    }
    Ok(count)
}

pub(crate) fn read_text(reader: &mut Reader<'_>, length: u64) -> Result<String, LedgerError> {
    let length = usize::try_from(length).map_err(|_| LedgerError::Damaged)?;
    let text = std::str::from_utf8(reader.bytes(length)?).map_err(|_| LedgerError::Damaged)?;
    Ok(text.to_owned())
}

pub(crate) fn read_names(reader: &mut Reader<'_>) -> Result<Dictionary, LedgerError> {
    let count = read_count(reader)?;
    let lengths = reader.column(count)?;
    let mut names = Dictionary::with_capacity_and_hasher(count, RandomState::default());
    for length in lengths {
        names.insert(read_text(reader, length)?);
    }
    if names.len() == count {
        Ok(names)
    } else {
        Err(LedgerError::Damaged)
    }
}
