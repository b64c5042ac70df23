//! The size of an item, worked out apart from the code that is measured.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// An item's size as DynamoDB counts it: names and values in UTF-8 bytes, three bytes for a list or map and one for each of
/// its entries, for a number one byte and one more for every two significant digits.
pub fn size(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::N(text) => {
            let digits = text.replace('.', "");
            digits.trim_matches('0').len().div_ceil(2) + 1
        }
        AttributeValue::L(values) => {
            3 + values.len() + values.iter().map(value_size).sum::<usize>()
        }
        AttributeValue::M(item) => 3 + item.len() + size(item),
        other => panic!("no rule for {other:?}"),
    }
}
