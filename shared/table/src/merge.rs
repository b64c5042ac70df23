//! Merging two profiles that are one person: everything of the one goes to the other.
//!
//! Items are put under the new id first and deleted under the old one after, so that wherever this ends, no purchase is gone. What
//! was put already is found alike the next time. Every write is on condition that the item is as it was read, in all attributes
//! that it had and in all of the table's contract.

mod plan;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, TransactWriteItem};
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::{TableError, is_lost_race, is_lost_transaction};
use crate::forget::{is_derived, raw_key};
use crate::profile_id::ProfileId;
use crate::settings::Settings;
use crate::source::{Attributes, SOURCE_ATTRIBUTES};
use crate::store::Table;
use plan::{Plan, Put};

/// Items that are written side by side.
const SIDE_BY_SIDE: usize = 16;
/// How often it is planned: once to put, once to see that all of it is there, and anew when somebody else writes meanwhile.
const MAX_PLANS: u32 = 6;
/// How many attributes a condition compares: DynamoDB allows 300 operators.
const MAX_COMPARED: usize = 100;

/// What became of a merge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Merged {
    /// Everything is under the new id.
    Done {
        /// How many items were put under the new id.
        moved: u64,
        /// How many items were there already.
        alike: u64,
        /// The sort keys of what is stored under the old id now: of what was written in the meantime.
        left: Vec<String>,
    },
    /// Both have different items under some keys.
    Conflicts {
        /// The sort keys.
        keys: Vec<String>,
        /// How many items were put under the new id before that: none, unless somebody else wrote at the same time. Nothing was
        /// deleted.
        moved: u64,
    },
    /// Somebody else wrote to either of them again and again. What was put already is under both ids.
    Disturbed,
}

/// Moves everything of `from` to `into`.
///
/// Transactions keep their keys; of two that are alike one stays. Where both have an attribute of the profile record, that of
/// `into` stays, but the joined date and `joined_location_id` come from the earlier join. Addresses keep their ids unless these are
/// taken; at most one stays the default. The figures follow by the stream.
///
/// It can be repeated after a failure at any point.
///
/// # Errors
///
/// A request failed.
///
/// # Examples
///
/// ```no_run
/// # async fn example(table: table::Table) -> Result<(), table::TableError> {
/// use table::{Merged, ProfileId, Settings, merge};
///
/// let guest = ProfileId::parse("guest-7").expect("a valid id");
/// let ada = ProfileId::parse("ada").expect("a valid id");
/// let merged = merge(&table, &Settings::default(), &guest, &ada).await?;
/// if let Merged::Conflicts { keys, .. } = merged {
///     println!("both have different items under {keys:?}");
/// }
/// # Ok(())
/// # }
/// ```
pub async fn merge(
    table: &Table,
    settings: &Settings,
    from: &ProfileId,
    into: &ProfileId,
) -> Result<Merged, TableError> {
    let (mut moved, mut alike) = (0, None);
    if from == into {
        let left = Vec::new();
        return Ok(Merged::Done {
            moved,
            alike: 0,
            left,
        });
    }
    for _ in 0..MAX_PLANS {
        let source = table.source(from).await?;
        let plan = match Plan::new(&source, &table.source(into).await?) {
            Ok(plan) => plan,
            Err(keys) => return Ok(Merged::Conflicts { keys, moved }),
        };
        // What was there before anything was put.
        let there = u64::try_from(plan.alike.len()).unwrap_or(u64::MAX);
        let alike = *alike.get_or_insert(there);
        if !plan.puts.is_empty() {
            moved += table.put_all(into, plan.puts).await?;
            continue;
        }
        table.delete_all(from, source, into, &plan.alike).await?;
        let left = table.await_nothing(settings, from).await?;
        return Ok(Merged::Done { moved, alike, left });
    }
    Ok(Merged::Disturbed)
}

type Items = BTreeMap<String, Attributes>;

impl Table {
    /// Everything that is stored of a profile but what recalculations wrote, by sort key.
    async fn source(&self, profile: &ProfileId) -> Result<Items, TableError> {
        let mut items = self.everything(profile, None).await?;
        items.retain(|key, _| !is_derived(key));
        Ok(items)
    }

    /// Puts items where nobody else wrote since; returns how many.
    async fn put_all(&self, profile: &ProfileId, puts: Vec<Put>) -> Result<u64, TableError> {
        let partition = profile.partition().to_string();
        let puts = puts.into_iter().map(
            |Put {
                 sk,
                 attributes,
                 replaced,
             }| {
                let mut item = attributes;
                item.extend(raw_key(&partition, &sk));
                let condition = replaced
                    .as_ref()
                    .map_or_else(Condition::absent, Condition::unchanged);
                let put = self.client.put_item().table_name(&*self.name);
                let put = put
                    .set_item(Some(item))
                    .condition_expression(condition.expression);
                let put = put.set_expression_attribute_names(Some(condition.names));
                put.set_expression_attribute_values(condition.values).send()
            },
        );
        let done = stream::iter(puts).buffer_unordered(SIDE_BY_SIDE);
        let done = done.map(|answer| done_or_lost(answer, "PutItem"));
        done.try_fold(
            0,
            |count, is_done| async move { Ok(count + u64::from(is_done)) },
        )
        .await
    }

