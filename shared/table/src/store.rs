//! Requests: the reads of source and derived items, and the one conditional write.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use calculation::{Item, Ledger, Location, Locations, Part, Rebuild};
use futures::{StreamExt, TryStreamExt, stream};

use crate::attributes::plain_item;
use crate::derived::{Derived, DerivedItem};
use crate::error::{TableError, is_lost_race};
use crate::keys::{DERIVED_SORT_KEY, ProfileId, location_partition_key};

/// Keys that one BatchGetItem takes.
const BATCH_GET_KEYS: usize = 100;
/// How often the keys that a BatchGetItem left unread are asked for again.
const BATCH_GET_TRIES: u32 = 6;
/// Parts of a profile that are read side by side.
const PARTS_SIDE_BY_SIDE: usize = 4;
/// The attributes of source items that figures depend on; names are aliased, since some are reserved words.
const SOURCE_ATTRIBUTES: [&str; 12] = [
    "sk",
    "total",
    "is_void",
    "location_id",
    "channel",
    "items",
    "joined_at",
    "joined_location_id",
    "preferred_location_id",
    "country",
    "iso",
    "is_default",
];

/// A handle on the table; cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: Arc<str>,
}

/// How a derived item is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Consistency {
    /// For readers: at half the cost, now and then a moment behind.
    Eventual,
    /// For recalculations.
    Strong,
}

/// The `version` of a derived item as it was read, whatever it is; a write names it as its condition.
#[derive(Clone, Debug)]
pub struct Version(pub(crate) Option<AttributeValue>);

/// Whether a conditional write took place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Write {
    /// It did.
    Done,
    /// Another writer was faster: the item is no longer what was read.
    LostRace,
}

impl Table {
    /// The table called `name` behind `client`.
    pub fn new(client: Client, name: impl AsRef<str>) -> Self {
        Self {
            client,
            name: name.as_ref().into(),
        }
    }

