//! Location records: their read, and the memory that keeps them for a minute.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use calculation::{Location, Locations, Value};
use chrono::{DateTime, TimeDelta, Utc};

use crate::attributes::plain_item;
use crate::batch_get::MAX_BATCH_KEYS;
use crate::error::TableError;
use crate::keys::{PartitionKey, SortKey, key};
use crate::store::Table;

/// How long a record is taken for what is stored, so that a corrected store is right everywhere within a minute.
const LIFETIME: TimeDelta = TimeDelta::seconds(60);
/// How many records are remembered at most, and how many bytes of them: ordinary ones have under a kilobyte, but an item
/// may have 400. What the last profile needs is remembered however much it is, since reading it took that memory anyway.
const CAPACITY: usize = 4_096;
const CAPACITY_BYTES: usize = 16 * 1024 * 1024;

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

/// Locations that were asked for.
#[derive(Debug, Default)]
pub struct FoundLocations {
    /// Those that are stored.
    pub locations: Locations,
    /// How many of the ids asked for were not in memory, and so were fetched from the table.
    pub fetched: usize,
}

impl LocationMemory {
    /// The stored ones of `ids`: from memory, and in one batch from the table those that are not in it.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use std::collections::BTreeSet;
    ///
    /// use chrono::Utc;
    /// use table::LocationMemory;
    ///
    /// let memory = LocationMemory::default();
    /// let found = memory.locations(&table, BTreeSet::from(["1", "2"]), Utc::now()).await?;
    /// println!("{} of 2 are stored", found.locations.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn locations(
        &self,
        table: &Table,
        ids: BTreeSet<&str>,
        now: DateTime<Utc>,
    ) -> Result<FoundLocations, TableError> {
        let (locations, missing) = self.remembered(&ids, now);
        let mut found = FoundLocations {
            locations,
            fetched: missing.len(),
        };
        if missing.is_empty() {
            return Ok(found);
        }
        let fetched = table.locations(&missing).await?;
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for id in missing {
            let location = fetched.get(id).cloned();
            memory.insert(
                id.to_owned(),
                Remembered {
                    fetched_at: now,
                    location,
                },
            );
        }
        make_room(&mut memory, &ids, now);
        found.locations.extend(fetched);
        Ok(found)
    }

    /// What is remembered of `ids`, and which are not.
    fn remembered<'a>(
        &self,
        ids: &BTreeSet<&'a str>,
        now: DateTime<Utc>,
    ) -> (Locations, Vec<&'a str>) {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut locations = Locations::new();
        let mut missing = Vec::new();
        for id in ids.iter().copied() {
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

/// Drops what is too old when the memory is too full, and everything that the profile at hand does not need if that is not
/// enough: it is only a memory.
fn make_room(
    memory: &mut HashMap<String, Remembered>,
    needed: &BTreeSet<&str>,
    now: DateTime<Utc>,
) {
    let is_full = |memory: &HashMap<String, Remembered>| {
        let bytes = |(id, remembered): (&String, &Remembered)| {
            let record = remembered.location.as_ref();
            id.len() + record.map_or(0, |location| location.json().get().len())
        };
        memory.len() > CAPACITY || memory.iter().map(bytes).sum::<usize>() > CAPACITY_BYTES
    };
    if is_full(memory) {
        memory.retain(|_, remembered| remembered.is_fresh(now));
    }
    if is_full(memory) {
        memory.retain(|id, _| needed.contains(id.as_str()));
    }
}

impl Table {
    /// Reads location records, those that are stored, to the last unprocessed key.
    ///
    /// # Errors
    ///
    /// A request failed, keys stayed unprocessed, or a record cannot be rendered.
    pub(crate) async fn locations(&self, ids: &[&str]) -> Result<Locations, TableError> {
        let mut locations = Locations::new();
        for ids in ids.chunks(MAX_BATCH_KEYS) {
            let keys = ids
                .iter()
                .map(|id| key(&PartitionKey::Location((*id).to_owned()), SortKey::Location))
                .collect();
            for attributes in self.batch_get(keys, &[]).await? {
                let item = plain_item(attributes);
                let pk = item.get("pk").and_then(Value::as_text);
                let Some(PartitionKey::Location(id)) = pk.and_then(PartitionKey::parse) else {
                    continue;
                };
                let location = Location::new(&id, &item).map_err(TableError::Location)?;
                locations.insert(id, Arc::new(location));
            }
        }
        Ok(locations)
    }
}

#[cfg(test)]
mod tests {
    use test_support::{Engine, TABLE, answer, hooked_client};

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

    fn remembered(fetched_at: DateTime<Utc>, location: Option<Arc<Location>>) -> Remembered {
        Remembered {
            fetched_at,
            location,
        }
    }

    #[test]
    fn the_memory_is_bounded_in_records_and_bytes() {
        let needed = BTreeSet::from(["new"]);
        let mut memory = HashMap::new();
        for number in 0..CAPACITY {
            memory.insert(number.to_string(), remembered(at(0), None));
        }
        make_room(&mut memory, &needed, at(90));
        assert_eq!(memory.len(), CAPACITY);
        memory.insert("new".into(), remembered(at(90), None));
        make_room(&mut memory, &needed, at(90));
        assert_eq!(memory.keys().collect::<Vec<_>>(), ["new"]);

        let name = "x".repeat(CAPACITY_BYTES / 4);
        let item = [("name".to_owned(), Value::Text(name))].into();
        let location = Some(Arc::new(Location::new("1", &item).unwrap()));
        for number in 0..4 {
            memory.insert(number.to_string(), remembered(at(90), location.clone()));
        }
        make_room(&mut memory, &needed, at(91));
        assert_eq!(memory.keys().collect::<Vec<_>>(), ["new"]);
    }

    #[test]
    fn what_one_profile_needs_is_kept_however_much_it_is() {
        let ids: Vec<String> = (0..CAPACITY + 2_000).map(|id| id.to_string()).collect();
        let needed: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let mut memory: HashMap<_, _> = ids
            .iter()
            .map(|id| (id.clone(), remembered(at(0), None)))
            .collect();
        memory.insert("of another profile".into(), remembered(at(0), None));
        make_room(&mut memory, &needed, at(1));
        assert_eq!(memory.len(), ids.len());
    }

    #[tokio::test]
    async fn a_profile_of_more_locations_than_are_remembered_fetches_them_once() {
        let engine = Engine::start().await;
        let none_stored = hooked_client(
            &engine,
            Arc::new(|_, _| {
                let none = r#"{"Responses": {}, "UnprocessedKeys": {}}"#;
                Box::pin(async move { Some(answer(200, none)) })
            }),
        );
        let table = Table::new(none_stored, TABLE);
        let memory = LocationMemory::default();
        let ids: Vec<String> = (0..CAPACITY + 100).map(|id| id.to_string()).collect();
        for expected in [ids.len(), 0, 0] {
            let needed = ids.iter().map(String::as_str).collect();
            let found = memory.locations(&table, needed, at(0)).await.unwrap();
            assert_eq!(found.fetched, expected);
        }
    }
}
