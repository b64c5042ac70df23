//! The derived item and its archive: what one recalculation leaves behind, written whole.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Aggregations, Instant, Ledger, LedgerError, Tag, TransactionKey};
use uuid::Uuid;

use crate::keys::{SortKey, key};
use crate::profile_id::ProfileId;
use crate::size::{MAX_ITEM_BYTES, item_size};

/// What DynamoDB allows a transaction to have.
pub(crate) const MAX_TRANSACTION_ACTIONS: usize = 100;
const MAX_TRANSACTION_BYTES: usize = 4 * 1024 * 1024;
/// What the key of an archive item has at most: `pk`, `PROFILE#`, an id of 128 characters, `sk` and `AGG#2026`.
const KEY_BYTES: usize = 148;
/// What `incomplete` takes at most. An item as it is put leaves room for it, or it could not be added one day.
const INCOMPLETE_BYTES: usize = 32;
/// Why a derived item is not what the table holds: it would be larger than DynamoDB allows.
pub(crate) const TOO_LARGE: &str = "too large";

/// The attributes of a derived item that are read.
pub(crate) const DERIVED_ATTRIBUTES: [&str; 4] =
    ["version", "ledger", "calculated_at", "incomplete"];

/// The derived item as it was read.
#[derive(Debug)]
pub struct Derived {
    /// The version that a write must name.
    pub(crate) version: Version,
    /// The ledger that it holds.
    pub ledger: StoredLedger,
    /// When the ledger was calculated, `YYYY-MM-DD HH:MM:SS` in UTC.
    pub calculated_at: Option<String>,
    /// Why the ledger is not what the table holds, if it is not: the last good one stays, and the next recalculation reads
    /// everything.
    pub incomplete: Option<String>,
}

/// What a derived item holds.
#[derive(Debug)]
pub enum StoredLedger {
    /// The empty item that stands before the first calculation.
    None,
    /// A ledger that can be evaluated.
    Usable(Box<Ledger>),
    /// Bytes that are not a ledger of this profile, never to be guessed at: rebuilt by the stream function, a 503 for a
    /// reader.
    Unusable(LedgerError),
}

/// The `version` of a derived item as it was read, whatever it is; a write names it as its condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Version(pub(crate) Option<AttributeValue>);

impl Version {
    /// A version for the next write. It is random, not a counter: one that starts again after a deletion would let a late
    /// writer through.
    pub(crate) fn fresh() -> Self {
        Self::fresh_with_tag().0
    }

    /// The same, and the tag of archive items that are written with it: its first 8 characters.
    fn fresh_with_tag() -> (Self, Tag) {
        let id = Uuid::new_v4();
        let [a, b, c, d, ..] = *id.as_bytes();
        (Self(Some(text(id.simple()))), Tag::new([a, b, c, d]))
    }

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
    /// The empty item of a profile, as it was just put.
    pub(crate) fn empty(version: Version) -> Self {
        Self {
            version,
            ledger: StoredLedger::None,
            calculated_at: None,
            incomplete: None,
        }
    }

    /// Reads the [`DERIVED_ATTRIBUTES`] of a profile's derived item.
    pub(crate) fn read(profile: &ProfileId, mut item: HashMap<String, AttributeValue>) -> Self {
        let ledger = match item.remove("ledger") {
            None => StoredLedger::None,
            Some(AttributeValue::B(bytes)) => {
                match Ledger::decode(profile.as_str(), bytes.as_ref()) {
                    Ok(ledger) => StoredLedger::Usable(Box::new(ledger)),
                    Err(error) => StoredLedger::Unusable(error),
                }
            }
            Some(_) => StoredLedger::Unusable(LedgerError::Damaged),
        };
        let mut texts = |name| match item.remove(name) {
            Some(AttributeValue::S(text)) => Some(text),
            // Nothing that a recalculation writes, but it says that something is wrong.
            Some(_) => Some("unknown".to_owned()),
            None => None,
        };
        Self {
            ledger,
            calculated_at: texts("calculated_at"),
            incomplete: texts("incomplete"),
            version: Version(item.remove("version")),
        }
    }
}

