//! Items as DynamoDB exports them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::Value;
use table::SortKey;

use super::change::{Change, Row};
use super::json::{Cells, typed};

/// Reads an item, whatever it is; the table takes a copy of all of them but the derived ones.
pub(crate) fn read(cells: &Cells) -> Result<Row, String> {
    // Names must be there once within its values, too.
    typed::<BTreeMap<String, Value>>(cells)?;
    let item: serde_dynamo::Item = typed(cells).map_err(|_| {
        "expected an item of DynamoDB, such as {\"Item\": {\"pk\": {\"S\": ...}, ...}}".to_owned()
    })?;
    let item: HashMap<String, AttributeValue> = item.into();
    let key = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(format!(
            "`{name}` is missing: the item belongs to another table"
        )),
    };
    let (pk, sk) = (key("pk")?, key("sk")?);
    let change = Change::Put(item);
    Ok(Row { pk, sk, change })
}

/// Whether an item is derived: the stream function writes it, and a copy of it would belong to no version.
pub(crate) fn is_derived(row: &Row) -> bool {
    let sk = SortKey::parse(&row.sk);
    matches!(sk, Some(SortKey::Derived | SortKey::Archive(_)))
}
