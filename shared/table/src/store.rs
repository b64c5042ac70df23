//! The table, and the requests for derived items: their read and their one conditional write.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::derived::{Derived, DerivedItem, Version};
use crate::error::{TableError, is_lost_race};
use crate::keys::{DERIVED_SORT_KEY, ProfileId};

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

/// Whether a conditional write took place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Write {
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

    /// Puts the empty derived item, on condition that there is none.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub(crate) async fn put_empty(&self, profile: &ProfileId) -> Result<Write, TableError> {
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
    pub(crate) async fn put(&self, item: DerivedItem, read: &Version) -> Result<Write, TableError> {
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
            .set_key(Some(key(profile.partition_key(), DERIVED_SORT_KEY)))
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

/// A key of the table.
pub(crate) fn key(pk: String, sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(pk)),
        ("sk".to_owned(), AttributeValue::S(sk.to_owned())),
    ])
}
