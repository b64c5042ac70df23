//! The table's keys and the ids in them. No other file spells a key out: whoever reads one parses it, whoever writes one
//! displays it.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Part, SourceKey, TransactionKey, Value};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::printable::printable;

/// Characters that a profile id may have at most; they are ASCII.
const MAX_PROFILE_ID: usize = 128;

const PROFILE_PARTITION: &str = "PROFILE#";
const LOCATION_PARTITION: &str = "LOCATION#";

const PROFILE: &str = "PROFILE";
const ADDRESS: &str = "ADDRESS#";
const TRANSACTION: &str = "TXN#";
const LOCATION: &str = "LOCATION";
const DERIVED: &str = "AGG";
const ARCHIVE: &str = "AGG#";

/// The id of a profile: 1 to 128 characters out of `A-Z a-z 0-9 - _ . : @ +`, not dots alone.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[serde(try_from = "String")]
pub struct ProfileId(String);

/// Why a text is not a profile id.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidProfileId {
    /// It is empty.
    #[error("invalid profile id: it is empty")]
    Empty,
    /// It is longer than 128 characters.
    #[error("invalid profile id: it is longer than {MAX_PROFILE_ID} characters")]
    TooLong,
    /// It consists of dots only.
    #[error("invalid profile id: it consists of dots only")]
    Dots,
    /// It has a character that is not allowed.
    #[error(
        "invalid profile id: the character `{}` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        printable(&.0.to_string())
    )]
    Character(char),
}

impl ProfileId {
    /// Checks an id.
    ///
    /// # Errors
    ///
    /// The text is not a profile id; the error says why.
    pub fn parse(text: &str) -> Result<Self, InvalidProfileId> {
        if text.is_empty() {
            return Err(InvalidProfileId::Empty);
        }
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "-_.:@+".contains(character);
        if let Some(character) = text.chars().find(|character| !allowed(*character)) {
            return Err(InvalidProfileId::Character(character));
        }
        if text.len() > MAX_PROFILE_ID {
            return Err(InvalidProfileId::TooLong);
        }
        if text.bytes().all(|byte| byte == b'.') {
            return Err(InvalidProfileId::Dots);
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition key of all items of the profile.
    pub fn partition(&self) -> PartitionKey {
        PartitionKey::Profile(self.clone())
    }
}

impl TryFrom<String> for ProfileId {
    type Error = InvalidProfileId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A partition key of the table.
///
/// # Examples
///
/// ```
/// use table::{PartitionKey, ProfileId};
///
/// let key = PartitionKey::Profile(ProfileId::parse("ada").unwrap());
/// assert_eq!(key.to_string(), "PROFILE#ada");
/// assert_eq!(PartitionKey::parse("PROFILE#ada"), Some(key));
/// assert_eq!(PartitionKey::parse("PROFILE#not an id"), None);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PartitionKey {
    /// All items of a profile.
    Profile(ProfileId),
    /// A location, by its id.
    Location(String),
}

impl PartitionKey {
    /// Parses a partition key; `None` if it is none of the table's, or a profile's whose id is invalid.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(id) = text.strip_prefix(PROFILE_PARTITION) {
            return ProfileId::parse(id).ok().map(Self::Profile);
        }
        let id = text.strip_prefix(LOCATION_PARTITION)?;
        Some(Self::Location(id.to_owned()))
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(id) => write!(formatter, "{PROFILE_PARTITION}{id}"),
            Self::Location(id) => write!(formatter, "{LOCATION_PARTITION}{id}"),
        }
    }
}

