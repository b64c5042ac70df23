//! The columns of each kind, and how each of them is read.

use calculation::{Item, Value};
use serde::{Deserialize, Deserializer};
use table::{PartitionKey, ProfileId};

use crate::import::cell::Cell;
use crate::import::values::*;

/// Declares rows: a struct with a cell for each of its columns, which knows no others.
macro_rules! rows {
    ($($row:ident { $($column:ident: $read:literal,)* })*) => {$(
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct $row {
            $(#[serde(deserialize_with = $read)] $column: Cell,)*
        }

        impl $row {
            /// The names of the columns.
            pub(crate) const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),*];

            pub(super) fn cells(self) -> Cells {
                let names = Self::COLUMNS.iter().map(|name| name.trim_start_matches("r#"));
                Cells(names.zip([$(self.$column),*]).collect())
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
        address_parts: "map",
        normal_hours: "list",
        special_hours: "list",
        tags: "words",
        custom_fields: "list",
        created_at: "scalar",
        updated_at: "scalar",
    }
}

/// The cells of a row by their columns.
pub(super) struct Cells(pub Vec<(&'static str, Cell)>);

impl Cells {
    pub fn take(&mut self, column: &str) -> Cell {
        let cell = self.0.iter_mut().find(|(name, _)| *name == column);
        cell.map(|(_, cell)| std::mem::take(cell))
            .unwrap_or_default()
    }

    /// A required value that becomes a part of the key.
    pub fn key(&mut self, column: &str) -> Result<String, String> {
        match self.take(column) {
            Cell::Is(Value::Text(text) | Value::Number(text)) => Ok(text),
            _ => Err(format!("`{column}` is missing")),
        }
    }

    pub fn profile(&mut self) -> Result<PartitionKey, String> {
        let id = ProfileId::parse(&self.key("profile_id")?);
        id.map(|id| id.partition())
            .map_err(|error| error.to_string())
    }

    pub fn given(self) -> Item {
        let given = self.0.into_iter();
        given
            .filter_map(|(name, cell)| Some((name.to_owned(), cell.value()?)))
            .collect()
    }
}

/// The lines of a transaction.
fn lines<'de, D: Deserializer<'de>>(source: D) -> Result<Cell, D::Error> {
    let lines = Option::<Vec<Line>>::deserialize(source)?;
    let maps = |lines: Vec<Line>| {
        lines
            .into_iter()
            .map(|line| Value::Map(line.cells().given()))
    };
    Ok(lines.map_or(Cell::Empty, |lines| {
        Cell::Is(Value::List(maps(lines).collect()))
    }))
}
