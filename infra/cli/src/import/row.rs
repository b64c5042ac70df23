//! Rows as the changes of the table that they stand for: one struct for each kind.

use std::collections::BTreeMap;

use calculation::{Instant, Item, MAX_NAME_BYTES, TransactionKey, Value};
use serde::Deserialize;
use table::{PartitionKey, ProfileId, SortKey};

use super::change::{Change, Row};
use super::kind::{ADDRESS_PREFIX, Kind};
use super::values::*;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Profile {
    #[serde(deserialize_with = "id")]
    profile_id: Cell,
    #[serde(deserialize_with = "day_or_moment")]
    joined_at: Cell,
    #[serde(deserialize_with = "location_id")]
    joined_location_id: Cell,
    #[serde(deserialize_with = "location_id")]
    preferred_location_id: Cell,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Address {
    #[serde(deserialize_with = "id")]
    profile_id: Cell,
    #[serde(deserialize_with = "id")]
    address_id: Cell,
    #[serde(deserialize_with = "text")]
    country: Cell,
    #[serde(deserialize_with = "text")]
    iso: Cell,
    #[serde(deserialize_with = "flag")]
    is_default: Cell,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Transaction {
    #[serde(deserialize_with = "id")]
    profile_id: Cell,
    #[serde(deserialize_with = "id")]
    transaction_id: Cell,
    #[serde(deserialize_with = "moment")]
    transacted_at: Cell,
    #[serde(deserialize_with = "amount")]
    total: Cell,
    #[serde(deserialize_with = "currency")]
    currency: Cell,
    #[serde(deserialize_with = "amount")]
    total_converted: Cell,
    #[serde(deserialize_with = "location_id")]
    location_id: Cell,
    #[serde(deserialize_with = "channel")]
    channel: Cell,
    #[serde(deserialize_with = "flag")]
    is_void: Cell,
    #[serde(deserialize_with = "words")]
    brands: Cell,
    items: Option<Vec<Line>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Line {
    #[serde(deserialize_with = "brand")]
    brand: Cell,
    #[serde(deserialize_with = "number")]
    quantity: Cell,
    #[serde(deserialize_with = "flag")]
    is_void: Cell,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Location {
    #[serde(deserialize_with = "location_id")]
    id: Cell,
    r#type: Cell,
    name: Cell,
    description: Cell,
    #[serde(deserialize_with = "phone")]
    phone: Cell,
    email: Cell,
    timezone: Cell,
    #[serde(deserialize_with = "id")]
    external_id: Cell,
    #[serde(deserialize_with = "id")]
    external_code: Cell,
    #[serde(deserialize_with = "flag")]
    is_published: Cell,
    #[serde(deserialize_with = "flag")]
    is_permanently_closed: Cell,
    #[serde(deserialize_with = "map")]
    address: Cell,
    /// The columns `address.country`, `address.iso`, ...
    #[serde(rename = "address.")]
    address_parts: BTreeMap<String, Cell>,
    #[serde(deserialize_with = "list")]
    normal_hours: Cell,
    #[serde(deserialize_with = "list")]
    special_hours: Cell,
    #[serde(deserialize_with = "words")]
    tags: Cell,
    #[serde(deserialize_with = "list")]
    custom_fields: Cell,
    created_at: Cell,
    updated_at: Cell,
}

/// The change that a row of `kind`, given as a JSON object, stands for.
pub(crate) fn read(kind: Kind, row: &str, delete: bool) -> Result<Row, String> {
    let mut row = match kind {
        Kind::Profiles => profile(super::json::parse(row)?),
        Kind::Addresses => address(super::json::parse(row)?),
        Kind::Transactions => transaction(super::json::parse(row)?, delete),
        Kind::Locations => location(super::json::parse(row)?),
        Kind::Items => super::item::read(row),
    }?;
    if delete {
        row.change = Change::Delete;
    }
    Ok(row)
}

fn profile(row: Profile) -> Result<Row, String> {
    let attributes = [
        ("joined_at", row.joined_at),
        ("joined_location_id", row.joined_location_id),
        ("preferred_location_id", row.preferred_location_id),
    ];
    Row::new(
        &profile_key(row.profile_id)?,
        SortKey::Profile,
        Change::update(attributes),
    )
}

fn address(row: Address) -> Result<Row, String> {
    let attributes = [
        ("country", row.country),
        ("iso", row.iso),
        ("is_default", row.is_default),
    ];
    let id = key_part("address_id", row.address_id)?;
    Row::new(
        &profile_key(row.profile_id)?,
        SortKey::Address(&id),
        Change::put(attributes),
    )
}

fn transaction(row: Transaction, delete: bool) -> Result<Row, String> {
    let id = key_part("transaction_id", row.transaction_id)?;
    let instant = key_part("transacted_at", row.transacted_at)?;
    let instant = Instant::parse_spaced(&instant).ok_or("`transacted_at` is missing")?;
    if row.total.clone().value().is_none() && !delete {
        return Err("`total` is missing".to_owned());
    }
    let of_brand = |brand| Item::from([("brand".to_owned(), brand)]);
    let lines = match (row.items, row.brands.value()) {
        (Some(_), Some(_)) => {
            return Err("`items` and `brands` are both given: give one".to_owned());
        }
        (Some(lines), None) => Some(lines.into_iter().map(line).collect()),
        (None, Some(Value::List(brands))) => {
            Some(named(brands)?.into_iter().map(of_brand).collect())
        }
        (None, _) => None,
    };
    let lines =
        lines.map(|lines: Vec<Item>| Value::List(lines.into_iter().map(Value::Map).collect()));
    let attributes = [
        ("total", row.total),
        ("currency", row.currency),
        ("total_converted", row.total_converted),
        ("location_id", row.location_id),
        ("channel", row.channel),
        ("is_void", row.is_void),
        ("items", lines.map_or(Cell::Absent, Cell::Is)),
    ];
    let key = TransactionKey::Valid { instant, id: &id };
    Row::new(
        &profile_key(row.profile_id)?,
        SortKey::Transaction(key),
        Change::put(attributes),
    )
}

fn line(row: Line) -> Item {
    let attributes = [
        ("brand", row.brand),
        ("quantity", row.quantity),
        ("is_void", row.is_void),
    ];
    let given = attributes.into_iter();
    given
        .filter_map(|(name, cell)| Some((name.to_owned(), cell.value()?)))
        .collect()
}

/// Brands that say something.
fn named(brands: Vec<Value>) -> Result<Vec<Value>, String> {
    for brand in &brands {
        match brand.as_text() {
            Some(text) if text.len() > MAX_NAME_BYTES => {
                return Err(format!("invalid `brands`: {}", too_long(text)));
            }
            Some(text) if !is_no_value(text) => {}
            _ => return Err("invalid `brands`: one of them is empty or not a text".to_owned()),
        }
    }
    Ok(brands)
}

fn location(row: Location) -> Result<Row, String> {
    let id = row.id.clone().value();
    let partition = PartitionKey::Location(key_part("id", row.id.clone())?);
    if row.address != Cell::Absent && !row.address_parts.is_empty() {
        return Err("`address` and `address.*` are both given: give one".to_owned());
    }
    let parts = row.address_parts.into_iter();
    let parts = parts.map(|(name, cell)| (format!("{ADDRESS_PREFIX}{name}"), cell));
    let attributes = [
        ("id", id.map_or(Cell::Absent, Cell::Is)),
        ("type", row.r#type),
        ("name", row.name),
        ("description", row.description),
        ("phone", row.phone),
        ("email", row.email),
        ("timezone", row.timezone),
        ("external_id", row.external_id),
        ("external_code", row.external_code),
        ("is_published", row.is_published),
        ("is_permanently_closed", row.is_permanently_closed),
        ("address", row.address),
        ("normal_hours", row.normal_hours),
        ("special_hours", row.special_hours),
        ("tags", row.tags),
        ("custom_fields", row.custom_fields),
        ("created_at", row.created_at),
        ("updated_at", row.updated_at),
    ];
    let attributes = attributes.map(|(name, cell)| (name.to_owned(), cell));
    Row::new(
        &partition,
        SortKey::Location,
        Change::update(attributes.into_iter().chain(parts)),
    )
}

fn profile_key(id: Cell) -> Result<PartitionKey, String> {
    let id = ProfileId::parse(&key_part("profile_id", id)?);
    id.map(|id| id.partition())
        .map_err(|error| error.to_string())
}

/// A required value that becomes a part of a key.
fn key_part(name: &str, cell: Cell) -> Result<String, String> {
    match cell.value() {
        Some(Value::Text(text) | Value::Number(text)) => Ok(text),
        _ => Err(format!("`{name}` is missing")),
    }
}

#[cfg(test)]
mod tests;
