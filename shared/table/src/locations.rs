//! Location records: their read, and the memory that keeps them for a minute.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use calculation::{Location, Locations};
use chrono::{DateTime, TimeDelta, Utc};

use crate::attributes::plain_item;
use crate::back_off::back_off;
use crate::error::TableError;
use crate::keys::location_partition_key;
use crate::store::{Table, key};

/// How long a record is taken for what is stored, so that a corrected store is right everywhere within a minute.
const LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// How many records are remembered at most: about 2 MB of ordinary ones.
const CAPACITY: usize = 1_024;

/// Keys that one BatchGetItem takes.
const BATCH_GET_KEYS: usize = 100;
/// How often the keys that a BatchGetItem left unread are asked for again.
const BATCH_GET_TRIES: u32 = 6;

/// The location records that a function fetched lately. By the wall clock, since a frozen function's other clocks
/// stand still.
#[derive(Debug, Default)]
pub struct LocationMemory(Mutex<HashMap<String, Remembered>>);

#[derive(Clone, Debug)]
struct Remembered {
    fetched_at: DateTime<Utc>,
    /// `None`: no such location is stored.
    location: Option<Arc<Location>>,
}

impl LocationMemory {
    /// The stored ones of `ids`: from memory, and in one batch from the table those that are not in it.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    pub async fn locations(
        &self,
        table: &Table,
        ids: BTreeSet<&str>,
        now: DateTime<Utc>,
    ) -> Result<Locations, TableError> {
        let (mut locations, missing) = self.remembered(ids, now);
        if missing.is_empty() {
            return Ok(locations);
        }
        let fetched = table.locations(&missing).await?;
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for id in missing {
            let location = fetched.get(id).cloned();
            make_room(&mut memory, now);
            memory.insert(
                id.to_owned(),
                Remembered {
                    fetched_at: now,
                    location,
                },
            );
        }
        locations.extend(fetched);
        Ok(locations)
    }

    /// What is remembered of `ids`, and which are not.
    fn remembered<'a>(
        &self,
        ids: BTreeSet<&'a str>,
        now: DateTime<Utc>,
    ) -> (Locations, Vec<&'a str>) {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut locations = Locations::new();
        let mut missing = Vec::new();
        for id in ids {
            match memory.get(id).filter(|remembered| remembered.is_fresh(now)) {
                Some(Remembered {
                    location: Some(location),
                    ..
                }) => {
                    locations.insert(id.to_owned(), Arc::clone(location));
                }
                Some(_) => {}
                None => missing.push(id),
            }
        }
        (locations, missing)
    }
}

impl Remembered {
    /// A record from the future, left by a clock that was set back, is not fresh either.
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        (TimeDelta::zero()..LIFETIME).contains(&(now - self.fetched_at))
    }
}

/// Drops what is too old, and the oldest if that is not enough, when the memory is full.
fn make_room(memory: &mut HashMap<String, Remembered>, now: DateTime<Utc>) {
    if memory.len() < CAPACITY {
        return;
    }
    memory.retain(|_, remembered| remembered.is_fresh(now));
    if memory.len() >= CAPACITY {
        let oldest = memory
            .iter()
            .min_by_key(|(_, remembered)| remembered.fetched_at);
        if let Some(id) = oldest.map(|(id, _)| id.clone()) {
            memory.remove(&id);
        }
    }
}

impl Table {
    /// Reads location records, those that are stored, to the last unprocessed key.
    ///
    /// # Errors
    ///
    /// A request failed, keys stayed unprocessed, or a record cannot be rendered.
    pub async fn locations(&self, ids: &[&str]) -> Result<Locations, TableError> {
        let mut locations = Locations::new();
        for ids in ids.chunks(BATCH_GET_KEYS) {
            let keys = ids
                .iter()
                .map(|id| key(location_partition_key(id), "LOCATION"))
                .collect();
            for attributes in self.batch_get(keys).await? {
                let item = plain_item(attributes);
                let Some(id) = item
                    .get("pk")
                    .and_then(|pk| pk.as_text()?.strip_prefix("LOCATION#"))
                else {
                    continue;
                };
                let location = Location::new(id, &item).map_err(TableError::Location)?;
                locations.insert(id.to_owned(), Arc::new(location));
            }
        }
        Ok(locations)
    }

    async fn batch_get(
        &self,
        mut keys: Vec<HashMap<String, AttributeValue>>,
    ) -> Result<Vec<HashMap<String, AttributeValue>>, TableError> {
        let mut items = Vec::new();
        for tries in 0..BATCH_GET_TRIES {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut keys)))
                .build()
                .map_err(|error| {
                    TableError::request("BatchGetItem")(aws_sdk_dynamodb::Error::from(error))
                })?;
            let mut answer = self
                .client
                .batch_get_item()
                .request_items(&*self.name, request)
                .send()
                .await
                .map_err(TableError::request("BatchGetItem"))?;
            items.extend(
                answer
                    .responses
                    .take()
                    .unwrap_or_default()
                    .into_values()
                    .flatten(),
            );
            keys = answer
                .unprocessed_keys
                .unwrap_or_default()
                .into_values()
                .flat_map(|left| left.keys)
                .collect();
            if keys.is_empty() {
                return Ok(items);
            }
            back_off(tries).await;
        }
        Err(TableError::Unprocessed(keys.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_record_is_fresh_for_a_minute() {
        let remembered = Remembered {
            fetched_at: at(0),
            location: None,
        };
        assert!(remembered.is_fresh(at(0)));
        assert!(remembered.is_fresh(at(59)));
        assert!(!remembered.is_fresh(at(60)));
        assert!(!remembered.is_fresh(at(-1)));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut memory = HashMap::new();
        for number in 0..3_000 {
            let fetched_at = at(number / 100);
            make_room(&mut memory, fetched_at);
            memory.insert(
                number.to_string(),
                Remembered {
                    fetched_at,
                    location: None,
                },
            );
            assert!(memory.len() <= CAPACITY);
        }
        make_room(&mut memory, at(1_000));
        assert!(memory.is_empty());
    }
}
