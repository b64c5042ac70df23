//! Reading one shard on: its position, its records, and what becomes of them.

use aws_sdk_dynamodbstreams::error::ProvideErrorMetadata;
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use tracing::warn;

use super::super::checkpoint::Position;
use super::super::record::StreamRecord;
use super::super::shards::Shard;
use super::{Found, PollError, Poller, failed};

impl Poller {
    /// Reads a shard on by one answer's records, and has them processed.
    pub(super) async fn read(&self, shard: &mut Shard) -> Result<Found, PollError> {
        let Some(iterator) = self.iterator(shard).await? else {
            return Ok(Found::Something);
        };
        let answer = match self
            .client
            .get_records()
            .shard_iterator(iterator)
            .send()
            .await
        {
            Ok(answer) => answer,
            Err(error) => {
                return match error.code() {
                    // It was not used for a while; the position is still known.
                    Some("ExpiredIteratorException") => Ok(Found::Something),
                    Some("TrimmedDataAccessException") => {
                        self.start_over(shard);
                        Ok(Found::Something)
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
        let passing: Vec<_> = records
            .into_iter()
            .filter(|record| self.filter.passes(&record.event))
            .collect();
        let id = &shard.id;
        self.delivery
            .deliver(id, &passing, &self.stop, |number| {
                self.checkpoints()
                    .set(id, Position::After(number.to_owned()));
            })
            .await;
        if self.stop.is_requested() {
            // Perhaps not everything was processed: what was is noted.
            return Ok(Found::Something);
        }
        let found = last.is_some() || answer.next_shard_iterator.is_none();
        if let Some(last) = last {
            self.move_to(shard, Position::After(last));
        }
        match answer.next_shard_iterator {
            Some(next) => shard.iterator = Some(next),
            None => self.move_to(shard, Position::End),
        }
        Ok(if found {
            Found::Something
        } else {
            Found::Nothing
        })
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
            Ok(answer) => match answer.shard_iterator {
                Some(iterator) => Ok(Some(iterator)),
                None => Err(PollError {
                    operation: "GetShardIterator",
                    reason: "the answer is empty".to_owned(),
                }),
            },
            Err(error) => match (&shard.position, error.code()) {
                (
                    Position::After(_),
                    Some("TrimmedDataAccessException" | "ValidationException"),
                ) => {
                    self.start_over(shard);
                    Ok(None)
                }
                _ => Err(failed("GetShardIterator")(error)),
            },
        }
    }

    /// Begins a shard again with the oldest record that there is: what was processed before is only done once more.
    fn start_over(&self, shard: &mut Shard) {
        warn!(
            shard = shard.id,
            "the position in the stream is no longer known; reading it from its oldest record"
        );
        shard.iterator = None;
        self.move_to(shard, Position::Start);
    }

    fn move_to(&self, shard: &mut Shard, position: Position) {
        self.checkpoints().set(&shard.id, position.clone());
        shard.position = position;
    }
}