    /// Reads a profile's derived item: its version and ledger.
    ///
    /// # Errors
    ///
    /// The request failed. A ledger that cannot be read is no error here.
    pub async fn derived(
        &self,
        profile: &ProfileId,
        consistency: Consistency,
    ) -> Result<Option<Derived>, TableError> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(key(profile.partition_key(), DERIVED_SORT_KEY)))
            .consistent_read(consistency == Consistency::Strong)
            .projection_expression("#version, #ledger")
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#ledger", "ledger")
            .send()
            .await
            .map_err(TableError::request("GetItem"))?;
        Ok(answer.item.map(Derived::read))
    }

    /// Reads all items of some parts, strongly consistent, to the last page.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub async fn parts(
        &self,
        profile: &ProfileId,
        parts: &BTreeSet<Part>,
    ) -> Result<Vec<(Part, Vec<Item>)>, TableError> {
        let reads: Vec<_> = parts
            .iter()
            .cloned()
            .map(|part| self.part(profile, part))
            .collect();
        stream::iter(reads)
            .buffered(PARTS_SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    async fn part(&self, profile: &ProfileId, part: Part) -> Result<(Part, Vec<Item>), TableError> {
        let items = match &part {
            Part::Profile => self.source_item(profile, "PROFILE").await?,
            Part::OddKey(sort_key) => self.source_item(profile, sort_key).await?,
            Part::Addresses => self.source_items(profile, "ADDRESS#").await?,
            Part::Date(date) => self.source_items(profile, &format!("TXN#{date}")).await?,
        };
        Ok((part, items))
    }

    async fn source_items(
        &self,
        profile: &ProfileId,
        prefix: &str,
    ) -> Result<Vec<Item>, TableError> {
        let mut items = Vec::new();
        self.query(profile, Some(prefix), |item| items.push(item))
            .await?;
        Ok(items)
    }

    /// Reads everything that is stored of a profile, strongly consistent, to the last page, and folds it.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub async fn rebuild(&self, profile: &ProfileId) -> Result<Ledger, TableError> {
        let mut rebuild = Rebuild::default();
        self.query(profile, None, |item| rebuild.add(item)).await?;
        Ok(rebuild.finish())
    }

    async fn source_item(
        &self,
        profile: &ProfileId,
        sort_key: &str,
    ) -> Result<Vec<Item>, TableError> {
        let (projection, names) = source_projection();
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(key(profile.partition_key(), sort_key)))
            .consistent_read(true)
            .projection_expression(projection)
            .set_expression_attribute_names(Some(names))
            .send()
            .await
            .map_err(TableError::request("GetItem"))?;
        Ok(answer.item.map(plain_item).into_iter().collect())
    }

    /// Hands on the items of a profile, of those whose sort key begins with `prefix`, in the order of their sort keys.
    async fn query(
        &self,
        profile: &ProfileId,
        prefix: Option<&str>,
        mut each: impl FnMut(Item),
    ) -> Result<(), TableError> {
        let (projection, mut names) = source_projection();
        names.insert("#pk".to_owned(), "pk".to_owned());
        let mut query = self
            .client
            .query()
            .table_name(&*self.name)
            .consistent_read(true)
            .expression_attribute_values(":pk", AttributeValue::S(profile.partition_key()));
        query = match prefix {
            None => query.key_condition_expression("#pk = :pk"),
            Some(prefix) => query
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned())),
        };
        let mut pages = query
            .projection_expression(projection)
            .set_expression_attribute_names(Some(names))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(TableError::request("Query"))?;
            page.items
                .unwrap_or_default()
                .into_iter()
                .map(plain_item)
                .for_each(&mut each);
        }
        Ok(())
    }

    /// Reads location records, those that are stored, to the last unprocessed key.
    ///
    /// # Errors
    ///
    /// A request failed, keys stayed unprocessed, or a record cannot be rendered.
    pub async fn locations(&self, ids: &[&str]) -> Result<Locations, TableError> {
        let mut locations = Locations::new();
        for ids in ids.chunks(BATCH_GET_KEYS) {
            let keys = ids
                .iter()
                .map(|id| key(location_partition_key(id), "LOCATION"))
                .collect();
            for attributes in self.batch_get(keys).await? {
                let item = plain_item(attributes);
                let Some(id) = item
                    .get("pk")
                    .and_then(|pk| pk.as_text()?.strip_prefix("LOCATION#"))
                else {
                    continue;
                };
                let location = Location::new(id, &item).map_err(TableError::Location)?;
                locations.insert(id.to_owned(), Arc::new(location));
            }
        }
        Ok(locations)
    }

    async fn batch_get(
        &self,
        mut keys: Vec<HashMap<String, AttributeValue>>,
    ) -> Result<Vec<HashMap<String, AttributeValue>>, TableError> {
        let mut items = Vec::new();
        for tries in 0..BATCH_GET_TRIES {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut keys)))
                .build()
                .map_err(|error| {
                    TableError::request("BatchGetItem")(aws_sdk_dynamodb::Error::from(error))
                })?;
            let mut answer = self
                .client
                .batch_get_item()
                .request_items(&*self.name, request)
                .send()
                .await
                .map_err(TableError::request("BatchGetItem"))?;
            items.extend(
                answer
                    .responses
                    .take()
                    .unwrap_or_default()
                    .into_values()
                    .flatten(),
            );
            keys = answer
                .unprocessed_keys
                .unwrap_or_default()
                .into_values()
                .flat_map(|left| left.keys)
                .collect();
            if keys.is_empty() {
                return Ok(items);
            }
            back_off(tries).await;
        }
        Err(TableError::Unprocessed(keys.len()))
    }

    /// Puts the empty derived item, on condition that there is none.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub async fn put_empty(&self, profile: &ProfileId) -> Result<Write, TableError> {
        let answer = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(DerivedItem::empty(profile).0))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", "pk")
            .send()
            .await;
        outcome("PutItem", answer)
    }

    /// Puts the derived item, on condition that the stored one still has the version that was read.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub async fn put(&self, item: DerivedItem, read: &Version) -> Result<Write, TableError> {
        let (condition, values) = read.condition();
        let answer = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(item.0))
            .condition_expression(condition)
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .send()
            .await;
        outcome("PutItem", answer)
    }

    /// Deletes the derived item, on condition that the stored one still has the version that was read.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub async fn delete(&self, profile: &ProfileId, read: &Version) -> Result<Write, TableError> {
        let (condition, values) = read.condition();
        let answer = self
            .client
            .delete_item()
            .table_name(&*self.name)
            .set_key(Some(key(profile.partition_key(), DERIVED_SORT_KEY)))
            .condition_expression(condition)
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .send()
            .await;
        outcome("DeleteItem", answer)
    }
}

impl Version {
    fn condition(&self) -> (&'static str, Option<HashMap<String, AttributeValue>>) {
        match &self.0 {
            Some(version) => (
                "#version = :read",
                Some(HashMap::from([(":read".to_owned(), version.clone())])),
            ),
            // An item that somebody else wrote; the first recalculation gives it a version.
            None => ("attribute_not_exists(#version)", None),
        }
    }
}

/// Waits a random time up to a bound that doubles with every try, from 25 ms to 1.6 s, so that those who met once do
/// not meet again.
pub(crate) async fn back_off(tries: u32) {
    let bound = 25_u64 << tries.min(6);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=bound))).await;
}

fn outcome<T, E>(
    operation: &'static str,
    answer: Result<T, aws_sdk_dynamodb::error::SdkError<E>>,
) -> Result<Write, TableError>
where
    E: aws_sdk_dynamodb::error::ProvideErrorMetadata,
    aws_sdk_dynamodb::Error: From<aws_sdk_dynamodb::error::SdkError<E>>,
{
    match answer {
        Ok(_) => Ok(Write::Done),
        Err(error) if is_lost_race(&error) => Ok(Write::LostRace),
        Err(error) => Err(TableError::request(operation)(error)),
    }
}

fn key(pk: String, sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk)),
        ("sk".to_owned(), AttributeValue::S(sk.to_owned())),
    ])
}

/// The projection of [`SOURCE_ATTRIBUTES`] and the names behind its aliases.
fn source_projection() -> (String, HashMap<String, String>) {
    let aliases = SOURCE_ATTRIBUTES.map(|name| format!("#{name}"));
    let names = aliases
        .iter()
        .cloned()
        .zip(SOURCE_ATTRIBUTES.map(str::to_owned))
        .collect();
    (aliases.join(", "), names)
}
