//! What the rows of a file are, and the columns that each kind of them has.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

use super::row::{Address, Location, Profile, Transaction};

/// What a column of a location's address begins with: `address.country`, `address.iso`.
pub(crate) const ADDRESS_PREFIX: &str = "address.";

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Customers.
    Profiles,
    /// Stores.
    Locations,
    /// Addresses of customers.
    Addresses,
    /// Purchases and returns.
    Transactions,
    /// Items of the table, as DynamoDB exports them.
    Items,
}

impl Kind {
    /// The columns that make up the row's key.
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => &["profile_id"],
            Self::Locations => &["id"],
            Self::Addresses => &["profile_id", "address_id"],
            Self::Transactions => &["profile_id", "transaction_id", "transacted_at"],
            Self::Items => &["pk", "sk"],
        }
    }

    /// The columns that no other list has. A list of anything may have an `id`, a `name` or an `address.country`.
    fn telling(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => &["joined_at", "joined_location_id", "preferred_location_id"],
            Self::Locations => &["is_permanently_closed", "normal_hours", "special_hours"],
            Self::Addresses => &["address_id"],
            Self::Transactions => &["transaction_id", "transacted_at", "total_converted"],
            Self::Items => &[],
        }
    }

    /// The columns that every row needs; to delete it, only those of its key.
    pub(crate) fn required(self, delete: bool) -> impl Iterator<Item = &'static str> {
        let total = (self == Self::Transactions && !delete).then_some("total");
        self.keys().iter().copied().chain(total)
    }

    /// All columns, and how each is read. Those of a location's address stand for themselves.
    fn readers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Profiles => Profile::COLUMNS,
            Self::Locations => Location::COLUMNS,
            Self::Addresses => Address::COLUMNS,
            Self::Transactions => Transaction::COLUMNS,
            Self::Items => &[],
        }
    }

    /// The names of all columns.
    pub(crate) fn columns(self) -> impl Iterator<Item = &'static str> {
        let columns = self.readers().iter();
        columns.map(|(name, _)| name.trim_start_matches("r#"))
    }

    /// Whether rows of this kind have a column of this name.
    pub(crate) fn knows(self, name: &str) -> bool {
        let part = name.strip_prefix(ADDRESS_PREFIX);
        let is_part = self == Self::Locations && part.is_some_and(|part| !part.is_empty());
        is_part || self.columns().any(|known| known == name)
    }

    /// Whether a cell of this column may hold JSON.
    pub(crate) fn is_structured(self, name: &str) -> bool {
        let read = self.readers().iter().find(|(column, _)| *column == name);
        read.is_some_and(|(_, read)| ["brands", "lines", "list", "map", "words"].contains(read))
    }

    /// Whether no other list has these columns. Nor has another list than one of stores both a `type` and an `address.iso`.
    pub(crate) fn is_told_by(self, names: &[&str]) -> bool {
        let has = |name: &&str| names.contains(name);
        match self {
            Self::Locations if ["type", "address.iso"].iter().all(has) => true,
            // Nothing but customers can be made of it.
            Self::Profiles if names == ["profile_id"] => true,
            kind => kind.telling().iter().any(has),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.to_possible_value();
        formatter.write_str(named.as_ref().map_or("", |value| value.get_name()))
    }
}
