//! Rows as the changes of the table that they stand for: one struct for each kind.

use calculation::{Instant, Item, TransactionKey, Value};
use serde::{Deserialize, Deserializer};
use table::{PartitionKey, ProfileId, SortKey};

use super::cell::{Cell, is_no_value};
use super::change::{Change, Row};
use super::item;
use super::json::parse;
use super::kind::Kind;
use super::values::*;

/// Declares rows: a struct with a cell for each of its columns, which knows no others.
macro_rules! rows {
    ($($row:ident { $($column:ident: $read:literal,)* })*) => {$(
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct $row {
            $(#[serde(deserialize_with = $read)] $column: Cell,)*
        }

        impl $row {
            pub(crate) const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),*];

            fn cells(self) -> Cells {
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
struct Cells(Vec<(&'static str, Cell)>);

impl Cells {
    fn take(&mut self, column: &str) -> Cell {
        let cell = self.0.iter_mut().find(|(name, _)| *name == column);
        cell.map(|(_, cell)| std::mem::take(cell))
            .unwrap_or_default()
    }

    /// A required value that becomes a part of the key.
    fn key(&mut self, column: &str) -> Result<String, String> {
        match self.take(column) {
            Cell::Is(Value::Text(text) | Value::Number(text)) => Ok(text),
            _ => Err(format!("`{column}` is missing")),
        }
    }

    fn profile(&mut self) -> Result<PartitionKey, String> {
        let id = ProfileId::parse(&self.key("profile_id")?);
        id.map(|id| id.partition())
            .map_err(|error| error.to_string())
    }

    fn given(self) -> Item {
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

/// The change that a row of `kind`, given as a JSON object, stands for.
pub(crate) fn read(kind: Kind, row: &str, delete: bool) -> Result<Row, String> {
    let mut row = match kind {
        Kind::Profiles => {
            let mut row = parse::<Profile>(row)?.cells();
            Row::new(&row.profile()?, SortKey::Profile, Change::update(row.0))
        }
        Kind::Addresses => {
            let mut row = parse::<Address>(row)?.cells();
            let id = row.key("address_id")?;
            Row::new(
                &row.profile()?,
                SortKey::Address(&id),
                Change::put(row.given()),
            )
        }
        Kind::Transactions => transaction(parse::<Transaction>(row)?.cells(), delete),
        Kind::Locations => location(parse::<Location>(row)?.cells()),
        Kind::Items => item::read(row),
    }?;
    if delete {
        row.change = Change::Delete;
    }
    Ok(row)
}

fn transaction(mut row: Cells, delete: bool) -> Result<Row, String> {
    let (profile, id, instant) = (
        row.profile()?,
        row.key("transaction_id")?,
        row.key("transacted_at")?,
    );
    let instant = Instant::parse_spaced(&instant).ok_or("`transacted_at` is missing")?;
    let (brands, mut item) = (row.take("brands"), row.given());
    if !item.contains_key("total") && !delete {
        return Err("`total` is missing".to_owned());
    }
    if let Cell::Is(Value::List(brands)) = brands {
        let line = |brand| Value::Map(Item::from([("brand".to_owned(), brand)]));
        let lines = Value::List(brands.into_iter().map(line).collect());
        if item.insert("items".to_owned(), lines).is_some() {
            return Err("`items` and `brands` are both given: give one".to_owned());
        }
    }
    let key = TransactionKey::Valid { instant, id: &id };
    Row::new(&profile, SortKey::Transaction(key), Change::put(item))
}

fn location(mut row: Cells) -> Result<Row, String> {
    let parts = row.take("address_parts").value();
    let is_whole = row
        .0
        .iter()
        .any(|(name, cell)| *name == "address" && *cell != Cell::Absent);
    if parts.is_some() && is_whole {
        return Err("`address` and `address.*` are both given: give one".to_owned());
    }
    let id = row
        .0
        .iter()
        .find_map(|(name, cell)| (*name == "id").then(|| cell.clone()));
    let partition = PartitionKey::Location(row.key("id")?);
    row.0.extend(id.map(|id| ("id", id)));
    let mut change = Change::update(row.0);
    if let (Change::Update(values), Some(Value::Map(parts))) = (&mut change, parts) {
        let parts = parts.into_iter().map(|(part, value)| match value {
            Value::Text(ref text) if is_no_value(text) => Ok((format!("address.{part}"), None)),
            Value::Text(_) | Value::Number(_) => Ok((format!("address.{part}"), Some(value))),
            Value::Null => Ok((format!("address.{part}"), None)),
            _ => Err(format!(
                "invalid `address.{part}`: expected a text or number"
            )),
        });
        values.extend(parts.collect::<Result<Vec<_>, _>>()?);
    }
    Row::new(&partition, SortKey::Location, change)
}

#[cfg(test)]
mod tests;