/// A sort key of the table.
///
/// # Examples
///
/// ```
/// use table::SortKey;
///
/// let key = SortKey::parse("TXN#2026-01-31T10:00:00Z#order-1").unwrap();
/// assert!(matches!(key, SortKey::Transaction(_)));
/// assert_eq!(key.to_string(), "TXN#2026-01-31T10:00:00Z#order-1");
/// assert_eq!(SortKey::parse("NOTE"), None);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SortKey<'a> {
    /// A profile record.
    Profile,
    /// An address, by its id.
    Address(&'a str),
    /// A purchase or return.
    Transaction(TransactionKey<'a>),
    /// A location record.
    Location,
    /// A profile's derived item.
    Derived,
    /// The archive item that holds the closed days of a year, 1 to 9999, and of earlier ones if it is the first.
    Archive(u16),
}

impl<'a> SortKey<'a> {
    /// Parses a sort key; `None` if it is none of the table's.
    pub fn parse(text: &'a str) -> Option<Self> {
        match text {
            PROFILE => return Some(Self::Profile),
            LOCATION => return Some(Self::Location),
            DERIVED => return Some(Self::Derived),
            _ => {}
        }
        if let Some(year) = text.strip_prefix(ARCHIVE) {
            let is_year = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
            let year = year.parse().ok().filter(|year| is_year && *year > 0);
            return year.map(Self::Archive);
        }
        if let Some(id) = text.strip_prefix(ADDRESS) {
            return Some(Self::Address(id));
        }
        let key = text.strip_prefix(TRANSACTION)?;
        Some(Self::Transaction(TransactionKey::parse(key)))
    }

    /// The key as the calculation takes it; `None` unless it is that of a source item of a profile.
    pub fn source(self) -> Option<SourceKey<'a>> {
        match self {
            Self::Profile => Some(SourceKey::Profile),
            Self::Address(id) => Some(SourceKey::Address(id)),
            Self::Transaction(key) => Some(SourceKey::Transaction(key)),
            Self::Location | Self::Derived | Self::Archive(_) => None,
        }
    }
}

impl<'a> From<SourceKey<'a>> for SortKey<'a> {
    fn from(key: SourceKey<'a>) -> Self {
        match key {
            SourceKey::Profile => Self::Profile,
            SourceKey::Address(id) => Self::Address(id),
            SourceKey::Transaction(key) => Self::Transaction(key),
        }
    }
}

impl fmt::Display for SortKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile => formatter.write_str(PROFILE),
            Self::Address(id) => write!(formatter, "{ADDRESS}{id}"),
            Self::Transaction(key) => write!(formatter, "{TRANSACTION}{key}"),
            Self::Location => formatter.write_str(LOCATION),
            Self::Derived => formatter.write_str(DERIVED),
            Self::Archive(year) => write!(formatter, "{ARCHIVE}{year:04}"),
        }
    }
}

/// What the sort keys of all addresses begin with.
pub(crate) fn addresses_prefix() -> String {
    SortKey::Address("").to_string()
}

/// What the sort keys of all transactions of a date begin with.
pub(crate) fn date_prefix(date: NaiveDate) -> String {
    SortKey::Transaction(TransactionKey::Malformed(&date.to_string())).to_string()
}

/// What the sort keys of all archive items begin with.
pub(crate) fn archive_prefix() -> String {
    ARCHIVE.to_owned()
}

/// The profile and the part of it that a changed key belongs to; `None` for a key that is no source item of a profile:
/// derived items above all, locations, and partitions under an invalid id.
pub fn changed_part(pk: &str, sk: &str) -> Option<(ProfileId, Part)> {
    let PartitionKey::Profile(profile) = PartitionKey::parse(pk)? else {
        return None;
    };
    Some((profile, SortKey::parse(sk)?.source()?.part()))
}

/// The key of an item, as the SDK takes it.
pub fn key(pk: &PartitionKey, sk: SortKey<'_>) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk.to_string())),
        ("sk".to_owned(), AttributeValue::S(sk.to_string())),
    ])
}

