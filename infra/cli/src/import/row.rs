//! A row of each kind as the item of the table that it stands for.

mod location;
#[cfg(test)]
mod tests;
mod transaction;

use calculation::{Item, MAX_NAME_BYTES, Value};
use table::{PartitionKey, ProfileId, SortKey, keyed_item};

use super::fields::Fields;
use super::instant;
use super::kind::Kind;
use super::row_error::RowError;

/// Bytes that DynamoDB allows a sort key.
const SORT_KEY_BYTES: usize = 1024;

/// The item, keys included, that a row of `kind` stands for.
pub(crate) fn item(kind: Kind, mut fields: Fields) -> Result<Item, RowError> {
    let item = match kind {
        Kind::Profiles => profile(&mut fields),
        Kind::Locations => location::read(&mut fields),
        Kind::Addresses => address(&mut fields),
        Kind::Transactions => transaction::read(&mut fields),
    }?;
    match fields.names().next() {
        Some(name) => Err(RowError::Unknown(name.clone(), kind)),
        None => Ok(item),
    }
}

fn profile(fields: &mut Fields) -> Result<Item, RowError> {
    let mut item = keyed(&profile_key(fields)?, SortKey::Profile)?;
    let joined = instant_of(fields, "joined_at")?;
    put(
        &mut item,
        "joined_at",
        joined.map(|joined| Value::Text(joined.to_string())),
    );
    for name in ["joined_location_id", "preferred_location_id"] {
        let id = location_id(fields, name)?;
        put(&mut item, name, id);
    }
    Ok(item)
}

fn address(fields: &mut Fields) -> Result<Item, RowError> {
    let id = key_part(fields, "address_id")?;
    let mut item = keyed(&profile_key(fields)?, SortKey::Address(&id))?;
    for name in ["country", "iso"] {
        let text = fields.text(name)?;
        put(&mut item, name, text.map(Value::Text));
    }
    put(
        &mut item,
        "is_default",
        fields.boolean("is_default")?.map(Value::Bool),
    );
    Ok(item)
}

fn instant_of(
    fields: &mut Fields,
    name: &'static str,
) -> Result<Option<calculation::Instant>, RowError> {
    let text = fields.text(name)?;
    text.map(|text| instant::read(&text).map_err(|source| RowError::Instant { name, source }))
        .transpose()
}

/// The id of a location, of a length that says something.
fn location_id(fields: &mut Fields, name: &'static str) -> Result<Option<Value>, RowError> {
    Ok(match fields.id(name)? {
        Some(Value::Text(text)) => Some(Value::Text(name_of(text, name)?)),
        id => id,
    })
}

fn name_of(text: String, name: &'static str) -> Result<String, RowError> {
    match text.len() {
        1..=MAX_NAME_BYTES => Ok(text),
        bytes => Err(RowError::Length {
            name,
            bytes,
            limit: MAX_NAME_BYTES,
        }),
    }
}

fn profile_key(fields: &mut Fields) -> Result<PartitionKey, RowError> {
    let id = key_part(fields, "profile_id")?;
    Ok(ProfileId::parse(&id)?.partition())
}

/// A required id that becomes a part of a key.
fn key_part(fields: &mut Fields, name: &'static str) -> Result<String, RowError> {
    match fields.id(name)? {
        Some(Value::Text(text) | Value::Number(text)) if !text.is_empty() => Ok(text),
        None => Err(RowError::Missing(name)),
        Some(_) => Err(RowError::Empty { name }),
    }
}

fn keyed(partition: &PartitionKey, sort: SortKey<'_>) -> Result<Item, RowError> {
    let bytes = sort.to_string().len();
    if bytes > SORT_KEY_BYTES {
        return Err(RowError::Key(bytes));
    }
    Ok(keyed_item(partition, sort))
}

fn put(item: &mut Item, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        item.insert(name.to_owned(), value);
    }
}
