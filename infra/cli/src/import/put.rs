//! An item as the put that writes it.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use calculation::{Item, Value};

use super::reason::Reason;

/// Bytes that DynamoDB allows an item: 400 KB.
const ITEM_BYTES: usize = 400 * 1024;

/// One item on its way to the table.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    item: Item,
    /// About as many bytes as DynamoDB counts.
    pub bytes: usize,
}

impl Put {
    /// The put of an item that DynamoDB can hold.
    pub fn new(item: Item) -> Result<Self, Reason> {
        let bytes = size_of_map(&item);
        if bytes > ITEM_BYTES {
            return Err(Reason::Size(bytes));
        }
        Ok(Self { item, bytes })
    }

    /// What makes it the same item as another: its two keys.
    pub fn key(&self) -> (String, String) {
        let text = |name| match self.item.get(name) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        };
        (text("pk"), text("sk"))
    }

    /// The request of a batch.
    pub fn request(&self) -> Result<WriteRequest, BuildError> {
        let attributes = attributes(self.item.clone());
        let put = PutRequest::builder().set_item(Some(attributes)).build()?;
        Ok(WriteRequest::builder().put_request(put).build())
    }
}

fn attributes(item: Item) -> HashMap<String, AttributeValue> {
    item.into_iter()
        .map(|(name, value)| (name, attribute(value)))
        .collect()
}

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(value),
        Value::Number(text) => AttributeValue::N(text),
        Value::Text(text) => AttributeValue::S(text),
        Value::List(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        Value::Map(values) => AttributeValue::M(attributes(values)),
    }
}

/// DynamoDB counts names and texts by their UTF-8 bytes, and three more bytes for a list or map with one for each entry;
/// two digits of a number take one byte, with up to two more.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Number(text) => text.len() / 2 + 2,
        Value::Text(text) => text.len(),
        Value::List(values) => values.iter().map(|value| size(value) + 1).sum::<usize>() + 3,
        Value::Map(values) => size_of_map(values) + values.len() + 3,
    }
}

fn size_of_map(values: &Item) -> usize {
    values
        .iter()
        .map(|(name, value)| name.len() + size(value))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Item {
        match serde_json::from_str(text).unwrap() {
            Value::Map(item) => item,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_type_becomes_its_attribute() {
        let put = Put::new(item(r#"{"pk":"a","n":1.50,"l":[true,null],"m":{"k":"v"}}"#)).unwrap();
        let request = put.request().unwrap();
        let written = request.put_request().unwrap().item();
        assert_eq!(
            written,
            &HashMap::from([
                ("pk".into(), AttributeValue::S("a".into())),
                ("n".into(), AttributeValue::N("1.50".into())),
                (
                    "l".into(),
                    AttributeValue::L(vec![AttributeValue::Bool(true), AttributeValue::Null(true)])
                ),
                (
                    "m".into(),
                    AttributeValue::M(HashMap::from([("k".into(), AttributeValue::S("v".into()))]))
                ),
            ])
        );
    }

    #[test]
    fn sizes_are_those_that_dynamodb_counts() {
        for (text, bytes) in [
            (r#"{"pk":"a"}"#, 3),
            (r#"{"é":"é"}"#, 4),
            (r#"{"n":1234}"#, 5),
            (r#"{"b":true,"c":null}"#, 4),
            (r#"{"l":[]}"#, 4),
            (r#"{"l":["a","bc"]}"#, 9),
            (r#"{"m":{"k":"v"}}"#, 7),
        ] {
            assert_eq!(Put::new(item(text)).unwrap().bytes, bytes, "{text}");
        }
    }

    #[test]
    fn an_item_may_have_400_kilobytes() {
        let of = |bytes: usize| {
            Put::new(Item::from([(
                "a".into(),
                Value::Text("x".repeat(bytes - 1)),
            )]))
        };
        assert!(of(409_600).is_ok());
        assert!(matches!(of(409_601), Err(Reason::Size(409_601))));
    }
}
