//! Stream records: which parts of which profiles they say have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use calculation::Part;
use serde::Deserialize;
use serde_json::Value;
use table::{ProfileId, changed_part};

use crate::now;

/// What is read of a stream record; the rest of the event is ignored.
#[derive(Debug, Deserialize)]
struct ChangedRecord {
    dynamodb: Change,
}

#[derive(Debug, Deserialize)]
struct Change {
    #[serde(rename = "Keys")]
    keys: RecordKeys,
    /// A text. If it is anything else, the keys can still be read.
    #[serde(rename = "SequenceNumber", default)]
    sequence_number: Value,
    /// Seconds since 1970, as a number.
    #[serde(rename = "ApproximateCreationDateTime", default)]
    created_at: Value,
}

#[derive(Debug, Deserialize)]
struct RecordKeys {
    pk: Text,
    sk: Text,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// What a batch says about one profile.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Changes {
    /// The parts that changed.
    pub(crate) parts: BTreeSet<Part>,
    /// The sort keys of the items that changed.
    pub(crate) keys: BTreeSet<String>,
    /// When the oldest of its records was created, in seconds since 1970; `None` when no record says so.
    pub(crate) oldest: Option<f64>,
    /// The lowest of its records' sequence numbers; `None` when a record has none.
    pub(crate) sequence_number: Option<String>,
}

impl Changes {
    /// Whether the oldest record is older than that. One of unknown age is: it must not hold up others for ever. Nobody knows
    /// the age of a record that is as far in the future: a clock is wrong, for years perhaps.
    pub(crate) fn is_older_than(&self, age: Duration) -> bool {
        let now = now().timestamp_millis() as f64 / 1_000.0;
        self.oldest
            .is_none_or(|oldest| (now - oldest).abs() > age.as_secs_f64())
    }
}

/// Records that were skipped.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    pub(crate) count: usize,
    /// The sequence number of the first one that has one.
    pub(crate) first: Option<String>,
}

impl Skipped {
    fn add(&mut self, sequence_number: &Value) {
        self.count += 1;
        if self.first.is_none() {
            self.first = sequence_number.as_str().map(str::to_owned);
        }
    }
}

/// A batch, by profile.
#[derive(Debug, Default)]
pub(crate) struct GroupedBatch {
    pub(crate) profiles: BTreeMap<ProfileId, Changes>,
    /// Records of the batch.
    pub(crate) records: usize,
    /// Records whose keys are not those of a profile's source item.
    pub(crate) ignored: Skipped,
    /// Records that cannot be read; trying them again could never help.
    pub(crate) unreadable: Skipped,
    /// When the oldest record that can be read was created, in seconds since 1970.
    pub(crate) oldest: Option<f64>,
}

impl GroupedBatch {
    /// Groups records by profile.
    pub(crate) fn group(records: Vec<Value>) -> Self {
        let mut batch = Self {
            records: records.len(),
            ..Self::default()
        };
        for record in records {
            let Ok(ChangedRecord { dynamodb: change }) = ChangedRecord::deserialize(&record) else {
                let number = record.pointer("/dynamodb/SequenceNumber");
                batch.unreadable.add(number.unwrap_or(&Value::Null));
                continue;
            };
            let created_at = change.created_at.as_f64();
            batch.oldest = older(batch.oldest, created_at);
            let Some((profile, part)) = changed_part(&change.keys.pk.text, &change.keys.sk.text)
            else {
                batch.ignored.add(&change.sequence_number);
                continue;
            };
            let sequence_number = change.sequence_number.as_str().map(str::to_owned);
            let sequence_number = sequence_number.filter(|number| !number.is_empty());
            let changes = batch.profiles.entry(profile).or_insert_with(|| Changes {
                sequence_number: sequence_number.clone(),
                ..Changes::default()
            });
            changes.parts.insert(part);
            changes.keys.insert(change.keys.sk.text);
            changes.oldest = older(changes.oldest, created_at);
            changes.sequence_number = match (changes.sequence_number.take(), sequence_number) {
                (Some(left), Some(right)) => Some(lower(left, right)),
                _ => None,
            };
        }
        batch
    }
}

/// The earlier of two moments, of which either may be unknown.
fn older(left: Option<f64>, right: Option<f64>) -> Option<f64> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}

