//! Items as DynamoDB exports them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;
use table::SortKey;

use super::change::{Change, Row};

/// A line of an export to S3, or an item as `aws dynamodb scan` prints it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Exported {
        #[serde(rename = "Item")]
        item: serde_dynamo::Item,
    },
    Scanned(serde_dynamo::Item),
}

/// Whether a JSON object is one of these, by its first names.
pub(crate) fn is_item(text: &str) -> bool {
    text.contains(r#""pk""#) && text.contains(r#""sk""#) && read(text).is_ok()
}

/// Reads an item, whatever it is; the table takes a copy of all of them but the derived ones.
pub(crate) fn read(text: &str) -> Result<Row, String> {
    // First as something that has each name once.
    super::json::parse::<calculation::Value>(text)?;
    let line: Line = super::json::parse(text).map_err(|_| {
        "expected an item of DynamoDB, such as {\"Item\": {\"pk\": {\"S\": ...}, ...}}".to_owned()
    })?;
    let (Line::Exported { item } | Line::Scanned(item)) = line;
    let item: HashMap<String, AttributeValue> = item.into();
    let key = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(format!(
            "`{name}` is missing: the item belongs to another table"
        )),
    };
    let (pk, sk) = (key("pk")?, key("sk")?);
    Ok(Row {
        pk,
        sk,
        change: Change::Put(item),
    })
}

/// Whether an item is derived: the stream function writes it, and a copy of it would belong to no version.
pub(crate) fn is_derived(row: &Row) -> bool {
    matches!(
        SortKey::parse(&row.sk),
        Some(SortKey::Derived | SortKey::Archive(_))
    )
}
