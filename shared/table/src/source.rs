//! Reads of a profile's items, to the last page.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Currency, Fold, Ledger, Part, Rebuild, TransactionKey};
use futures::{StreamExt, TryStreamExt, stream};

use crate::archive::Archive;
use crate::attributes::plain_item;
use crate::budget::Budget;
use crate::error::TableError;
use crate::keys::{SortKey, addresses_prefix, date_prefix};
use crate::profile_id::ProfileId;
use crate::store::{Consistency, Table, profile_item_key};

/// Parts of a profile that are read side by side.
const PARTS_SIDE_BY_SIDE: usize = 4;
/// The attributes of a profile's source items that the calculation reads.
pub(crate) const SOURCE_ATTRIBUTES: [&str; 13] = [
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
/// What else is read, of archive items and of all.
const OTHER_ATTRIBUTES: [&str; 3] = ["sk", "tag", "days"];

impl Table {
    /// Reads some parts and folds each, strongly consistent, to the last page.
    ///
    /// # Errors
    ///
    /// A request failed, or the budget is spent.
    pub(crate) async fn parts(
        &self,
        profile: &ProfileId,
        parts: &BTreeSet<Part>,
        currency: Option<Currency>,
        budget: &Budget,
    ) -> Result<Vec<Fold>, TableError> {
        let reads: Vec<_> = parts
            .iter()
            .map(|part| self.part(profile, part, currency, budget))
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
        budget: &Budget,
    ) -> Result<Fold, TableError> {
        let mut fold = Fold::new(part.clone(), currency);
        let each = |key: SortKey<'_>, item| {
            if let Some(key) = key.source() {
                fold.add(key, &plain_item(item));
            }
        };
        match part {
            Part::Profile => self.source_item(profile, SortKey::Profile, each).await?,
            Part::Undated(key) => {
                let key = SortKey::Transaction(TransactionKey::Malformed(key));
                self.source_item(profile, key, each).await?;
            }
            Part::Addresses => {
                self.source_items(profile, Some(addresses_prefix()), budget, each)
                    .await?
            }
            Part::Date(date) => {
                self.source_items(profile, Some(date_prefix(*date)), budget, each)
                    .await?
            }
        }
        Ok(fold)
    }

    /// Reads everything that is stored of a profile, strongly consistent, to the last page: its source items folded, and the
    /// archive items that there are.
    ///
    /// # Errors
    ///
    /// A request failed, or the budget is spent.
    pub(crate) async fn rebuild(
        &self,
        profile: &ProfileId,
        currency: Option<Currency>,
        budget: &Budget,
    ) -> Result<(Ledger, Archive), TableError> {
        let mut rebuild = Rebuild::new(currency);
        let mut archive = Archive::default();
        let each = |key: SortKey<'_>, item| match key {
            SortKey::Archive(year) => archive.add(year, item),
            _ => {
                if let Some(key) = key.source() {
                    rebuild.add(key, &plain_item(item));
                }
            }
        };
        self.source_items(profile, None, budget, each).await?;
        Ok((rebuild.finish(), archive))
    }

    /// Hands on everything that is stored of a profile, strongly consistent, with all its attributes.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub(crate) async fn all_items(
        &self,
        profile: &ProfileId,
        mut each: impl FnMut(SortKey<'_>, Attributes),
    ) -> Result<(), TableError> {
        let each = |items| hand_on(items, &mut each);
        self.whole_partition(profile, None, each).await
    }

    /// Everything that is stored of a profile, strongly consistent, by sort key; those of no item of the table's included. Of each
    /// item the attributes that `projection` names, or all.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub(crate) async fn everything(
        &self,
        profile: &ProfileId,
        projection: Option<&str>,
    ) -> Result<BTreeMap<String, Attributes>, TableError> {
        let mut everything = BTreeMap::new();
        let each = |items: Vec<Attributes>| {
            for item in items {
                if let Some(AttributeValue::S(sk)) = item.get("sk") {
                    everything.insert(sk.clone(), item);
                }
            }
        };
        self.whole_partition(profile, projection, each).await?;
        Ok(everything)
    }

    async fn whole_partition(
        &self,
        profile: &ProfileId,
        projection: Option<&str>,
        mut each: impl FnMut(Vec<Attributes>),
    ) -> Result<(), TableError> {
        let partition = AttributeValue::S(profile.partition().to_string());
        let sk = projection.map(|_| ("#sk".to_owned(), "sk".to_owned()));
        let names = [("#pk".to_owned(), "pk".to_owned())].into_iter().chain(sk);
        let query = self.client.query().table_name(&*self.name);
        let mut pages = query
            .consistent_read(true)
            .key_condition_expression("#pk = :pk")
            .set_projection_expression(projection.map(str::to_owned))
            .set_expression_attribute_names(Some(names.collect()))
            .expression_attribute_values(":pk", partition)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(TableError::request("Query"))?;
            each(page.items.unwrap_or_default());
        }
        Ok(())
    }

    /// Hands on the one source item with this key, if it is stored.
    async fn source_item(
        &self,
        profile: &ProfileId,
        sort_key: SortKey<'_>,
        each: impl FnMut(SortKey<'_>, Attributes),
    ) -> Result<(), TableError> {
        let (projection, names) = projection();
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(profile_item_key(profile, sort_key)))
            .consistent_read(true)
            .projection_expression(projection)
            .set_expression_attribute_names(Some(names))
            .send()
            .await
            .map_err(TableError::request("GetItem"))?;
        hand_on(answer.item, each);
        Ok(())
    }

    /// Hands on source items of a profile, strongly consistent, and counts them.
    async fn source_items(
        &self,
        profile: &ProfileId,
        prefix: Option<String>,
        budget: &Budget,
        mut each: impl FnMut(SortKey<'_>, Attributes),
    ) -> Result<(), TableError> {
        let each = |items: Vec<Attributes>| {
            budget.count(items.len())?;
            hand_on(items, &mut each);
            Ok(())
        };
        self.pages(profile, prefix, Consistency::Strong, each).await
    }

    /// Hands on pages of a profile's items, of those whose sort key begins with `prefix`, in the order of their sort keys: no more
    /// than one page is held in memory.
    pub(crate) async fn pages(
        &self,
        profile: &ProfileId,
        prefix: Option<String>,
        consistency: Consistency,
        mut each: impl FnMut(Vec<Attributes>) -> Result<(), TableError>,
    ) -> Result<(), TableError> {
        let (projection, mut names) = projection();
        names.insert("#pk".to_owned(), "pk".to_owned());
        let partition = AttributeValue::S(profile.partition().to_string());
        let mut query = self
            .client
            .query()
            .table_name(&*self.name)
            .consistent_read(consistency == Consistency::Strong)
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
            each(page.items.unwrap_or_default())?;
        }
        Ok(())
    }
}

/// An item as the SDK gives it.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// Hands on the items whose sort key is one of the table's.
pub(crate) fn hand_on(
    items: impl IntoIterator<Item = Attributes>,
    mut each: impl FnMut(SortKey<'_>, Attributes),
) {
    for item in items {
        let Some(AttributeValue::S(text)) = item.get("sk").cloned() else {
            continue;
        };
        if let Some(key) = SortKey::parse(&text) {
            each(key, item);
        }
    }
}

/// The projection of these attributes, and the names behind its aliases: some are reserved words.
fn projection() -> (String, HashMap<String, String>) {
    let names = SOURCE_ATTRIBUTES.into_iter().chain(OTHER_ATTRIBUTES);
    let aliases: Vec<String> = names.clone().map(|name| format!("#{name}")).collect();
    let projection = aliases.join(", ");
    let names = aliases.into_iter().zip(names.map(str::to_owned));
    (projection, names.collect())
}
