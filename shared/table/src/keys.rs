//! The table's keys and the ids in them. No other file spells a key out: a reader parses it, a writer displays it.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Part, SourceKey, TransactionKey, Value};
use chrono::NaiveDate;

use crate::profile_id::ProfileId;

const PROFILE_PARTITION: &str = "PROFILE#";
const LOCATION_PARTITION: &str = "LOCATION#";

const PROFILE: &str = "PROFILE";
const ADDRESS: &str = "ADDRESS#";
const TRANSACTION: &str = "TXN#";
const LOCATION: &str = "LOCATION";
const DERIVED: &str = "AGG";
const ARCHIVE: &str = "AGG#";

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
    /// Parses a partition key; `None` if the table has no such key, or the profile id in it is invalid.
    ///
    /// # Examples
    ///
    /// ```
    /// use table::PartitionKey;
    ///
    /// let location = PartitionKey::Location("1".to_owned());
    /// assert_eq!(PartitionKey::parse("LOCATION#1"), Some(location));
    /// ```
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
    /// Parses a sort key; `None` if the table has no such key.
    ///
    /// # Examples
    ///
    /// ```
    /// use table::SortKey;
    ///
    /// assert_eq!(SortKey::parse("AGG"), Some(SortKey::Derived));
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::SourceKey;
    /// use table::SortKey;
    ///
    /// assert_eq!(SortKey::Address("home").source(), Some(SourceKey::Address("home")));
    /// assert_eq!(SortKey::Derived.source(), None);
    /// ```
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

/// Returns the profile and the part of it that a changed key belongs to; `None` for derived items, locations, invalid profile
/// ids and other keys that are not those of a profile's source item.
///
/// # Examples
///
/// ```
/// use calculation::Part;
/// use table::{ProfileId, changed_part};
///
/// let ada = ProfileId::parse("ada").unwrap();
/// assert_eq!(changed_part("PROFILE#ada", "ADDRESS#home"), Some((ada, Part::Addresses)));
/// assert_eq!(changed_part("PROFILE#ada", "AGG"), None);
/// ```
pub fn changed_part(pk: &str, sk: &str) -> Option<(ProfileId, Part)> {
    let PartitionKey::Profile(profile) = PartitionKey::parse(pk)? else {
        return None;
    };
    Some((profile, SortKey::parse(sk)?.source()?.part()))
}

/// The key of an item, as the SDK takes it.
///
/// # Examples
///
/// ```
/// use table::{ProfileId, SortKey, key};
///
/// let key = key(&ProfileId::parse("ada").unwrap().partition(), SortKey::Derived);
/// assert_eq!(key["sk"].as_s().unwrap(), "AGG");
/// ```
pub fn key(pk: &PartitionKey, sk: SortKey<'_>) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk.to_string())),
        ("sk".to_owned(), AttributeValue::S(sk.to_string())),
    ])
}

/// An item with nothing but its two keys.
///
/// # Examples
///
/// ```
/// use table::{PartitionKey, SortKey, keyed_item};
///
/// let item = keyed_item(&PartitionKey::Location("1".to_owned()), SortKey::Location);
/// assert_eq!(item["pk"].as_text(), Some("LOCATION#1"));
/// ```
pub fn keyed_item(pk: &PartitionKey, sk: SortKey<'_>) -> Item {
    Item::from([
        ("pk".to_owned(), Value::Text(pk.to_string())),
        ("sk".to_owned(), Value::Text(sk.to_string())),
    ])
}

#[cfg(test)]
mod tests;
