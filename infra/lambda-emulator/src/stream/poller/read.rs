//! Reading one shard: its position, its records, and what becomes of them.

use aws_sdk_dynamodbstreams::error::ProvideErrorMetadata;
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use tracing::warn;

use super::super::checkpoint::Position;
use super::super::record::StreamRecord;
use super::super::shards::Shard;
use super::{PollError, Poller, failed};

impl Poller {
    /// Reads one answer of a shard's records, and has them processed; whether there was something to read.
    pub(super) async fn read(&self, shard: &mut Shard) -> Result<bool, PollError> {
        let Some(iterator) = self.iterator(shard).await? else {
            return Ok(true);
        };
        let request = self.client.get_records().shard_iterator(iterator);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.code() {
                    // It was not used for a while; the position is still known.
                    Some("ExpiredIteratorException") => Ok(true),
                    Some("TrimmedDataAccessException") => {
                        start_over(shard);
                        Ok(true)
                    }
                    _ => Err(failed("GetRecords")(error)),
                };
            }
        };
        let records: Vec<_> = answer
            .records
            .unwrap_or_default()
            .into_iter()
            .map(|record| StreamRecord::new(record, &self.stream_arn))
            .collect();
        let last = records.last().map(|record| record.sequence_number.clone());
        let has_read = last.is_some() || answer.next_shard_iterator.is_none();
        let filter = &self.batches.settings.filter;
        let passing: Vec<_> = records
            .into_iter()
            .filter(|record| filter.passes(&record.event))
            .collect();
        let done = self.batches.deliver(&shard.id, &passing, &self.stop).await;
        // After a request to stop, perhaps not everything was processed.
        let (read_up_to, next) = if self.stop.is_cancelled() {
            (done, Some(None))
        } else {
            (last, answer.next_shard_iterator.map(Some))
        };
        if let Some(number) = read_up_to {
            shard.position = Position::After(number);
        }
        match next {
            Some(next) => shard.iterator = next,
            None => shard.position = Position::End,
        }
        Ok(has_read)
    }

    /// Where to read on; `None` when the shard's position was of no use and it begins again.
    async fn iterator(&self, shard: &mut Shard) -> Result<Option<String>, PollError> {
        if let Some(iterator) = shard.iterator.take() {
            return Ok(Some(iterator));
        }
        let request = self
            .client
            .get_shard_iterator()
            .stream_arn(&self.stream_arn)
            .shard_id(&shard.id);
        let request = match &shard.position {
            Position::After(number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(number),
            Position::Start | Position::End => {
                request.shard_iterator_type(ShardIteratorType::TrimHorizon)
            }
        };
        match request.send().await {
            // Where the answer has no iterator, the next request says so.
            Ok(answer) => Ok(Some(answer.shard_iterator.unwrap_or_default())),
            Err(error) => match (&shard.position, error.code()) {
                (
                    Position::After(_),
                    Some("TrimmedDataAccessException" | "ValidationException"),
                ) => {
                    start_over(shard);
                    Ok(None)
                }
                _ => Err(failed("GetShardIterator")(error)),
            },
        }
    }
}

/// Begins a shard again at its oldest record: what was processed before is processed once more.
fn start_over(shard: &mut Shard) {
    warn!(
        shard = shard.id,
        "the position in the stream is no longer known; reading the shard from its oldest record"
    );
    shard.iterator = None;
    shard.position = Position::Start;
}
