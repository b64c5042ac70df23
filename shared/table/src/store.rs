//! The table, and the requests for derived items: their read and their one conditional write.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::derived::{DERIVED_ATTRIBUTES, Derived, DerivedItem, Version};
use crate::error::{TableError, is_lost_race, is_too_large};
use crate::keys::{self, ProfileId, SortKey};

/// A handle on the table; cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Table {
    pub(crate) client: Client,
    pub(crate) name: Arc<str>,
}

/// How a derived item is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Consistency {
    /// For readers: at half the cost, now and then a moment behind.
    Eventual,
    /// For recalculations.
    Strong,
}

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Write {
    /// It took place.
    Done,
    /// Another writer was faster: the item is no longer what was read.
    LostRace,
    /// The item is larger than DynamoDB allows.
    TooLarge,
}

impl Table {
    /// The table called `name` behind `client`.
    pub fn new(client: Client, name: impl AsRef<str>) -> Self {
        Self {
            client,
            name: name.as_ref().into(),
        }
    }

    /// Reads a profile's derived item.
    ///
    /// # Errors
    ///
    /// The request failed. A ledger that cannot be read is no error here.
    pub async fn derived(
        &self,
        profile: &ProfileId,
        consistency: Consistency,
    ) -> Result<Option<Derived>, TableError> {
        let names = DERIVED_ATTRIBUTES.map(|name| (format!("#{name}"), name.to_owned()));
        let projection = names.each_ref().map(|(alias, _)| alias.as_str()).join(", ");
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(derived_key(profile)))
            .consistent_read(consistency == Consistency::Strong)
            .projection_expression(projection)
            .set_expression_attribute_names(Some(names.into()))
            .send()
            .await
            .map_err(TableError::request("GetItem"))?;
        Ok(answer.item.map(|item| Derived::read(profile, item)))
    }

    /// Puts the empty derived item, on condition that there is none. Returns its version, or `None` if the race was lost.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub(crate) async fn put_empty(
        &self,
        profile: &ProfileId,
    ) -> Result<Option<Version>, TableError> {
        let item = DerivedItem::empty(profile);
        let version = item.version();
        let answer = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(item.0))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", "pk")
            .send()
            .await;
        Ok(match outcome("PutItem", answer)? {
            Write::Done => Some(version),
            Write::LostRace | Write::TooLarge => None,
        })
    }

    /// Puts the derived item, on condition that the stored one still has the version that was read.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition or the item's size.
    pub(crate) async fn put(&self, item: DerivedItem, read: &Version) -> Result<Write, TableError> {
        if item.is_too_large() {
            return Ok(Write::TooLarge);
        }
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

    /// Says on the stored derived item why it is not what the table holds, on condition that it still has the version that
    /// was read, and gives it a fresh one. Everything else of it stays.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub(crate) async fn put_incomplete(
        &self,
        profile: &ProfileId,
        reason: &str,
        read: &Version,
    ) -> Result<Write, TableError> {
        let (condition, values) = read.condition();
        let answer = self
            .client
            .update_item()
            .table_name(&*self.name)
            .set_key(Some(derived_key(profile)))
            .update_expression("SET #incomplete = :reason, #version = :fresh")
            .condition_expression(condition)
            .expression_attribute_names("#incomplete", "incomplete")
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .expression_attribute_values(":reason", AttributeValue::S(reason.to_owned()))
            .expression_attribute_values(":fresh", Version::fresh())
            .send()
            .await;
        outcome("UpdateItem", answer)
    }

    /// Deletes the derived item, on condition that the stored one still has the version that was read.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub(crate) async fn delete(
        &self,
        profile: &ProfileId,
        read: &Version,
    ) -> Result<Write, TableError> {
        let (condition, values) = read.condition();
        let answer = self
            .client
            .delete_item()
            .table_name(&*self.name)
            .set_key(Some(derived_key(profile)))
            .condition_expression(condition)
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .send()
            .await;
        outcome("DeleteItem", answer)
    }
}

fn outcome<T, E>(
    operation: &'static str,
    answer: Result<T, SdkError<E>>,
) -> Result<Write, TableError>
where
    E: ProvideErrorMetadata,
    aws_sdk_dynamodb::Error: From<SdkError<E>>,
{
    match answer {
        Ok(_) => Ok(Write::Done),
        Err(error) if is_lost_race(&error) => Ok(Write::LostRace),
        Err(error) if is_too_large(&error) => Ok(Write::TooLarge),
        Err(error) => Err(TableError::request(operation)(error)),
    }
}

/// The key of an item of a profile.
pub(crate) fn key(profile: &ProfileId, sk: SortKey<'_>) -> HashMap<String, AttributeValue> {
    keys::key(&profile.partition(), sk)
}

fn derived_key(profile: &ProfileId) -> HashMap<String, AttributeValue> {
    key(profile, SortKey::Derived)
}
