//! Stream records as Lambda hands them to the function.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodbstreams::types::{AttributeValue, Record};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

/// A record of the stream.
#[derive(Clone, Debug)]
pub(crate) struct StreamRecord {
    /// Its place in its shard.
    pub(crate) sequence_number: String,
    /// About when the item changed.
    pub(crate) created_at: SystemTime,
    /// The record as it stands in the function's event.
    pub(crate) event: Value,
}

impl StreamRecord {
    /// The record that `GetRecords` answered, as it comes from the stream `stream_arn`.
    pub(crate) fn new(record: Record, stream_arn: &str) -> Self {
        let change = record.dynamodb.unwrap_or_else(|| {
            // DynamoDB never leaves it out.
            aws_sdk_dynamodbstreams::types::StreamRecord::builder().build()
        });
        let created_at = change
            .approximate_creation_date_time
            .and_then(|at| u64::try_from(at.secs()).ok())
            .map_or(UNIX_EPOCH, |secs| UNIX_EPOCH + Duration::from_secs(secs));
        let sequence_number = change.sequence_number.unwrap_or_default();
        let keys = change.keys.into_iter().flatten();
        let keys = keys.map(|(name, value)| (name, key_attribute(value)));
        let mut dynamodb = json!({
            "ApproximateCreationDateTime": seconds(created_at),
            "Keys": keys.collect::<Map<_, _>>(),
            "SequenceNumber": sequence_number,
            "SizeBytes": change.size_bytes.unwrap_or_default(),
        });
        if let (Some(view), Value::Object(members)) = (change.stream_view_type, &mut dynamodb) {
            members.insert("StreamViewType".to_owned(), view.as_str().into());
        }
        let event = json!({
            "eventID": record.event_id,
            "eventName": record.event_name.map(|name| name.as_str().to_owned()),
            "eventVersion": record.event_version.unwrap_or_else(|| "1.1".to_owned()),
            "eventSource": "aws:dynamodb",
            "awsRegion": record.aws_region,
            "dynamodb": dynamodb,
            "eventSourceARN": stream_arn,
        });
        Self {
            sequence_number,
            created_at,
            event,
        }
    }
}

/// Whole seconds since 1970, as the stream tells times.
fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The value of an attribute of a key, which is a text, a number or bytes.
fn key_attribute(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::B(bytes) => json!({"B": BASE64_STANDARD.encode(bytes)}),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::primitives::{Blob, DateTime};
    use aws_sdk_dynamodbstreams::types::{OperationType, StreamRecord as Change, StreamViewType};

    use super::*;

    #[test]
    fn has_the_shape_that_lambda_sends() {
        let record = Record::builder()
            .event_id("c4ca4238a0b923820dcc509a6f75849b")
            .event_name(OperationType::Insert)
            .event_version("1.1")
            .event_source("aws:dynamodb")
            .aws_region("eu-central-1")
            .dynamodb(
                Change::builder()
                    .approximate_creation_date_time(DateTime::from_secs(1_700_000_000))
                    .keys("pk", AttributeValue::S("PROFILE#a".into()))
                    .keys("sk", AttributeValue::S("PROFILE".into()))
                    .sequence_number("4421584500000000017450439091")
                    .size_bytes(26)
                    .stream_view_type(StreamViewType::KeysOnly)
                    .build(),
            )
            .build();
        let record = StreamRecord::new(record, "arn:stream");
        assert_eq!(record.sequence_number, "4421584500000000017450439091");
        assert_eq!(
            record.created_at,
            UNIX_EPOCH + Duration::from_secs(1_700_000_000)
        );
        assert_eq!(
            record.event,
            json!({
                "eventID": "c4ca4238a0b923820dcc509a6f75849b",
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "eu-central-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_700_000_000,
                    "Keys": {"pk": {"S": "PROFILE#a"}, "sk": {"S": "PROFILE"}},
                    "SequenceNumber": "4421584500000000017450439091",
                    "SizeBytes": 26,
                    "StreamViewType": "KEYS_ONLY",
                },
                "eventSourceARN": "arn:stream",
            })
        );
    }

    #[test]
    fn writes_keys_of_every_type() {
        assert_eq!(
            key_attribute(AttributeValue::N("1".into())),
            json!({"N": "1"})
        );
        assert_eq!(
            key_attribute(AttributeValue::B(Blob::new(b"ab"))),
            json!({"B": "YWI="})
        );
    }
}
