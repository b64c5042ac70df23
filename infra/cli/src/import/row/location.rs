//! A store.

use calculation::{Item, LOCATION_KEYS, Value};
use table::{PartitionKey, SortKey};

use super::{keyed, location_id, put};
use crate::import::fields::{Fields, is_whole};
use crate::import::kind::ADDRESS_PREFIX;
use crate::import::row_error::RowError;

pub(super) fn read(fields: &mut Fields) -> Result<Item, RowError> {
    let id = location_id(fields, "id")?.ok_or(RowError::Missing("id"))?;
    let (Value::Text(text) | Value::Number(text)) = &id else {
        return Err(RowError::Missing("id"));
    };
    let mut item = keyed(&PartitionKey::Location(text.clone()), SortKey::Location)?;
    // A cell cannot say whether it is a number; the source writes the ids of locations as numbers.
    let is_number = !fields.typed() && is_whole(text);
    let id = if is_number {
        Value::Number(text.clone())
    } else {
        id
    };
    put(&mut item, "id", Some(id));
    for name in LOCATION_KEYS {
        let value = match name {
            "id" => continue,
            "address" => address_of_location(fields)?.map(Value::Map),
            "is_published" | "is_permanently_closed" => fields.boolean(name)?.map(Value::Bool),
            "normal_hours" | "special_hours" | "custom_fields" => {
                fields.list(name)?.map(Value::List)
            }
            "tags" => fields.words(name)?.map(Value::List),
            _ => fields.scalar(name)?,
        };
        put(&mut item, name, value);
    }
    Ok(item)
}

/// The address of a location, as a whole or from its columns.
fn address_of_location(fields: &mut Fields) -> Result<Option<Item>, RowError> {
    let whole = fields.map("address")?;
    let names: Vec<String> = fields
        .names()
        .filter(|name| name.starts_with(ADDRESS_PREFIX))
        .cloned()
        .collect();
    if names.is_empty() {
        return Ok(whole);
    }
    if whole.is_some() {
        return Err(RowError::Both("address", "address.*"));
    }
    let mut address = Item::new();
    for name in names {
        let value = fields.scalar(&name)?;
        let key = name.strip_prefix(ADDRESS_PREFIX).unwrap_or(&name);
        put(&mut address, key, value);
    }
    Ok(Some(address))
}
