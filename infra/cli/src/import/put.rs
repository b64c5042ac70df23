//! An item on its way to the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::Item;
use table::{MAX_ITEM_BYTES, attributes, item_size};

use super::row_error::RowError;

/// One item on its way to the table.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    /// The item, keys included.
    pub item: HashMap<String, AttributeValue>,
    /// About as many bytes as DynamoDB counts.
    pub bytes: usize,
}

impl Put {
    /// The put of an item that DynamoDB can hold.
    pub fn new(item: Item) -> Result<Self, RowError> {
        let item = attributes(item);
        let bytes = item_size(&item);
        if bytes > MAX_ITEM_BYTES {
            return Err(RowError::Size(bytes));
        }
        Ok(Self { item, bytes })
    }

    /// What makes it the same item as another: its two keys.
    pub fn key(&self) -> (String, String) {
        let text = |name| match self.item.get(name) {
            Some(AttributeValue::S(text)) => text.clone(),
            _ => String::new(),
        };
        (text("pk"), text("sk"))
    }
}

#[cfg(test)]
mod tests {
    use calculation::Value;

    use super::*;

    #[test]
    fn an_item_may_have_400_kilobytes() {
        let of = |bytes: usize| {
            Put::new(Item::from([(
                "a".into(),
                Value::Text("x".repeat(bytes - 1)),
            )]))
        };
        assert!(of(409_600).is_ok());
        assert!(matches!(of(409_601), Err(RowError::Size(409_601))));
    }
}
