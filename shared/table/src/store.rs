//! The table, and the requests for derived items: their read and their one conditional write.

mod transact;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use aws_sdk_dynamodb::{Client, Config};

use crate::derived::{
    DERIVED_ATTRIBUTES, Derived, MAX_TRANSACTION_ACTIONS, Replacement, Version, empty_item,
};
use crate::error::{TableError, is_lost_race, is_too_large};
use crate::keys::{self, PartitionKey, SortKey, key};
use crate::profile_id::ProfileId;

/// How long a function waits for a connection while it starts; the first request tries again.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

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
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(config: aws_sdk_dynamodb::Config) {
    /// let client = aws_sdk_dynamodb::Client::from_conf(config);
    /// let table = table::Table::new(client, "profile-aggregations");
    /// # }
    /// ```
    pub fn new(client: Client, name: impl AsRef<str>) -> Self {
        Self {
            client,
            name: name.as_ref().into(),
        }
    }

    /// Connects to DynamoDB beforehand, by a GetItem of an item that there never is: a function does so while it starts, so that
    /// its first caller waits for no TLS handshake. Whether it succeeds shows in the first request that matters.
    pub async fn connect(&self) {
        let nobody = PartitionKey::Location(String::new());
        let request = self.client.get_item().table_name(&*self.name);
        let request = request.set_key(Some(key(&nobody, SortKey::Location)));
        tokio::time::timeout(CONNECT_TIMEOUT, request.send())
            .await
            .ok();
    }

    /// Reads a profile's derived item.
    ///
    /// # Errors
    ///
    /// The request failed. A ledger that cannot be read is no error here.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use table::{Consistency, ProfileId};
    ///
    /// let ada = ProfileId::parse("ada").expect("a valid id");
    /// let derived = table.derived(&ada, Consistency::Strong).await?;
    /// println!("{}", if derived.is_some() { "calculated" } else { "not calculated yet" });
    /// # Ok(())
    /// # }
    /// ```
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
    /// It is sent once: the SDK's next try would have the same version, and the first one, if it is only late, could bring that
    /// version back after a deletion, while somebody still holds on to it.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub(crate) async fn put_empty(
        &self,
        profile: &ProfileId,
    ) -> Result<Option<Version>, TableError> {
        let version = Version::fresh();
        let answer = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(empty_item(profile, &version)))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", "pk")
            .customize()
            .config_override(Config::builder().retry_config(RetryConfig::disabled()))
            .send()
            .await;
        Ok(match outcome("PutItem", answer)? {
            Write::Done => Some(version),
            Write::LostRace | Write::TooLarge => None,
        })
    }

    /// Replaces the derived item and what changes of its archive, all or nothing, on condition that the stored item still
    /// has the version that was read.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition or an item's size.
    pub(crate) async fn replace(
        &self,
        profile: &ProfileId,
        replacement: Replacement,
        read: &Version,
    ) -> Result<Write, TableError> {
        if !replacement.fits() {
            return Ok(Write::TooLarge);
        }
        let (condition, values) = read.condition();
        if replacement.puts.is_empty() && replacement.deletes.is_empty() {
            let answer = self
                .client
                .put_item()
                .table_name(&*self.name)
                .set_item(Some(replacement.item))
                .condition_expression(condition)
                .expression_attribute_names("#version", "version")
                .set_expression_attribute_values(values)
                .send()
                .await;
            return outcome("PutItem", answer);
        }
        let derived = Put::builder()
            .table_name(&*self.name)
            .set_item(Some(replacement.item))
            .condition_expression(condition)
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .build()
            .map_err(TableError::request("TransactWriteItems"))?;
        let derived = TransactWriteItem::builder().put(derived).build();
        self.transact(profile, derived, replacement.puts, replacement.deletes)
            .await
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
        let Version(fresh) = Version::fresh();
        let mut values = values.unwrap_or_default();
        values.insert(":reason".to_owned(), AttributeValue::S(reason.to_owned()));
        values.extend(fresh.map(|fresh| (":fresh".to_owned(), fresh)));
        let answer = self
            .client
            .update_item()
            .table_name(&*self.name)
            .set_key(Some(derived_key(profile)))
            .update_expression("SET #incomplete = :reason, #version = :fresh")
            .condition_expression(condition)
            .expression_attribute_names("#incomplete", "incomplete")
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(Some(values))
            .send()
            .await;
        outcome("UpdateItem", answer)
    }

    /// Deletes the derived item and archive items, all or nothing, on condition that the stored item still has the version
    /// that was read.
    ///
    /// # Errors
    ///
    /// The request failed for another reason than its condition.
    pub(crate) async fn delete(
        &self,
        profile: &ProfileId,
        archive: &BTreeSet<u16>,
        read: &Version,
    ) -> Result<Write, TableError> {
        let (condition, values) = read.condition();
        if archive.is_empty() {
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
            return outcome("DeleteItem", answer);
        }
        let derived = Delete::builder()
            .table_name(&*self.name)
            .set_key(Some(derived_key(profile)))
            .condition_expression(condition)
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .build()
            .map_err(TableError::request("TransactWriteItems"))?;
        let derived = TransactWriteItem::builder().delete(derived).build();
        // There are as many in one profile only if somebody else put them there; what is left goes another time.
        let archive = archive.iter().take(MAX_TRANSACTION_ACTIONS - 1);
        self.transact(profile, derived, Vec::new(), archive.copied().collect())
            .await
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
pub(crate) fn profile_item_key(
    profile: &ProfileId,
    sk: SortKey<'_>,
) -> HashMap<String, AttributeValue> {
    keys::key(&profile.partition(), sk)
}

pub(crate) fn derived_key(profile: &ProfileId) -> HashMap<String, AttributeValue> {
    profile_item_key(profile, SortKey::Derived)
}
