//! Reads of many items by their keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::back_off::back_off;
use crate::error::TableError;
use crate::source::Attributes;
use crate::store::Table;

/// Keys that one BatchGetItem takes.
pub(crate) const MAX_BATCH_KEYS: usize = 100;
/// How often the keys that a BatchGetItem left unread are asked for again.
const TRIES: u32 = 6;

impl Table {
    /// Reads the items with up to [`MAX_BATCH_KEYS`] keys, those that are stored, eventually consistent, to the last unprocessed
    /// key: of each item these attributes, or all.
    ///
    /// # Errors
    ///
    /// A request failed, or keys stayed unprocessed.
    pub(crate) async fn batch_get(
        &self,
        mut keys: Vec<HashMap<String, AttributeValue>>,
        attributes: &[&str],
    ) -> Result<Vec<Attributes>, TableError> {
        let names: HashMap<_, _> = attributes
            .iter()
            .map(|name| (format!("#{name}"), (*name).to_owned()))
            .collect();
        let aliases: Vec<&str> = names.keys().map(String::as_str).collect();
        let projection = (!names.is_empty()).then(|| aliases.join(", "));
        let names = (!names.is_empty()).then_some(names);
        let mut items = Vec::new();
        for tries in 0..TRIES {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut keys)))
                .set_projection_expression(projection.clone())
                .set_expression_attribute_names(names.clone())
                .build()
                .map_err(|error| {
                    TableError::request("BatchGetItem")(aws_sdk_dynamodb::Error::from(error))
                })?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&*self.name, request)
                .send()
                .await
                .map_err(TableError::request("BatchGetItem"))?;
            let read = answer.responses.unwrap_or_default();
            items.extend(read.into_values().flatten());
            let left = answer.unprocessed_keys.unwrap_or_default();
            keys = left.into_values().flat_map(|left| left.keys).collect();
            if keys.is_empty() {
                return Ok(items);
            }
            if tries + 1 < TRIES {
                back_off(tries).await;
            }
        }
        Err(TableError::Unprocessed(keys.len()))
    }
}
