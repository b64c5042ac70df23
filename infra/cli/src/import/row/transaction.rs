//! A purchase or return.

use calculation::{Item, Money, TransactionKey, Value};
use table::SortKey;

use super::{instant_of, key_part, keyed, location_id, name_of, profile_key, put};
use crate::import::fields::Fields;
use crate::import::kind::Kind;
use crate::import::row_error::RowError;

pub(super) fn read(fields: &mut Fields) -> Result<Item, RowError> {
    let id = key_part(fields, "transaction_id")?;
    let instant = instant_of(fields, "transacted_at")?.ok_or(RowError::Missing("transacted_at"))?;
    let key = TransactionKey::Valid { instant, id: &id };
    let mut item = keyed(&profile_key(fields)?, SortKey::Transaction(key))?;
    let total = fields.number("total")?.ok_or(RowError::Missing("total"))?;
    // The same number in the form in which DynamoDB gives it back.
    let total = Money::parse_total(&total)?.to_string();
    put(&mut item, "total", Some(Value::Number(total)));
    put(
        &mut item,
        "location_id",
        location_id(fields, "location_id")?,
    );
    put(&mut item, "channel", channel(fields)?);
    put(
        &mut item,
        "is_void",
        fields.boolean("is_void")?.map(Value::Bool),
    );
    put(&mut item, "items", lines(fields)?.map(Value::List));
    Ok(item)
}

/// The lines of a transaction, or one for each of its brands.
fn lines(fields: &mut Fields) -> Result<Option<Vec<Value>>, RowError> {
    let lines = fields.list("items")?;
    let Some(brands) = fields.words("brands")? else {
        return lines
            .map(|lines| lines.into_iter().map(line).collect())
            .transpose();
    };
    if lines.is_some() {
        return Err(RowError::Both("items", "brands"));
    }
    let lines = brands
        .into_iter()
        .map(|name| Ok(Value::Map(Item::from([("brand".to_owned(), brand(name)?)]))));
    lines.collect::<Result<_, _>>().map(Some)
}

/// One line, if it is one.
fn line(line: Value) -> Result<Value, RowError> {
    let wrong = |name: &str, expected| RowError::Type {
        name: format!("items: {name}"),
        expected,
    };
    let Value::Map(values) = line else {
        return Err(RowError::Type {
            name: "items".to_owned(),
            expected: "a list of objects",
        });
    };
    let mut line = Item::new();
    for (name, value) in values {
        let value = match (name.as_str(), value) {
            (_, Value::Null) => continue,
            ("brand", value) => brand(value)?,
            ("quantity", value @ Value::Number(_)) | ("is_void", value @ Value::Bool(_)) => value,
            ("quantity", _) => return Err(wrong("quantity", "a number")),
            ("is_void", _) => return Err(wrong("is_void", "true or false")),
            _ => {
                return Err(RowError::Unknown(
                    format!("items: {name}"),
                    Kind::Transactions,
                ));
            }
        };
        line.insert(name, value);
    }
    Ok(Value::Map(line))
}

fn brand(value: Value) -> Result<Value, RowError> {
    match value {
        Value::Text(text) => Ok(Value::Text(name_of(text, "brand")?)),
        _ => Err(RowError::Type {
            name: "brand".to_owned(),
            expected: "text",
        }),
    }
}

fn channel(fields: &mut Fields) -> Result<Option<Value>, RowError> {
    let channel = fields
        .text("channel")?
        .map(|channel| channel.to_ascii_lowercase());
    match channel.as_deref() {
        None | Some("pos" | "website") => Ok(channel.map(Value::Text)),
        Some(_) => Err(RowError::Channel),
    }
}
