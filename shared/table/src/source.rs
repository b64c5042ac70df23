//! Reads of source items, strongly consistent and to the last page.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Currency, Fold, Item, Ledger, Part, Rebuild, SourceKey, TransactionKey, Value};
use futures::{StreamExt, TryStreamExt, stream};

use crate::attributes::plain_item;
use crate::error::TableError;
use crate::keys::{ProfileId, SortKey, addresses_prefix, date_prefix};
use crate::store::{Table, key};

/// Parts of a profile that are read side by side.
const PARTS_SIDE_BY_SIDE: usize = 4;
/// The attributes of source items that figures depend on; names are aliased, since some are reserved words.
const SOURCE_ATTRIBUTES: [&str; 14] = [
    "sk",
    "total",
    "currency",
    "total_converted",
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
    /// Reads some parts and folds each, strongly consistent, to the last page.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub(crate) async fn parts(
        &self,
        profile: &ProfileId,
        parts: &BTreeSet<Part>,
        currency: Option<Currency>,
    ) -> Result<Vec<Fold>, TableError> {
        let reads: Vec<_> = parts
            .iter()
            .map(|part| self.part(profile, part, currency))
            .collect();
        stream::iter(reads)
            .buffered(PARTS_SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    async fn part(
        &self,
        profile: &ProfileId,
        part: &Part,
        currency: Option<Currency>,
    ) -> Result<Fold, TableError> {
        let mut fold = Fold::new(part.clone(), currency);
        let each = |key: SourceKey<'_>, item: &Item| fold.add(key, item);
        match part {
            Part::Profile => self.source_item(profile, SortKey::Profile, each).await?,
            Part::Undated(key) => {
                let key = SortKey::Transaction(TransactionKey::Malformed(key));
                self.source_item(profile, key, each).await?;
            }
            Part::Addresses => self.query(profile, Some(addresses_prefix()), each).await?,
            Part::Date(date) => self.query(profile, Some(date_prefix(*date)), each).await?,
        }
        Ok(fold)
    }

    /// Reads everything that is stored of a profile, strongly consistent, to the last page, and folds it.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub(crate) async fn rebuild(
        &self,
        profile: &ProfileId,
        currency: Option<Currency>,
    ) -> Result<Ledger, TableError> {
        let mut rebuild = Rebuild::new(currency);
        self.query(profile, None, |key, item| rebuild.add(key, item))
            .await?;
        Ok(rebuild.finish())
    }

    /// Hands on the one source item with this key, if it is stored.
    async fn source_item(
        &self,
        profile: &ProfileId,
        sort_key: SortKey<'_>,
        each: impl FnMut(SourceKey<'_>, &Item),
    ) -> Result<(), TableError> {
        let (projection, names) = source_projection();
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(key(profile, sort_key)))
            .consistent_read(true)
            .projection_expression(projection)
            .set_expression_attribute_names(Some(names))
            .send()
            .await
            .map_err(TableError::request("GetItem"))?;
        hand_on(answer.item, each);
        Ok(())
    }

    /// Hands on the source items of a profile, of those whose sort key begins with `prefix`, in the order of their sort
    /// keys and page by page: no more than one page is held in memory.
    async fn query(
        &self,
        profile: &ProfileId,
        prefix: Option<String>,
        mut each: impl FnMut(SourceKey<'_>, &Item),
    ) -> Result<(), TableError> {
        let (projection, mut names) = source_projection();
        names.insert("#pk".to_owned(), "pk".to_owned());
        let partition = AttributeValue::S(profile.partition().to_string());
        let mut query = self
            .client
            .query()
            .table_name(&*self.name)
            .consistent_read(true)
            .expression_attribute_values(":pk", partition);
        query = match prefix {
            None => query.key_condition_expression("#pk = :pk"),
            Some(prefix) => query
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix)),
        };
        let mut pages = query
            .projection_expression(projection)
            .set_expression_attribute_names(Some(names))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(TableError::request("Query"))?;
            hand_on(page.items.unwrap_or_default(), &mut each);
        }
        Ok(())
    }
}

/// Hands on those items that are source items, with their keys.
fn hand_on(
    items: impl IntoIterator<Item = HashMap<String, AttributeValue>>,
    mut each: impl FnMut(SourceKey<'_>, &Item),
) {
    for item in items {
        let item = plain_item(item);
        let key = item.get("sk").and_then(Value::as_text);
        if let Some(key) = key.and_then(SortKey::parse).and_then(SortKey::source) {
            each(key, &item);
        }
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
