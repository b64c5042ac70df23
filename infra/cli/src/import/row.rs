//! Rows as the changes of the table that they stand for.

mod columns;

use calculation::{Instant, Item, TransactionKey, Value};
use table::{PartitionKey, SortKey};

use super::cell::{Cell, is_no_value};
use super::change::{Change, Row};
use super::item;
use super::json::parse;
use super::kind::Kind;
use columns::Cells;
pub(crate) use columns::{Address, Location, Profile, Transaction};

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
