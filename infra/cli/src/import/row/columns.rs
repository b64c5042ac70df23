//! The columns of each kind, and how each of them is read.

use calculation::{Item, Value};
use serde::{Deserialize, Deserializer};

use super::values::*;

/// Declares rows: a struct with a value for each of its columns, null for one without, which knows no others.
macro_rules! rows {
    ($($row:ident { $($column:ident: $read:literal,)* })*) => {$(
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $row {
            $(#[serde(default, deserialize_with = $read)] $column: Option<Value>,)*
        }

        impl $row {
            /// The names of the columns, and how each is read.
            pub(crate) const COLUMNS: &'static [(&'static str, &'static str)] = &[$((stringify!($column), $read)),*];

            /// The values of the columns that are there.
            pub(super) fn values(self) -> Item {
                let names = Self::COLUMNS.iter().map(|(name, _)| name.trim_start_matches("r#").to_owned());
                let values = names.zip([$(self.$column),*]);
                values.filter_map(|(name, value)| Some((name, value?))).collect()
            }
        }
    )*};
}

rows! {
    Profile {
        profile_id: "id",
        joined_at: "day_or_moment",
        joined_location_id: "location_id",
        preferred_location_id: "location_id",
    }
    Address {
        profile_id: "id",
        address_id: "id",
        country: "text",
        iso: "text",
        is_default: "flag",
    }
    Transaction {
        profile_id: "id",
        transaction_id: "id",
        transacted_at: "moment",
        total: "amount",
        currency: "currency",
        total_converted: "amount",
        location_id: "location_id",
        channel: "channel",
        is_void: "flag",
        brands: "brands",
        items: "lines",
    }
    Line {
        brand: "brand",
        quantity: "number",
        is_void: "flag",
    }
    Location {
        id: "location_id",
        r#type: "scalar",
        name: "scalar",
        description: "scalar",
        phone: "phone",
        email: "scalar",
        timezone: "scalar",
        external_id: "id",
        external_code: "id",
        is_published: "flag",
        is_permanently_closed: "flag",
        address: "map",
        normal_hours: "list",
        special_hours: "list",
        tags: "words",
        custom_fields: "list",
        created_at: "scalar",
        updated_at: "scalar",
    }
}

/// A part of a location's address.
#[derive(Deserialize)]
pub(super) struct Part(#[serde(deserialize_with = "scalar")] pub Option<Value>);

/// The lines of a transaction.
fn lines<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Value>, D::Error> {
    let lines = Option::<Vec<Line>>::deserialize(source)?;
    let map = |line: Line| {
        let mut given = line.values();
        given.retain(|_, value| *value != Value::Null);
        Value::Map(given)
    };
    let list = |lines: Vec<Line>| Value::List(lines.into_iter().map(map).collect());
    Ok(Some(lines.map_or(Value::Null, list)))
}
