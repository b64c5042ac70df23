//! DynamoDB's attribute values as plain values, and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, prelude::BASE64_STANDARD};
use calculation::{Item, Value};

/// Turns an item of the SDK into a plain one. Sets become sorted lists, binary values Base64 text.
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
///
/// use aws_sdk_dynamodb::types::AttributeValue;
/// use calculation::Value;
///
/// let item = HashMap::from([("total".to_owned(), AttributeValue::N("49.90".to_owned()))]);
/// assert_eq!(table::plain_item(item)["total"], Value::Number("49.90".to_owned()));
/// ```
pub fn plain_item(attributes: HashMap<String, AttributeValue>) -> Item {
    attributes
        .into_iter()
        .map(|(name, value)| (name, plain(value)))
        .collect()
}

/// Turns a plain item into one of the SDK.
///
/// # Examples
///
/// ```
/// use aws_sdk_dynamodb::types::AttributeValue;
/// use calculation::{Item, Value};
///
/// let item = Item::from([("is_void".to_owned(), Value::Bool(true))]);
/// assert_eq!(table::attributes(item)["is_void"], AttributeValue::Bool(true));
/// ```
pub fn attributes(item: Item) -> HashMap<String, AttributeValue> {
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
        Value::Map(item) => AttributeValue::M(attributes(item)),
    }
}

fn plain(value: AttributeValue) -> Value {
    let base64 =
        |bytes: aws_sdk_dynamodb::primitives::Blob| BASE64_STANDARD.encode(bytes.into_inner());
    match value {
        AttributeValue::S(text) => Value::Text(text),
        AttributeValue::N(text) => Value::Number(text),
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::L(values) => Value::List(values.into_iter().map(plain).collect()),
        AttributeValue::M(attributes) => Value::Map(plain_item(attributes)),
        AttributeValue::Ss(texts) => sorted(texts, Value::Text),
        AttributeValue::Ns(mut numbers) => {
            numbers.sort_by(|left, right| compare_numbers(left, right));
            Value::List(numbers.into_iter().map(Value::Number).collect())
        }
        AttributeValue::B(bytes) => Value::Text(base64(bytes)),
        AttributeValue::Bs(values) => sorted(values.into_iter().map(base64).collect(), Value::Text),
        // `NULL`, and kinds that a later SDK may know.
        _ => Value::Null,
    }
}

fn sorted(mut texts: Vec<String>, value: fn(String) -> Value) -> Value {
    texts.sort_unstable();
    Value::List(texts.into_iter().map(value).collect())
}

/// Orders numbers by value as far as binary floating point tells them apart, then by their text: an order for the eye,
/// the same for the same set.
fn compare_numbers(left: &str, right: &str) -> std::cmp::Ordering {
    let value = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    value(left)
        .total_cmp(&value(right))
        .then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;

    use super::*;

    #[test]
    fn sets_are_sorted_lists_and_binary_is_text() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        for (value, json) in [
            (AttributeValue::Ss(texts(&["b", "a"])), r#"["a","b"]"#),
            (
                AttributeValue::Ns(texts(&["10", "9", "-1.50"])),
                r#"[-1.50,9,10]"#,
            ),
            (
                AttributeValue::Bs(vec![Blob::new([2]), Blob::new([1])]),
                r#"["AQ==","Ag=="]"#,
            ),
            (AttributeValue::B(Blob::new(*b"hello")), r#""aGVsbG8=""#),
            (AttributeValue::Null(true), "null"),
        ] {
            assert_eq!(serde_json::to_string(&plain(value)).unwrap(), json);
        }
    }
}
