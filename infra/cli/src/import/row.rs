//! Rows as the changes of the table that they stand for.

mod columns;
mod id;
mod instant;
mod values;

use std::collections::BTreeMap;

use calculation::{Instant, Item, TransactionKey, Value};
use table::{PartitionKey, ProfileId, SortKey};

use super::change::{Change, Row};
use super::json::{Cells, typed};
use super::kind::{ADDRESS_PREFIX, Kind};
use columns::Part;
pub(crate) use columns::{Address, Location, Profile, Transaction};
pub(crate) use id::is_whole;
pub(crate) use values::is_no_value;

/// The change that a row of `kind` stands for.
pub(crate) fn read(kind: Kind, cells: Cells, delete: bool) -> Result<Row, String> {
    let mut row = match kind {
        Kind::Profiles => {
            let mut values = typed::<Profile>(&cells)?.values();
            let profile = profile(&mut values)?;
            Row::new(&profile, SortKey::Profile, Change::Update(values))
        }
        Kind::Addresses => {
            let mut values = typed::<Address>(&cells)?.values();
            let id = key(&mut values, "address_id")?;
            let profile = profile(&mut values)?;
            Row::new(&profile, SortKey::Address(&id), Change::put(values))
        }
        Kind::Transactions => transaction(typed::<Transaction>(&cells)?.values(), delete),
        Kind::Locations => location(cells),
        Kind::Items => Row::of_item(&cells),
    }?;
    if delete {
        row.change = Change::Delete;
    }
    Ok(row)
}

/// A required value that becomes a part of the key.
fn key(values: &mut Item, column: &str) -> Result<String, String> {
    match values.remove(column) {
        Some(Value::Text(text) | Value::Number(text)) => Ok(text),
        _ => Err(format!("`{column}` is missing")),
    }
}

fn profile(values: &mut Item) -> Result<PartitionKey, String> {
    let id = ProfileId::parse(&key(values, "profile_id")?);
    id.map(|id| id.partition())
        .map_err(|error| error.to_string())
}

fn transaction(mut values: Item, delete: bool) -> Result<Row, String> {
    let profile = profile(&mut values)?;
    let id = key(&mut values, "transaction_id")?;
    let instant = key(&mut values, "transacted_at")?;
    let instant = Instant::parse_spaced(&instant).ok_or("`transacted_at` is missing")?;
    let total = values.get("total").unwrap_or(&Value::Null);
    if !delete && *total == Value::Null {
        return Err("`total` is missing".to_owned());
    }
    if let Some(Value::List(brands)) = values.remove("brands") {
        let line = |brand| Value::Map(Item::from([("brand".to_owned(), brand)]));
        let lines = Value::List(brands.into_iter().map(line).collect());
        if let Some(Value::List(_)) = values.insert("items".to_owned(), lines) {
            return Err("`items` and `brands` are both given: give one".to_owned());
        }
    }
    let key = TransactionKey::Valid { instant, id: &id };
    Row::new(&profile, SortKey::Transaction(key), Change::put(values))
}

fn location(cells: Cells) -> Result<Row, String> {
    let is_part = |name: &str| name.starts_with(ADDRESS_PREFIX);
    let (parts, own): (Cells, Cells) = cells.into_iter().partition(|(name, _)| is_part(name));
    let mut values = typed::<Location>(&own)?.values();
    if !parts.is_empty() && values.contains_key("address") {
        return Err("`address` and `address.*` are both given: give one".to_owned());
    }
    let id = key(&mut values.clone(), "id")?;
    let parts = typed::<BTreeMap<String, Part>>(&parts)?.into_iter();
    values.extend(parts.filter_map(|(name, Part(value))| Some((name, value?))));
    let partition = PartitionKey::Location(id);
    Row::new(&partition, SortKey::Location, Change::Update(values))
}

#[cfg(test)]
mod tests;