    /// Deletes items that are as they were read, each on condition that its counterpart under the new id is there: two merges in
    /// opposite directions must not delete both. Those that somebody changed since stay.
    async fn delete_all(
        &self,
        from: &ProfileId,
        items: Items,
        into: &ProfileId,
        counterparts: &BTreeMap<String, String>,
    ) -> Result<(), TableError> {
        let (from, into) = (from.partition().to_string(), into.partition().to_string());
        let deletes = items.into_iter().filter_map(|(sk, item)| {
            let counterpart = raw_key(&into, counterparts.get(&sk)?);
            Some(self.delete_moved(raw_key(&from, &sk), item, counterpart))
        });
        let deletes: Vec<_> = deletes.collect();
        let deletes = stream::iter(deletes).buffer_unordered(SIDE_BY_SIDE);
        deletes.try_for_each(|()| async { Ok(()) }).await
    }

    async fn delete_moved(
        &self,
        key: Attributes,
        item: Attributes,
        counterpart: Attributes,
    ) -> Result<(), TableError> {
        let condition = Condition::unchanged(&item);
        let delete = Delete::builder().table_name(&*self.name).set_key(Some(key));
        let delete = delete.condition_expression(condition.expression);
        let delete = delete.set_expression_attribute_names(Some(condition.names));
        let delete = delete.set_expression_attribute_values(condition.values);
        let there = Condition::there();
        let check = ConditionCheck::builder().table_name(&*self.name);
        let check = check
            .set_key(Some(counterpart))
            .condition_expression(there.expression);
        let check = check.set_expression_attribute_names(Some(there.names));
        let (delete, check) = match (delete.build(), check.build()) {
            (Ok(delete), Ok(check)) => (delete, check),
            (Err(error), _) | (_, Err(error)) => {
                return Err(TableError::request("TransactWriteItems")(error));
            }
        };
        let check = TransactWriteItem::builder().condition_check(check).build();
        let delete = TransactWriteItem::builder().delete(delete).build();
        let transaction = self.client.transact_write_items();
        let transaction = transaction.set_transact_items(Some(vec![check, delete]));
        match transaction.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_lost(&error) => Ok(()),
            Err(error) => Err(TableError::request("TransactWriteItems")(error)),
        }
    }
}

/// Whether somebody else was faster than a transaction.
fn is_lost(error: &SdkError<TransactWriteItemsError>) -> bool {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            is_lost_transaction(cancelled)
        }
        _ => is_lost_race(error),
    }
}

/// Whether a write took place; it did not if its condition failed.
fn done_or_lost<T, E>(
    answer: Result<T, SdkError<E>>,
    operation: &'static str,
) -> Result<bool, TableError>
where
    E: aws_sdk_dynamodb::error::ProvideErrorMetadata,
    aws_sdk_dynamodb::Error: From<SdkError<E>>,
{
    match answer {
        Ok(_) => Ok(true),
        Err(error) if is_lost_race(&error) => Ok(false),
        Err(error) => Err(TableError::request(operation)(error)),
    }
}

/// The condition of a write.
struct Condition {
    expression: String,
    names: std::collections::HashMap<String, String>,
    values: Option<Attributes>,
}

impl Condition {
    /// There is no such item.
    fn absent() -> Self {
        Self {
            expression: "attribute_not_exists(#pk)".to_owned(),
            names: [("#pk".to_owned(), "pk".to_owned())].into(),
            values: None,
        }
    }

    /// There is such an item.
    fn there() -> Self {
        Self {
            expression: "attribute_exists(#pk)".to_owned(),
            ..Self::absent()
        }
    }

    /// The item has the attributes that were read, and none of the table's contract that it did not have.
    fn unchanged(item: &Attributes) -> Self {
        let mut terms = vec!["attribute_exists(#pk)".to_owned()];
        let mut names = std::collections::HashMap::from([("#pk".to_owned(), "pk".to_owned())]);
        let mut values = Attributes::new();
        let own = item.iter().filter(|(name, _)| !is_key(name));
        for (place, (name, value)) in own.take(MAX_COMPARED).enumerate() {
            terms.push(format!("#a{place} = :a{place}"));
            names.insert(format!("#a{place}"), name.clone());
            values.insert(format!(":a{place}"), value.clone());
        }
        // Nor did it get one that it did not have: `is_void`, for one.
        let absent = SOURCE_ATTRIBUTES
            .iter()
            .filter(|name| !item.contains_key(**name));
        for (place, name) in absent.enumerate() {
            terms.push(format!("attribute_not_exists(#b{place})"));
            names.insert(format!("#b{place}"), (*name).to_owned());
        }
        Self {
            expression: terms.join(" AND "),
            names,
            values: (!values.is_empty()).then_some(values),
        }
    }
}

/// Whether an attribute is one of the table's two keys.
fn is_key(name: &str) -> bool {
    matches!(name, "pk" | "sk")
}

/// Whether a value is `true`.
fn is_true(value: &AttributeValue) -> bool {
    matches!(value, AttributeValue::Bool(true))
}
