//! Where the positions of records go that the function could not be brought to process.
//!
//! Each letter is what Lambda sends to the queue of an event source mapping: where in the stream the records are, and
//! nothing of what is in them. Letters are kept in memory and, with a data folder, in `dead-letters.ndjson`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use tracing::error;

use super::record::StreamRecord;

const FILE: &str = "dead-letters.ndjson";

/// Records that were given up: where they stand in the stream, and why.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// The last invocation that had them.
    pub request_context: RequestContext,
    /// When they were given up.
    pub timestamp: String,
    /// Where they are.
    #[serde(rename = "DDBStreamBatchInfo")]
    pub batch: BatchInfo,
}

/// How the function was asked in vain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    /// The id of the last request; empty if there was none.
    pub request_id: String,
    /// Why they were given up.
    pub condition: Condition,
    /// How often they were tried.
    pub approximate_invoke_count: u32,
}

/// Why records were given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Condition {
    /// They were tried as often as the template allows.
    RetryAttemptsExhausted,
    /// They are older than the template allows.
    MaximumRecordAgeExceeded,
}

/// A stretch of a shard.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchInfo {
    /// The shard.
    pub shard_id: String,
    /// The first record's sequence number.
    pub start_sequence_number: String,
    /// The last record's sequence number.
    pub end_sequence_number: String,
    /// About when the first record came to be.
    pub approximate_arrival_of_first_record: String,
    /// About when the last record came to be.
    pub approximate_arrival_of_last_record: String,
    /// How many records there are.
    pub batch_size: usize,
    /// The stream.
    pub stream_arn: String,
}

impl BatchInfo {
    /// Where `records` are; `None` if there are none.
    pub(crate) fn new(stream_arn: &str, shard_id: &str, records: &[StreamRecord]) -> Option<Self> {
        let (first, last) = (records.first()?, records.last()?);
        Some(Self {
            shard_id: shard_id.to_owned(),
            start_sequence_number: first.sequence_number.clone(),
            end_sequence_number: last.sequence_number.clone(),
            approximate_arrival_of_first_record: instant(first.created_at),
            approximate_arrival_of_last_record: instant(last.created_at),
            batch_size: records.len(),
            stream_arn: stream_arn.to_owned(),
        })
    }
}

/// The queue of dead letters.
#[derive(Debug, Default)]
pub(crate) struct DeadLetters {
    letters: Mutex<Vec<DeadLetter>>,
    file: Option<PathBuf>,
}

impl DeadLetters {
    /// An empty queue, which writes to a file in `folder` if there is one.
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        Self {
            letters: Mutex::default(),
            file: folder.map(|folder| folder.join(FILE)),
        }
    }

    /// Sets records aside.
    pub(crate) fn send(&self, request_context: RequestContext, batch: BatchInfo) {
        let letter = DeadLetter {
            request_context,
            timestamp: instant(SystemTime::now()),
            batch,
        };
        error!(
            condition = ?letter.request_context.condition,
            records = letter.batch.batch_size,
            first = letter.batch.start_sequence_number,
            last = letter.batch.end_sequence_number,
            "gave up stream records; they are in the dead letters"
        );
        if let Some(file) = &self.file
            && let Err(error) = append(file, &letter)
        {
            error!(file = %file.display(), %error, "cannot write a dead letter");
        }
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push(letter);
    }

    /// The letters so far.
    pub(crate) fn list(&self) -> Vec<DeadLetter> {
        let letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.clone()
    }
}

fn append(file: &Path, letter: &DeadLetter) -> std::io::Result<()> {
    let mut line = serde_json::to_string(letter)?;
    line.push('\n');
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(line.as_bytes())
}

fn instant(at: SystemTime) -> String {
    DateTime::<Utc>::from(at).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_letter_is_a_line_of_the_file_and_names_positions_only() {
        let folder = tempfile::tempdir().unwrap();
        let letters = DeadLetters::new(Some(folder.path()));
        let record = |number: &str, secs| StreamRecord {
            sequence_number: number.to_owned(),
            created_at: UNIX_EPOCH + Duration::from_secs(secs),
            event: json!({"secret": "never told"}),
        };
        for _ in 0..2 {
            let context = RequestContext {
                request_id: "r".into(),
                condition: Condition::RetryAttemptsExhausted,
                approximate_invoke_count: 3,
            };
            let records = [record("1", 0), record("2", 60)];
            letters.send(context, BatchInfo::new("arn", "shard", &records).unwrap());
        }
        assert_eq!(letters.list().len(), 2);
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(text.lines().count(), 2);
        let mut line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        line["timestamp"] = Value::Null;
        assert_eq!(
            line,
            json!({
                "requestContext": {
                    "requestId": "r",
                    "condition": "RetryAttemptsExhausted",
                    "approximateInvokeCount": 3,
                },
                "timestamp": null,
                "DDBStreamBatchInfo": {
                    "shardId": "shard",
                    "startSequenceNumber": "1",
                    "endSequenceNumber": "2",
                    "approximateArrivalOfFirstRecord": "1970-01-01T00:00:00.000Z",
                    "approximateArrivalOfLastRecord": "1970-01-01T00:01:00.000Z",
                    "batchSize": 2,
                    "streamArn": "arn",
                },
            })
        );
    }
}