/// Profiles in the order of their lowest sequence numbers, so that an invocation that runs out of time has done the
/// first part of its batch, and the next one begins behind it.
pub(crate) fn in_order(profiles: BTreeMap<ProfileId, Changes>) -> Vec<(ProfileId, Changes)> {
    fn place(changes: &Changes) -> Option<(usize, &str)> {
        changes.sequence_number.as_deref().map(order)
    }
    let mut profiles: Vec<_> = profiles.into_iter().collect();
    profiles.sort_by(|(_, left), (_, right)| place(left).cmp(&place(right)));
    profiles
}

/// What sorts sequence numbers, which are decimal numbers of up to 40 digits.
fn order(number: &str) -> (usize, &str) {
    let digits = number.trim_start_matches('0');
    (digits.len(), digits)
}

/// The lower of two sequence numbers.
pub(crate) fn lower(left: String, right: String) -> String {
    if order(&right) < order(&left) {
        right
    } else {
        left
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(pk: &str, sk: &str, sequence_number: &str) -> Value {
        json!({
            "eventID": "1",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_700_000_000.0,
                "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                "SequenceNumber": sequence_number,
                "StreamViewType": "KEYS_ONLY",
            },
        })
    }

    #[test]
    fn records_of_one_profile_are_taken_together() {
        let batch = GroupedBatch::group(vec![
            record("PROFILE#a", "TXN#2026-01-01T10:00:00Z#1", "100"),
            record("PROFILE#b", "PROFILE", "99"),
            record("PROFILE#a", "TXN#2026-01-01T11:00:00Z#2", "9"),
            record("PROFILE#a", "ADDRESS#home", "101"),
        ]);
        let profile = |id| ProfileId::parse(id).unwrap();
        assert_eq!(batch.profiles.len(), 2);
        assert_eq!(batch.profiles[&profile("a")].parts.len(), 2);
        assert_eq!(
            batch.profiles[&profile("a")].sequence_number.as_deref(),
            Some("9")
        );
        assert_eq!(
            batch.profiles[&profile("b")].sequence_number.as_deref(),
            Some("99")
        );
    }

    #[test]
    fn what_is_no_source_item_and_what_cannot_be_read_is_counted_and_left() {
        let batch = GroupedBatch::group(vec![
            record("PROFILE#a", "AGG", "1"),
            record("LOCATION#1", "LOCATION", "2"),
            record("PROFILE#a#b", "PROFILE", "3"),
            json!({"dynamodb": {"Keys": {"id": {"N": "1"}}, "SequenceNumber": "4"}}),
            json!("poison"),
            json!(null),
        ]);
        assert!(batch.profiles.is_empty());
        let (ignored, unreadable) = (batch.ignored, batch.unreadable);
        assert_eq!((batch.records, ignored.count, unreadable.count), (6, 3, 3));
        assert_eq!(ignored.first.as_deref(), Some("1"));
        assert_eq!(unreadable.first.as_deref(), Some("4"));
    }

    #[test]
    fn profiles_are_worked_on_in_the_order_of_their_records() {
        let batch = GroupedBatch::group(vec![
            record("PROFILE#b", "PROFILE", "9"),
            record("PROFILE#a", "PROFILE", "10"),
            record("PROFILE#c", "PROFILE", "8"),
            record("PROFILE#a", "ADDRESS#1", "7"),
        ]);
        let order = in_order(batch.profiles);
        let ids: Vec<&str> = order.iter().map(|(profile, _)| profile.as_str()).collect();
        assert_eq!(ids, ["a", "c", "b"]);
    }

    #[test]
    fn only_the_keys_of_a_record_must_be_readable() {
        let mut odd = record("PROFILE#a", "PROFILE", "1");
        odd["dynamodb"]["SequenceNumber"] = json!(7);
        odd["dynamodb"]["ApproximateCreationDateTime"] = json!("today");
        let batch = GroupedBatch::group(vec![odd]);
        assert_eq!((batch.profiles.len(), batch.unreadable.count), (1, 0));
    }

    #[test]
    fn sequence_numbers_compare_as_numbers() {
        for (left, right, expected) in [
            ("9", "10", "9"),
            ("10", "9", "9"),
            ("010", "9", "9"),
            ("7", "7", "7"),
        ] {
            assert_eq!(lower(left.into(), right.into()), expected);
        }
    }
}
