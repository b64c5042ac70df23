//! The kind of a file's rows, identified by the names of its columns.

use std::fmt;

use calculation::LOCATION_KEYS;
use clap::ValueEnum;

/// What a column of a location's address begins with: `address.country`, `address.iso`.
pub(crate) const ADDRESS_PREFIX: &str = "address.";

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Kind {
    /// Customers.
    Profiles,
    /// Stores.
    Locations,
    /// Addresses of customers.
    Addresses,
    /// Purchases and returns.
    Transactions,
}

/// Why the columns do not identify the kind of the rows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Untold {
    /// They belong to no kind.
    Unknown,
    /// They belong to several kinds.
    Ambiguous(Vec<Kind>),
}

impl Kind {
    /// The columns that every row needs.
    pub(crate) fn required(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => &["profile_id"],
            Self::Locations => &["id"],
            Self::Addresses => &["profile_id", "address_id"],
            Self::Transactions => &["profile_id", "transaction_id", "transacted_at", "total"],
        }
    }

    /// The columns that a row may have besides.
    fn optional(self) -> &'static [&'static str] {
        match self {
            Self::Profiles => &["joined_at", "joined_location_id", "preferred_location_id"],
            Self::Locations => &LOCATION_KEYS,
            Self::Addresses => &["country", "iso", "is_default"],
            Self::Transactions => &["location_id", "channel", "is_void", "brands", "items"],
        }
    }

    /// Whether rows of this kind have a column of this name.
    pub(crate) fn knows(self, name: &str) -> bool {
        self.required().contains(&name)
            || self.optional().contains(&name)
            || (self == Self::Locations
                && name
                    .strip_prefix(ADDRESS_PREFIX)
                    .is_some_and(|key| !key.is_empty()))
    }

    /// Identifies the kind by the columns. Every name but `profile_id` belongs to one kind only.
    pub(crate) fn of(columns: &[String]) -> Result<Self, Untold> {
        let named: Vec<Self> = Self::value_variants()
            .iter()
            .copied()
            .filter(|kind| {
                columns
                    .iter()
                    .any(|name| name != "profile_id" && kind.knows(name))
            })
            .collect();
        match named.as_slice() {
            [kind] => Ok(*kind),
            [] if columns.iter().any(|name| name == "profile_id") => Ok(Self::Profiles),
            [] => Err(Untold::Unknown),
            _ => Err(Untold::Ambiguous(named)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Profiles => "profiles",
            Self::Locations => "locations",
            Self::Addresses => "addresses",
            Self::Transactions => "transactions",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(columns: &str) -> Result<Kind, Untold> {
        let columns: Vec<String> = columns.split(',').map(str::to_owned).collect();
        Kind::of(&columns)
    }

    #[test]
    fn columns_tell_the_kind_in_any_order() {
        for (columns, kind) in [
            ("profile_id", Kind::Profiles),
            ("joined_at,profile_id", Kind::Profiles),
            ("profile_id,surname", Kind::Profiles),
            (
                "total,transacted_at,transaction_id,profile_id",
                Kind::Transactions,
            ),
            (
                "profile_id,transaction_id,transacted_at,total,brnds",
                Kind::Transactions,
            ),
            ("profile_id,transaction_id,items", Kind::Transactions),
            ("iso,address_id,profile_id", Kind::Addresses),
            ("id", Kind::Locations),
            ("name,id,address.country", Kind::Locations),
        ] {
            assert_eq!(of(columns), Ok(kind), "{columns}");
        }
    }

    #[test]
    fn columns_of_none_or_several_kinds_tell_nothing() {
        assert_eq!(of("a,b"), Err(Untold::Unknown));
        assert_eq!(of("address."), Err(Untold::Unknown));
        assert_eq!(
            of("profile_id,address_id,total"),
            Err(Untold::Ambiguous(vec![Kind::Addresses, Kind::Transactions]))
        );
    }

    #[test]
    fn every_name_but_the_profile_belongs_to_one_kind() {
        let kinds = Kind::value_variants();
        for name in kinds
            .iter()
            .flat_map(|kind| kind.required().iter().chain(kind.optional()))
        {
            let knowing = kinds.iter().filter(|kind| kind.knows(name)).count();
            assert_eq!(knowing, if *name == "profile_id" { 3 } else { 1 }, "{name}");
        }
    }
}
