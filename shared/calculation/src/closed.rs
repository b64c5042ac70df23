//! What a ledger knows of its closed days.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;

use crate::past::Past;

/// Tells versions of an archive item apart: the first 8 characters of the version with which it was written, which is
/// hexadecimal.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tag(u32);

impl Tag {
    /// The tag with these bytes, the most significant one first.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Tag;
    ///
    /// assert_eq!(Tag::new([0, 255, 0, 255]).to_string(), "00ff00ff");
    /// ```
    pub fn new(bytes: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }

    /// Reads a stored tag.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Tag;
    ///
    /// assert_eq!(Tag::parse("00ff00ff").unwrap().to_string(), "00ff00ff");
    /// assert_eq!(Tag::parse("ff"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let tag = u32::from_str_radix(text, 16).ok().map(Self)?;
        (tag.to_string() == text).then_some(tag)
    }

    pub(crate) fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

/// The closed days of a ledger.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Closed {
    /// The first date that is not closed; `None`: no day was ever closed.
    pub(crate) since: Option<NaiveDate>,
    /// The archive items that belong to the ledger, by the newest year in them.
    pub(crate) items: BTreeMap<u16, Tag>,
    /// What the closed days come to; `None` when the ledger has them itself, because there are none or because the archive
    /// was taken in.
    pub(crate) past: Option<Box<Past>>,
    /// What the archive items hold that were taken in, so that only those are written whose days changed.
    pub(crate) taken_in: BTreeMap<u16, Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_eight_small_hexadecimal_digits() {
        let tag = Tag::new([0, 0xab, 0x34, 0xef]);
        assert_eq!(tag.to_string(), "00ab34ef");
        assert_eq!(Tag::parse("00ab34ef"), Some(tag));
        assert_eq!(Tag::new(tag.bytes()), tag);
        for text in ["", "ab34ef", "00AB34EF", "+0ab34ef", "first", "00ab34ef0"] {
            assert_eq!(Tag::parse(text), None, "{text}");
        }
    }
}
