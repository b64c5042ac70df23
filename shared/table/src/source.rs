//! Reads of source items, strongly consistent and to the last page.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Ledger, Part, Rebuild};
use futures::{StreamExt, TryStreamExt, stream};

use crate::attributes::plain_item;
use crate::error::TableError;
use crate::keys::ProfileId;
use crate::store::{Table, key};

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

impl Table {
    /// Reads all items of some parts, strongly consistent, to the last page.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub(crate) async fn parts(
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
    pub(crate) async fn rebuild(&self, profile: &ProfileId) -> Result<Ledger, TableError> {
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
