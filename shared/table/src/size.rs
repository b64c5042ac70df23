//! The size of an item, as DynamoDB counts it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The size that DynamoDB allows an item: 400 KB.
pub const MAX_ITEM_BYTES: usize = 400 * 1024;

/// Counts the bytes of an item: names and texts in UTF-8, three bytes for a list or map and one for each of its entries
/// (developer guide, "DynamoDB Item sizes and formats"). The guide gives the size of a number only approximately; this counts
/// the upper end.
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
///
/// use aws_sdk_dynamodb::types::AttributeValue;
/// use table::item_size;
///
/// let item = HashMap::from([("pk".to_owned(), AttributeValue::S("PROFILE#ada".to_owned()))]);
/// assert_eq!(item_size(&item), 13);
/// ```
pub fn item_size(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(text) => number_size(text),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|text| number_size(text)).sum(),
        AttributeValue::Bs(values) => values.iter().map(|bytes| bytes.as_ref().len()).sum(),
        AttributeValue::L(values) => values
            .iter()
            .fold(3, |sum, value| sum + 1 + value_size(value)),
        AttributeValue::M(attributes) => 3 + attributes.len() + item_size(attributes),
        // A boolean or a null.
        _ => 1,
    }
}

/// A byte for every two significant digits and one more; one more still for a negative number.
fn number_size(text: &str) -> usize {
    text.len().div_ceil(2) + 2
}

#[cfg(test)]
mod tests {
    use calculation::Item;

    use super::*;
    use crate::attributes::attributes;

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
            let item: Item = serde_json::from_str(text).unwrap();
            assert_eq!(item_size(&attributes(item)), bytes, "{text}");
        }
    }
}
