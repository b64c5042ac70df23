//! Reading one shard: its position, its records, and what becomes of them.

use std::hash::{DefaultHasher, Hash, Hasher};

use aws_sdk_dynamodbstreams::error::ProvideErrorMetadata;
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use futures::future::join_all;
use tracing::{info, warn};

use super::super::record::StreamRecord;
use super::super::settings::StreamSettings;
use super::{IDLE, PollError, Poller, failed};

/// How far a shard was read.
#[derive(Debug, Default)]
struct Position {
    /// The sequence number of the last record; `None` before the first.
    after: Option<String>,
    /// Where to read on; `None` when it has to be asked for.
    iterator: Option<String>,
}

/// What a read found.
enum Found {
    Nothing,
    Records,
    /// Nothing more will come.
    End,
}

impl Poller {
    /// Reads a shard from its oldest record, and has its records processed. Returns whether it came to the shard's end, or
    /// `false` when a stop is requested.
    pub(super) async fn read_to_end(&self, shard: &str) -> bool {
        let mut position = Position::default();
        let mut failures = 0;
        while !self.stop.is_cancelled() {
            match self.read(shard, &mut position).await {
                Ok(found) => {
                    if failures > 0 {
                        info!("reading the shard {shard} again");
                    }
                    failures = 0;
                    self.note_read(shard, !matches!(found, Found::Nothing));
                    match found {
                        Found::Nothing => self.idle(IDLE).await,
                        Found::Records => {}
                        Found::End => return true,
                    }
                }
                Err(error) => {
                    // The position is still known, and a new iterator may be better than the one that failed.
                    position.iterator = None;
                    let pause = self.failed(&mut failures, &format!("the shard {shard}"), &error);
                    self.back_off(pause).await;
                }
            }
        }
        false
    }

    /// Reads one answer of a shard's records, and has them processed.
    async fn read(&self, shard: &str, position: &mut Position) -> Result<Found, PollError> {
        let iterator = match position.iterator.take() {
            Some(iterator) => iterator,
            None => self.iterator(shard, position).await?,
        };
        let request = self.client.get_records().shard_iterator(iterator);
        let answer = request.send().await.map_err(|error| {
            if error.code() == Some("TrimmedDataAccessException") {
                start_over(shard, position);
            }
            failed("GetRecords")(error)
        })?;
        let records: Vec<_> = answer
            .records
            .unwrap_or_default()
            .into_iter()
            .map(|record| StreamRecord::new(record, &self.stream_arn))
            .collect();
        let last = records.last().map(|record| record.sequence_number.clone());
        let filter = &self.batches.settings.filter;
        let passing = records
            .into_iter()
            .filter(|record| filter.passes(&record.event));
        let lanes = lanes(passing, &self.batches.settings);
        let deliveries = lanes
            .iter()
            .map(|lane| self.batches.deliver(shard, lane, &self.stop));
        let done = join_all(deliveries).await;
        // After a request to stop, perhaps not everything was processed. Then the others may come once more.
        let is_cut_off = self.stop.is_cancelled();
        let everything = lanes
            .iter()
            .zip(&done)
            .all(|(lane, done)| lane.last().map(|record| &record.sequence_number) == done.as_ref());
        let processed = last.filter(|_| everything);
        let has_read = processed.is_some();
        if let Some(number) = processed {
            (self.processed)(shard, &number);
            position.after = Some(number);
        }
        position.iterator = answer.next_shard_iterator;
        Ok(match (&position.iterator, has_read) {
            (None, _) if !is_cut_off => Found::End,
            (_, true) => Found::Records,
            (_, false) => Found::Nothing,
        })
    }

    /// Where to read on.
    async fn iterator(&self, shard: &str, position: &mut Position) -> Result<String, PollError> {
        let request = self.client.get_shard_iterator();
        let request = request.stream_arn(&self.stream_arn).shard_id(shard);
        let request = match &position.after {
            Some(number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(number),
            None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let answer = request.send().await.map_err(|error| {
            if let Some("TrimmedDataAccessException" | "ValidationException") = error.code() {
                start_over(shard, position);
            }
            failed("GetShardIterator")(error)
        })?;
        // Where the answer has no iterator, the next request says so.
        Ok(answer.shard_iterator.unwrap_or_default())
    }
}

/// Records by partition key, in their order.
fn lanes(
    records: impl Iterator<Item = StreamRecord>,
    settings: &StreamSettings,
) -> Vec<Vec<StreamRecord>> {
    let count = settings.parallelization.max(1);
    let mut lanes: Vec<Vec<StreamRecord>> = Vec::new();
    lanes.resize_with(count, Vec::new);
    for record in records {
        let mut hash = DefaultHasher::new();
        let keys = record.event.pointer("/dynamodb/Keys");
        let key = keys.and_then(|keys| keys.get(&settings.partition_key));
        key.map(ToString::to_string).hash(&mut hash);
        let lane = usize::try_from(hash.finish()).unwrap_or_default() % count;
        if let Some(lane) = lanes.get_mut(lane) {
            lane.push(record);
        }
    }
    lanes.retain(|lane| !lane.is_empty());
    lanes
}

/// Begins a shard again at its oldest record: what was processed before is processed once more.
fn start_over(shard: &str, position: &mut Position) {
    if position.after.take().is_some() {
        warn!(
            shard,
            "the position in the stream is no longer known; reading the shard from its oldest record"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;

    #[test]
    fn records_of_a_partition_key_stay_in_one_lane_and_in_order() {
        let records = (0..200).map(|number| StreamRecord {
            event: json!({"dynamodb": {"Keys": {"pk": {"S": format!("A#{}", number % 20)}}}}),
            sequence_number: number.to_string(),
            created_at: SystemTime::UNIX_EPOCH,
        });
        let settings = StreamSettings {
            parallelization: 4,
            partition_key: "pk".into(),
            ..StreamSettings::default()
        };
        let lanes = lanes(records, &settings);
        assert!((2..=4).contains(&lanes.len()), "{}", lanes.len());
        let mut lane_of = BTreeMap::new();
        for (lane, records) in lanes.iter().enumerate() {
            let numbers = records.iter().map(|record| &record.sequence_number);
            let numbers: Vec<u32> = numbers.map(|number| number.parse().unwrap()).collect();
            assert!(numbers.is_sorted());
            for number in numbers {
                assert_eq!(*lane_of.entry(number % 20).or_insert(lane), lane);
            }
        }
        assert_eq!(lanes.iter().map(Vec::len).sum::<usize>(), 200);
    }
}
