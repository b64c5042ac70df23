//! The table's stream: records of two shards, and two pollers on each.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::schedule::{POLLERS, SHARDS};

/// A record: a key of something that changed.
#[derive(Clone, Debug)]
pub struct Record {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
    /// Its sequence number.
    pub number: usize,
    created: Instant,
}

impl Record {
    /// How old it is, in seconds.
    pub fn age(&self) -> f64 {
        self.created.elapsed().as_secs_f64()
    }

    /// The record as Lambda hands it on. It is as old by the machine's clock as it is by that of the schedule.
    pub fn event(&self) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let created = now.unwrap_or_default().as_secs_f64() - self.age();
        json!({
            "eventID": self.number.to_string(),
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "ApproximateCreationDateTime": created,
                "Keys": {"pk": {"S": self.pk}, "sk": {"S": self.sk}},
                "SequenceNumber": self.number.to_string(),
            },
        })
    }
}

/// How far a poller is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poller {
    /// How many records of its shard are done.
    pub done: usize,
    /// Whether an invocation of its is under way.
    pub is_busy: bool,
}

/// The stream and its pollers.
#[derive(Debug, Default)]
pub struct Stream {
    shards: [Vec<Record>; SHARDS],
    /// The pollers.
    pub pollers: [Poller; POLLERS],
    records: usize,
}

impl Stream {
    /// Adds a record to the shard of a profile, by the last character of its id: all of a profile are in one.
    pub fn add(&mut self, pk: &str, sk: &str) {
        self.records += 1;
        let number = self.records + 95;
        let shard = usize::from(pk.as_bytes().last().copied().unwrap_or_default()) % SHARDS;
        if let Some(shard) = self.shards.get_mut(shard) {
            shard.push(Record {
                pk: pk.to_owned(),
                sk: sk.to_owned(),
                number,
                created: Instant::now(),
            });
        }
    }

    /// What a poller has before it.
    pub fn next(&self, poller: usize) -> &[Record] {
        let done = self.pollers.get(poller).map_or(0, |poller| poller.done);
        let shard = self.shards.get(poller % SHARDS);
        shard
            .and_then(|shard| shard.get(done..))
            .unwrap_or_default()
    }

    /// Whether the first poller of every shard is at the end.
    pub fn is_drained(&self) -> bool {
        (0..SHARDS).all(|poller| self.next(poller).is_empty())
    }
}
