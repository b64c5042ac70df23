//! A customer in a running stack, beside the list of what is stored of it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Value};
use chrono::NaiveDate;
use serde_json::Value as Json;
use table::{MAX_BATCH_ITEMS, ProfileId, Settings, Table};
use test_support::attribute;

use super::plain::{Bought, Transactions, amount, figures};
use crate::system::System;

/// A customer, and which of its transactions are not written yet.
pub struct Customer {
    pub profile: ProfileId,
    pub transactions: Transactions,
    unwritten: BTreeSet<String>,
}

impl Customer {
    pub fn new(profile: &str) -> Self {
        Self {
            profile: ProfileId::parse(profile).unwrap(),
            transactions: BTreeMap::new(),
            unwritten: BTreeSet::new(),
        }
    }

    /// Adds a transaction, or replaces it.
    pub fn put(&mut self, sk: impl Into<String>, bought: Bought) {
        let sk = sk.into();
        self.unwritten.insert(sk.clone());
        self.transactions.insert(sk, bought);
    }

    pub fn delete(&mut self, sk: &str) {
        assert!(self.transactions.remove(sk).is_some(), "{sk}");
        self.unwritten.insert(sk.to_owned());
    }

    /// Writes what is not written yet; returns its sort keys.
    pub async fn write(&mut self, client: &Client, table: &str) -> Vec<String> {
        let keys: Vec<String> = std::mem::take(&mut self.unwritten).into_iter().collect();
        let table = Table::new(client.clone(), table);
        let (puts, deletes): (Vec<_>, Vec<_>) = keys
            .iter()
            .partition(|key| self.transactions.contains_key(*key));
        for keys in puts.chunks(MAX_BATCH_ITEMS) {
            let items = keys.iter().map(|key| self.item(key));
            table.put_batch(items.collect()).await.unwrap();
        }
        for keys in deletes.chunks(MAX_BATCH_ITEMS) {
            let keys = keys.iter().map(|key| self.keys(key));
            table.delete_batch(keys.collect()).await.unwrap();
        }
        keys
    }

    /// The same into a running stack, which calculates it.
    pub async fn catch_up(&mut self, system: &System) {
        let table = system.stack.table_name().to_owned();
        self.write(system.stack.client(), &table).await;
        settled(system).await;
    }

    pub fn pk(&self) -> String {
        format!("PROFILE#{}", self.profile)
    }

    fn keys(&self, sk: &str) -> std::collections::HashMap<String, AttributeValue> {
        [("pk", self.pk()), ("sk", sk.to_owned())]
            .map(|(name, key)| (name.to_owned(), AttributeValue::S(key)))
            .into()
    }

    fn item(&self, sk: &str) -> std::collections::HashMap<String, AttributeValue> {
        let bought = &self.transactions[sk];
        let text = |text: &String| Value::Text(text.clone());
        let line = |name: &str, value| Value::Map(Item::from([(name.to_owned(), value)]));
        let mut lines: Vec<Value> = bought
            .brands
            .iter()
            .map(|brand| line("brand", text(brand)))
            .collect();
        if bought.padding > 0 {
            lines.push(line("note", Value::Text("x".repeat(bought.padding))));
        }
        let mut item = self.keys(sk);
        let total = amount(bought.cents.into()).to_string();
        item.insert("total".into(), AttributeValue::N(total));
        item.insert("items".into(), attribute(&Value::List(lines)));
        if let Some(location) = &bought.location {
            item.insert("location_id".into(), attribute(&text(location)));
        }
        item
    }

    /// Every document as of one of `dates` is the plain sum, and what is stored is what a calculation from nothing makes.
    pub async fn assert_exact(&self, system: &System, dates: impl IntoIterator<Item = NaiveDate>) {
        for as_of in dates {
            let path = format!("/profiles/{}/aggregations?as_of={as_of}", self.profile);
            let (status, body) = system.ask_now(&path).await;
            assert_eq!(status, 200, "{as_of}: {body}");
            let document = serde_json::from_str(&body).unwrap();
            self.assert_document(&document, as_of);
        }
        assert_eq!(discrepancy(system, &self.profile).await, None);
        assert!(system.stack.dead_letters().is_empty());
    }

    /// A document says what the plain sum says.
    pub fn assert_document(&self, document: &Json, as_of: NaiveDate) {
        for (name, expected) in figures(&self.transactions, as_of) {
            let said = match &document[name] {
                Json::Object(location) => &location["id"],
                said => said,
            };
            assert_eq!(*said, expected, "{name} as of {as_of}");
        }
    }
}

/// Waits until everything written is calculated, by the queue of unfinished profiles, too.
pub async fn settled(system: &System) {
    system.stack.caught_up().await;
    while !system.stack.unfinished_profiles().is_empty().unwrap() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// What `aggregations verify` would say of a profile.
pub async fn discrepancy(system: &System, profile: &ProfileId) -> Option<String> {
    let table = Table::new(system.stack.client().clone(), system.stack.table_name());
    let found = table.verify(&Settings::default(), profile).await.unwrap();
    found.map(|found| found.to_string())
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