/// The empty derived item, which the first recalculation of a profile puts so that there is a version to hold on to.
pub(crate) fn empty_item(
    profile: &ProfileId,
    version: &Version,
) -> HashMap<String, AttributeValue> {
    let mut item = key(&profile.partition(), SortKey::Derived);
    item.extend(
        version
            .0
            .clone()
            .map(|version| ("version".to_owned(), version)),
    );
    item
}

/// What takes the place of a profile's derived item: the item, under a fresh version, and what changes of its archive.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    pub(crate) item: HashMap<String, AttributeValue>,
    /// Archive items to put.
    pub(crate) puts: Vec<HashMap<String, AttributeValue>>,
    /// Years of archive items to delete.
    pub(crate) deletes: BTreeSet<u16>,
    /// Whether nobody would read the ledger again.
    has_too_many_days: bool,
}

impl Replacement {
    /// The replacement of a ledger, with the figures of a document as native attributes. Of the archive items of the years
    /// `found` those that do not belong to the ledger are deleted.
    pub(crate) fn new(
        profile: &ProfileId,
        ledger: &Ledger,
        figures: Option<&Aggregations<'_>>,
        calculated_at: Instant,
        found: &BTreeSet<u16>,
    ) -> Self {
        let (version, tag) = Version::fresh_with_tag();
        let encoded = ledger.encode(profile.as_str(), tag);
        let mut item = empty_item(profile, &version);
        let mut insert = |name: &str, value| item.insert(name.to_owned(), value);
        insert("ledger", AttributeValue::B(Blob::new(encoded.ledger)));
        insert("calculated_at", text(calculated_at));
        for (name, value) in figures.into_iter().flat_map(native_figures) {
            insert(name, value);
        }
        if ledger.set_aside_count() > 0 {
            let listed = ledger.set_aside().map(|(key, reason)| {
                let key = SortKey::Transaction(TransactionKey::Malformed(key));
                AttributeValue::M(HashMap::from([
                    ("key".to_owned(), text(key)),
                    ("reason".to_owned(), text(reason)),
                ]))
            });
            insert("set_aside", AttributeValue::L(listed.collect()));
            insert("set_aside_count", number(ledger.set_aside_count()));
            if ledger.set_aside_more() {
                insert("set_aside_more", AttributeValue::Bool(true));
            }
        }
        let puts = encoded.archive.into_iter().map(|archive| {
            let mut item = key(&profile.partition(), SortKey::Archive(archive.year));
            item.insert("tag".to_owned(), text(archive.tag));
            item.insert(
                "days".to_owned(),
                AttributeValue::B(Blob::new(archive.days)),
            );
            item
        });
        let puts: Vec<_> = puts.collect();
        // Nobody reads what the ledger does not name, so what does not fit may go another time.
        let room = MAX_TRANSACTION_ACTIONS - 1 - puts.len();
        let strange = found.difference(&encoded.years).copied();
        Self {
            item,
            puts,
            deletes: strange.take(room).collect(),
            has_too_many_days: ledger.has_too_many_days(),
        }
    }

    /// How many bytes the derived item has.
    pub(crate) fn bytes(&self) -> usize {
        item_size(&self.item)
    }

    /// Whether it can be read again, and DynamoDB takes all of it, and `incomplete` beside the derived item.
    pub(crate) fn fits(&self) -> bool {
        let puts = self.puts.iter().map(item_size);
        let keys = self.deletes.len() * KEY_BYTES;
        !self.has_too_many_days
            && self.bytes() <= MAX_ITEM_BYTES - INCOMPLETE_BYTES
            && puts.clone().all(|bytes| bytes <= MAX_ITEM_BYTES)
            && self.bytes() + puts.sum::<usize>() + keys <= MAX_TRANSACTION_BYTES
    }
}

/// The figures under their response names, locations as ids. Null ones are left out, and so are those that may be long or
/// depend on a location's record.
fn native_figures(
    document: &Aggregations<'_>,
) -> impl Iterator<Item = (&'static str, AttributeValue)> {
    let store_join = document.store_join.map(|location| text(location.id));
    let most_transacted = document
        .most_transacted_location
        .map(|location| text(location.id));
    [
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
        ("shop_count", Some(number(document.shop_count))),
        ("store_join", store_join),
        ("most_transacted_location", most_transacted),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests;
