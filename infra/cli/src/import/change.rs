//! What a row changes in the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Value};
use serde::Serialize;
use table::{MAX_ITEM_BYTES, PartitionKey, SortKey, attributes, item_size, plain_item};
use xxhash_rust::xxh3::xxh3_64;

use super::cell::Cell;

/// Bytes that DynamoDB allows a sort key.
const SORT_KEY_BYTES: usize = 1024;

/// A row, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
    /// What happens to the item with this key.
    pub change: Change,
}

/// What happens to an item.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// It is replaced whole by these attributes.
    Put(HashMap<String, AttributeValue>),
    /// Some attributes are set or, without a value, removed; a name with a point means one within a map. The others stay.
    Update(Vec<(String, Option<Value>)>),
    /// It is deleted.
    Delete,
}

impl Change {
    /// Puts an item, whose keys the row has.
    pub fn put(item: Item) -> Self {
        Self::Put(attributes(item))
    }

    /// Sets what has a value, removes what has none, and keeps what has no column.
    pub fn update(cells: Vec<(&str, Cell)>) -> Self {
        let given = cells.into_iter().filter(|(_, cell)| *cell != Cell::Absent);
        Self::Update(
            given
                .map(|(name, cell)| (name.to_owned(), cell.value()))
                .collect(),
        )
    }
}

impl Row {
    /// A row whose item DynamoDB can hold.
    pub fn new(pk: &PartitionKey, sk: SortKey<'_>, change: Change) -> Result<Self, String> {
        let (pk, sk) = (pk.to_string(), sk.to_string());
        if sk.len() > SORT_KEY_BYTES {
            let bytes = sk.len();
            return Err(format!(
                "the ids are too long: the sort key has {bytes} bytes, at most {SORT_KEY_BYTES} are allowed"
            ));
        }
        let row = Self { pk, sk, change };
        match row.bytes() {
            bytes if bytes > MAX_ITEM_BYTES => Err(format!(
                "the item has about {bytes} bytes: at most {MAX_ITEM_BYTES} are allowed"
            )),
            _ => Ok(row),
        }
    }

    /// The key, as the SDK takes it.
    pub fn key(&self) -> HashMap<String, AttributeValue> {
        let text = |text: &String| AttributeValue::S(text.clone());
        HashMap::from([
            ("pk".to_owned(), text(&self.pk)),
            ("sk".to_owned(), text(&self.sk)),
        ])
    }

    /// About as many bytes as DynamoDB counts.
    pub fn bytes(&self) -> usize {
        let own = match &self.change {
            Change::Put(item) => item_size(item),
            Change::Update(values) => {
                let given = values
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
                item_size(&attributes(given.collect()))
            }
            Change::Delete => 0,
        };
        own.saturating_add(item_size(&self.key()))
    }

    /// A hash of the key.
    pub fn key_hash(&self) -> u64 {
        hash(&(&self.pk, &self.sk))
    }

    /// A hash of what is written under the key.
    pub fn content_hash(&self) -> u64 {
        match &self.change {
            Change::Put(item) => hash(&plain_item(item.clone())),
            Change::Update(values) => hash(values),
            Change::Delete => 0,
        }
    }
}

fn hash(value: &impl Serialize) -> u64 {
    // Texts, lists and maps of them always become JSON.
    xxh3_64(&serde_json::to_vec(value).unwrap_or_default())
}
