//! The transactions of a profile as its writers know them, and what the table derives from them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use calculation::{Item, Ledger, Part, Rebuild, TransactionKey, Value};
use chrono::{Datelike, NaiveDate};
use table::{ProfileId, SortKey, key, keyed_item};
use test_support::attribute;

/// Items of a profile by sort key, as they are stored.
pub type Stored = BTreeMap<String, HashMap<String, AttributeValue>>;

/// What one BatchWriteItem takes.
const BATCH: usize = 25;

/// The transactions of a profile, and which of them are not written yet.
pub struct History {
    profile: ProfileId,
    items: BTreeMap<String, Item>,
    unwritten: BTreeSet<String>,
}

/// A transaction to be written.
pub struct Purchase {
    day: NaiveDate,
    id: String,
    item: Item,
}

/// A purchase that depends on its day; `id` tells it from others of that day. Up to October 2022 all are of one store, later ones
/// of twenty: whoever leaves closed days out of a window of 24 months takes another store for that of the most transactions.
pub fn purchase(day: NaiveDate, id: &str) -> Purchase {
    let number = day.num_days_from_ce();
    let brand = Item::from([(
        "brand".into(),
        Value::Text(format!("Brand {}", number % 11)),
    )]);
    let is_early = (day.year(), day.month()) < (2022, 11);
    let store = if is_early { 99 } else { number % 20 };
    let item = Item::from([
        ("location_id".into(), Value::Number(store.to_string())),
        ("items".into(), Value::List(vec![Value::Map(brand)])),
    ]);
    let purchase = Purchase {
        day,
        id: id.to_owned(),
        item,
    };
    purchase.total(&format!("{}.{:02}", 1 + number % 190, number % 100))
}

impl Purchase {
    /// The same with another total.
    pub fn total(mut self, total: &str) -> Self {
        self.item
            .insert("total".into(), Value::Number(total.into()));
        self
    }

    /// The same with a channel.
    pub fn channel(mut self, channel: &str) -> Self {
        self.item
            .insert("channel".into(), Value::Text(channel.into()));
        self
    }

    fn key(&self) -> String {
        let second = self.day.num_days_from_ce() % 60;
        let key = format!("{}T10:30:{second:02}Z#{}x", self.day, self.id);
        SortKey::Transaction(TransactionKey::parse(&key)).to_string()
    }
}

impl History {
    pub fn new(profile: &str) -> Self {
        Self {
            profile: ProfileId::parse(profile).unwrap(),
            items: BTreeMap::new(),
            unwritten: BTreeSet::new(),
        }
    }

    pub fn profile(&self) -> &ProfileId {
        &self.profile
    }

    /// Adds a transaction, or replaces it.
    pub fn put(&mut self, purchase: Purchase) {
        let key = purchase.key();
        self.unwritten.insert(key.clone());
        self.items.insert(key, purchase.item);
    }

    /// Gives the purchase of a day another total.
    pub fn correct(&mut self, day: NaiveDate, total: &str) {
        let corrected = purchase(day, "").total(total);
        assert!(self.items.contains_key(&corrected.key()), "{day}");
        self.put(corrected);
    }

    /// Deletes the transactions of some days.
    pub fn delete(&mut self, of: impl Fn(NaiveDate) -> bool) {
        let gone: Vec<String> = self
            .items
            .keys()
            .filter(|key| of(day(key)))
            .cloned()
            .collect();
        assert!(!gone.is_empty());
        for key in gone {
            self.items.remove(&key);
            self.unwritten.insert(key);
        }
    }

    /// Writes what is not written yet, in the order of its keys; returns the parts that it belongs to.
    pub async fn write(&mut self, client: &Client, table: &str) -> BTreeSet<Part> {
        let keys: Vec<String> = std::mem::take(&mut self.unwritten).into_iter().collect();
        for keys in keys.chunks(BATCH) {
            let requests = keys.iter().map(|key| self.request(key)).collect();
            let batch = client.batch_write_item().request_items(table, requests);
            let unprocessed = batch.send().await.unwrap().unprocessed_items;
            assert!(unprocessed.is_none_or(|items| items.is_empty()));
        }
        keys.iter().map(|key| Part::Date(day(key))).collect()
    }

    fn request(&self, sk: &str) -> WriteRequest {
        let (partition, sort_key) = (self.profile.partition(), SortKey::parse(sk).unwrap());
        let Some(item) = self.items.get(sk) else {
            let delete = DeleteRequest::builder().set_key(Some(key(&partition, sort_key)));
            let delete = delete.build().unwrap();
            return WriteRequest::builder().delete_request(delete).build();
        };
        let keys = keyed_item(&partition, sort_key);
        let attributes = item.iter().chain(&keys);
        let attributes = attributes.map(|(name, value)| (name.clone(), attribute(value)));
        let put = PutRequest::builder().set_item(Some(attributes.collect()));
        WriteRequest::builder()
            .put_request(put.build().unwrap())
            .build()
    }

    /// The ledger of a calculation from nothing.
    pub fn ledger(&self) -> Ledger {
        let mut rebuild = Rebuild::new(None);
        for (key, item) in &self.items {
            rebuild.add(SortKey::parse(key).unwrap().source().unwrap(), item);
        }
        rebuild.finish()
    }
}

/// The day of a transaction.
fn day(key: &str) -> NaiveDate {
    match SortKey::parse(key).unwrap().source().unwrap().part() {
        Part::Date(date) => date,
        other => unreachable!("{other:?} is a date"),
    }
}

/// The derived item and the archive items of a profile, by sort key.
pub async fn derived(client: &Client, table: &str, profile: &ProfileId) -> Stored {
    let query = client.query().table_name(table).consistent_read(true);
    let query = query
        .key_condition_expression("pk = :pk AND begins_with(sk, :agg)")
        .expression_attribute_values(":pk", AttributeValue::S(profile.partition().to_string()))
        .expression_attribute_values(":agg", AttributeValue::S(SortKey::Derived.to_string()));
    let items = query.into_paginator().items().send();
    let items = items.collect::<Result<Vec<_>, _>>().await.unwrap();
    items
        .into_iter()
        .map(|item| (item["sk"].as_s().unwrap().clone(), item))
        .collect()
}
