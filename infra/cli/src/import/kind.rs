//! What the rows of a file are, and the columns that each kind of them has.

use std::fmt;

use calculation::LOCATION_KEYS;
use clap::ValueEnum;
use serde::Serialize;

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

    /// The columns that a row may have beside its key.
    fn others(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => &["joined_at", "joined_location_id", "preferred_location_id"],
            Self::Locations => &LOCATION_KEYS,
            Self::Addresses => &["country", "iso", "is_default"],
            Self::Transactions => &[
                "total",
                "currency",
                "total_converted",
                "location_id",
                "channel",
                "is_void",
                "brands",
                "items",
            ],
            Self::Items => &[],
        }
    }

    /// The columns that no other list has. A list of anything may have an `id`, a `name` or an `address.country`.
    fn telling(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => self.others(),
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

    /// All columns.
    pub(crate) fn columns(self) -> impl Iterator<Item = &'static str> {
        let others = self.others().iter().filter(|name| **name != "id");
        self.keys().iter().chain(others).copied()
    }

    /// Whether rows of this kind have a column of this name.
    pub(crate) fn knows(self, name: &str) -> bool {
        let is_of_address = || {
            name.strip_prefix(ADDRESS_PREFIX)
                .is_some_and(|key| !key.is_empty())
        };
        self.columns().any(|known| known == name) || (self == Self::Locations && is_of_address())
    }

    /// Whether a cell of this column may hold JSON.
    pub(crate) fn is_structured(name: &str) -> bool {
        let structured = [
            "address",
            "brands",
            "custom_fields",
            "items",
            "normal_hours",
            "special_hours",
            "tags",
        ];
        structured.contains(&name)
    }

    /// The kinds that have one of the columns to themselves. Nor has another list than one of stores both a `type` and an
    /// `address.iso`.
    pub(crate) fn told_by(names: &[String]) -> Vec<Self> {
        let kinds = Self::value_variants().iter().copied();
        let has = |name: &str| names.iter().any(|other| other == name);
        let is_told = |kind: &Self| {
            kind.telling().iter().any(|name| has(name))
                || (*kind == Self::Locations && has("type") && has("address.iso"))
        };
        kinds.filter(is_told).collect()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Profiles => "profiles",
            Self::Locations => "locations",
            Self::Addresses => "addresses",
            Self::Transactions => "transactions",
            Self::Items => "items",
        })
    }
}
