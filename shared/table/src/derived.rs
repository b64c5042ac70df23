//! The derived item: what one recalculation leaves behind, written whole.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Aggregations, Instant, Ledger, LedgerError};
use uuid::Uuid;

use crate::error::TableError;
use crate::keys::{DERIVED_SORT_KEY, ProfileId};

/// What DynamoDB allows an item to have: 400 KB.
const MAX_ITEM_BYTES: usize = 400 * 1024;

/// The derived item as it was read.
#[derive(Debug)]
pub struct Derived {
    /// The version that a write must name.
    pub(crate) version: Version,
    /// The ledger that it holds.
    pub ledger: StoredLedger,
}

/// What a derived item holds.
#[derive(Debug)]
pub enum StoredLedger {
    /// The empty item that stands before the first calculation.
    None,
    /// A ledger that can be evaluated.
    Usable(Box<Ledger>),
    /// Bytes that are none, never to be guessed at: rebuilt by the stream function, a 503 for a reader.
    Unusable(LedgerError),
}

/// The `version` of a derived item as it was read, whatever it is; a write names it as its condition.
#[derive(Clone, Debug)]
pub(crate) struct Version(pub(crate) Option<AttributeValue>);

impl Version {
    /// The condition of a write, and the values in it.
    pub(crate) fn condition(&self) -> (&'static str, Option<HashMap<String, AttributeValue>>) {
        match &self.0 {
            Some(version) => (
                "#version = :read",
                Some(HashMap::from([(":read".to_owned(), version.clone())])),
            ),
            // An item that somebody else wrote; the first recalculation gives it a version.
            None => (
                "attribute_exists(pk) AND attribute_not_exists(#version)",
                None,
            ),
        }
    }
}

impl Derived {
    /// Reads `version` and `ledger`.
    pub(crate) fn read(mut item: HashMap<String, AttributeValue>) -> Self {
        let ledger = match item.remove("ledger") {
            None => StoredLedger::None,
            Some(AttributeValue::B(bytes)) => match Ledger::decode(bytes.as_ref()) {
                Ok(ledger) => StoredLedger::Usable(Box::new(ledger)),
                Err(error) => StoredLedger::Unusable(error),
            },
            Some(_) => StoredLedger::Unusable(LedgerError::Damaged),
        };
        Self {
            version: Version(item.remove("version")),
            ledger,
        }
    }
}

/// A derived item to write, under a fresh random version.
#[derive(Clone, Debug)]
pub(crate) struct DerivedItem(pub(crate) HashMap<String, AttributeValue>);

impl DerivedItem {
    /// The empty item, which the first recalculation of a profile puts so that there is a version to hold on to.
    pub(crate) fn empty(profile: &ProfileId) -> Self {
        Self(HashMap::from([
            ("pk".to_owned(), text(profile.partition_key())),
            ("sk".to_owned(), text(DERIVED_SORT_KEY)),
            // Random, not a counter: one that starts again after a deletion would let a late writer through.
            ("version".to_owned(), text(Uuid::new_v4().simple())),
        ]))
    }

    /// The item of a ledger, with its document as native attributes.
    ///
    /// # Errors
    ///
    /// The item would be larger than DynamoDB allows.
    pub(crate) fn new(
        profile: &ProfileId,
        ledger: &Ledger,
        document: Option<&Aggregations<'_>>,
        calculated_at: Instant,
    ) -> Result<Self, TableError> {
        let Self(mut item) = Self::empty(profile);
        item.insert(
            "ledger".to_owned(),
            AttributeValue::B(Blob::new(ledger.encode())),
        );
        item.insert("calculated_at".to_owned(), text(calculated_at));
        if let Some(document) = document {
            item.extend(
                native_attributes(document)
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value)),
            );
        }
        if ledger.set_aside_count() > 0 {
            let listed = ledger.set_aside().map(|(key, reason)| {
                let entry = [("key", text(key)), ("reason", text(reason))];
                AttributeValue::M(
                    entry
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            });
            item.insert("set_aside".to_owned(), AttributeValue::L(listed.collect()));
            item.insert(
                "set_aside_count".to_owned(),
                number(ledger.set_aside_count()),
            );
        }
        let bytes = map_size(&item);
        if bytes > MAX_ITEM_BYTES {
            return Err(TableError::ItemTooLarge(bytes));
        }
        Ok(Self(item))
    }
}

/// The fields of the document under their response names, locations as ids, null ones left out.
fn native_attributes(document: &Aggregations<'_>) -> Vec<(&'static str, AttributeValue)> {
    let brands = document.purchased_brands.iter().map(text).collect();
    [
        ("profile_id", Some(text(document.profile_id))),
        ("shop_days", document.shop_days.map(number)),
        ("spend_12m", Some(number(document.spend_12m))),
        ("spend_all", Some(number(document.spend_all))),
        ("spend_atv_12m", document.spend_atv_12m.map(number)),
        ("spend_atv_all", document.spend_atv_all.map(number)),
        ("spend_first_date", document.spend_first_date.map(text)),
        ("spend_last_date", document.spend_last_date.map(text)),
        (
            "dimension_frequency",
            Some(text(document.dimension_frequency)),
        ),
        ("dimension_recency", Some(text(document.dimension_recency))),
        ("dimension_join", document.dimension_join.as_ref().map(text)),
        ("channel", document.channel.map(text)),
        ("shop_count", Some(number(document.shop_count))),
        (
            "store_join",
            document.store_join.map(|location| text(location.id)),
        ),
        ("likely_country", document.likely_country.map(text)),
        (
            "likely_country_score",
            document.likely_country_score.map(number),
        ),
        ("purchased_brands", Some(AttributeValue::L(brands))),
        (
            "most_transacted_location",
            document
                .most_transacted_location
                .map(|location| text(location.id)),
        ),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An item's size as DynamoDB counts it: names and values in UTF-8 bytes, three bytes for a list or map and one for
/// each of its entries (developer guide, "DynamoDB Item sizes and formats"), for the types written here.
fn map_size(attributes: &HashMap<String, AttributeValue>) -> usize {
    attributes
        .iter()
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        // A byte for every two significant digits and one more; one more still for a negative number.
        AttributeValue::N(text) => text.len().div_ceil(2) + 2,
        AttributeValue::L(values) => {
            3 + values
                .iter()
                .map(|value| 1 + value_size(value))
                .sum::<usize>()
        }
        AttributeValue::M(attributes) => 3 + attributes.len() + map_size(attributes),
        _ => 1,
    }
}