/// An item with nothing but its two keys.
pub fn keyed_item(pk: &PartitionKey, sk: SortKey<'_>) -> Item {
    Item::from([
        ("pk".to_owned(), Value::Text(pk.to_string())),
        ("sk".to_owned(), Value::Text(sk.to_string())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_ids_of_shops_systems() {
        let longest = "a".repeat(128);
        for id in [
            "922fafaf-1115-2221-a33-fed3333397",
            "shopify:123+x@example.com_A-z.9",
            "a",
            ".a",
            longest.as_str(),
        ] {
            assert_eq!(
                ProfileId::parse(id).map(|id| id.to_string()).as_deref(),
                Ok(id)
            );
        }
    }

    #[test]
    fn refuses_every_other_id_and_says_why() {
        let too_long = "a".repeat(129);
        for (id, reason) in [
            ("", "invalid profile id: it is empty"),
            (
                too_long.as_str(),
                "invalid profile id: it is longer than 128 characters",
            ),
            ("..", "invalid profile id: it consists of dots only"),
            (
                "a#b",
                "invalid profile id: the character `#` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "a%23b",
                "invalid profile id: the character `%` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "a/b",
                "invalid profile id: the character `/` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "a b",
                "invalid profile id: the character ` ` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "é",
                "invalid profile id: the character `é` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
            ),
            (
                "a\0",
                "invalid profile id: the character `U+0000` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
            ),
        ] {
            assert_eq!(
                ProfileId::parse(id).map_err(|error| error.to_string()),
                Err(reason.to_owned())
            );
        }
    }

    #[test]
    fn keys_are_written_as_they_were_read() {
        for pk in ["PROFILE#a", "LOCATION#1", "LOCATION#a#b"] {
            assert_eq!(PartitionKey::parse(pk).unwrap().to_string(), pk);
        }
        for sk in [
            "PROFILE",
            "ADDRESS#home",
            "ADDRESS#",
            "TXN#2026-01-01T10:00:00Z#a",
            "TXN#2026-01-01",
            "TXN#",
            "LOCATION",
            "AGG",
            "AGG#0001",
            "AGG#2026",
        ] {
            assert_eq!(SortKey::parse(sk).unwrap().to_string(), sk);
        }
        assert_eq!(addresses_prefix(), "ADDRESS#");
        let date = calculation::parse_date("0001-02-03").unwrap();
        assert_eq!(date_prefix(date), "TXN#0001-02-03");
    }

    #[test]
    fn only_source_items_of_profiles_are_changes() {
        let date = calculation::parse_date("2026-01-01").unwrap();
        for (sk, part) in [
            ("PROFILE", Part::Profile),
            ("ADDRESS#home", Part::Addresses),
            ("TXN#2026-01-01T10:00:00Z#a", Part::Date(date)),
            ("TXN#2026-01-01", Part::Date(date)),
            (
                "TXN#2026-02-30T10:00:00Z#a",
                Part::Undated("2026-02-30T10:00:00Z#a".into()),
            ),
            ("TXN#ééééé", Part::Undated("ééééé".into())),
        ] {
            let profile = ProfileId::parse("a").unwrap();
            assert_eq!(changed_part("PROFILE#a", sk), Some((profile, part)), "{sk}");
        }
        for (pk, sk) in [
            ("PROFILE#a", "AGG"),
            ("PROFILE#a", "AGG#2026"),
            ("PROFILE#a", "AGG#26"),
            ("PROFILE#a", "AGG#0000"),
            ("PROFILE#a", "AGG#+026"),
            ("PROFILE#a", "NOTE"),
            ("PROFILE#a", "PROFILE#x"),
            ("PROFILE#a", "ADDRESS"),
            ("PROFILE#a", "LOCATION"),
            ("PROFILE#a", ""),
            ("PROFILE#a b", "PROFILE"),
            ("PROFILE#", "PROFILE"),
            ("LOCATION#1", "LOCATION"),
            ("LOCATION#1", "PROFILE"),
            ("", ""),
        ] {
            assert_eq!(changed_part(pk, sk), None, "{pk} {sk}");
        }
    }
}
