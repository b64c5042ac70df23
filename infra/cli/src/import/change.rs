//! What a row changes in the table.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Value};
use serde::Serialize;
use table::{MAX_ITEM_BYTES, PartitionKey, SortKey, attributes, item_size, plain_item};
use xxhash_rust::xxh3::xxh3_64;

use super::json::{Cells, typed};

/// Bytes that DynamoDB allows a sort key.
const SORT_KEY_BYTES: usize = 1024;

/// A row, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub pk: String,
    pub sk: String,
    /// What happens to the item with this key.
    pub change: Change,
}

/// What happens to an item.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// It is replaced whole by these attributes.
    Put(HashMap<String, AttributeValue>),
    /// Some attributes are set or, where they are null, removed; a name with a point means one within a map. The others stay.
    Update(Item),
    /// It is deleted.
    Delete,
}

impl Change {
    /// Puts an item, whose keys the row has, without what has no value.
    pub fn put(mut item: Item) -> Self {
        item.retain(|_, value| *value != Value::Null);
        Self::Put(attributes(item))
    }
}

impl Row {
    /// A row whose item DynamoDB can hold.
    pub fn new(pk: &PartitionKey, sk: SortKey<'_>, change: Change) -> Result<Self, String> {
        let (pk, sk) = (pk.to_string(), sk.to_string());
        let length = sk.len();
        let row = Self { pk, sk, change };
        match row.bytes() {
            _ if length > SORT_KEY_BYTES => Err(format!(
                "the ids are too long: the sort key has {length} bytes, at most {SORT_KEY_BYTES} are allowed"
            )),
            bytes if bytes > MAX_ITEM_BYTES => Err(format!(
                "the item has about {bytes} bytes: at most {MAX_ITEM_BYTES} are allowed"
            )),
            _ => Ok(row),
        }
    }

    /// Puts an item as DynamoDB exports it, whatever it is; the table takes a copy of all of them but the derived ones.
    pub fn of_item(cells: &Cells) -> Result<Self, String> {
        // Names must be there once within its values, too.
        typed::<BTreeMap<String, Value>>(cells)?;
        let item: serde_dynamo::Item = typed(cells).map_err(|_| {
            "expected an item of DynamoDB, such as {\"Item\": {\"pk\": {\"S\": ...}, ...}}"
                .to_owned()
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
        Ok(Self { pk, sk, change })
    }

    /// Whether the item is derived: the stream function writes it, and a copy of it would belong to no version.
    pub fn is_derived(&self) -> bool {
        let sk = SortKey::parse(&self.sk);
        matches!(sk, Some(SortKey::Derived | SortKey::Archive(_)))
    }

    /// The key, as the SDK takes it.
    pub fn key(&self) -> HashMap<String, AttributeValue> {
        let key = [("pk", &self.pk), ("sk", &self.sk)];
        key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.clone())))
            .into()
    }

    /// About as many bytes as DynamoDB counts.
    pub fn bytes(&self) -> usize {
        let own = match &self.change {
            Change::Put(item) => item_size(item),
            Change::Update(values) => item_size(&attributes(values.clone())),
            Change::Delete => 0,
        };
        own + item_size(&self.key())
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
