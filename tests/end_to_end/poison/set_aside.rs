//! Many transactions that are set aside, and what becomes of them.

use fastrand::Rng;
use serde_json::Value as Json;

use super::SEED;
use super::customer::{Customer, date, settled};
use super::plain::bought;
use crate::system::System;

/// Transactions that are listed.
const LISTED: usize = 100;

/// What is wrong with a transaction, by its number: its key, and whether the item has a total.
fn wrong(number: usize) -> (String, bool) {
    let day = format!("2025-{:02}-{:02}", 1 + number % 12, 1 + number % 28);
    match number % 5 {
        // Only these keep their key when they are corrected.
        0 | 1 => (right(number), false),
        2 => (format!("TXN#{day} 10:00:00#{number}"), true),
        3 => (format!("TXN#soon-{number:04}"), true),
        _ => (format!("TXN#2025-02-30T10:00:00Z#{number}"), true),
    }
}

/// The key that it should have had.
fn right(number: usize) -> String {
    let day = format!("2025-{:02}-{:02}", 1 + number % 12, 1 + number % 28);
    format!("TXN#{day}T10:00:00Z#{number}")
}

/// A customer, and the keys of its transactions that are set aside, sorted.
struct Writer {
    system: System,
    customer: Customer,
    wrong: Vec<(usize, String)>,
}

impl Writer {
    async fn start(count: usize) -> Self {
        let system = System::open().await;
        let mut customer = Customer::new("aside");
        for day in 1..=28 {
            let sk = format!("TXN#2025-03-{day:02}T09:00:00Z#good");
            customer.put(sk, bought(1_000 + day).at("store"));
        }
        let mut keys = Vec::new();
        for number in 0..count {
            let (key, has_total) = wrong(number);
            let total = [("total", calculation::Value::Number("1".into()))];
            let attributes = if has_total { total.as_slice() } else { &[] };
            system.write(&customer.pk(), &key, attributes).await;
            keys.push((number, key));
        }
        customer.catch_up(&system).await;
        Self {
            system,
            customer,
            wrong: keys,
        }
    }

    /// As many are set aside as should be, the first of them are listed by name, and no figure counts them.
    async fn assert_told(&self) {
        settled(&self.system).await;
        let dates = ["2025-03-10", "2025-12-31", "2026-06-30"].map(date);
        self.customer.assert_exact(&self.system, dates).await;
        let path = "/profiles/aside/aggregations?explain=true&as_of=2025-12-31";
        let (_, body) = self.system.ask_now(path).await;
        let document: Json = serde_json::from_str(&body).unwrap();
        let told = &document["explanation"]["set_aside"];
        assert_eq!(told["count"], self.wrong.len());
        let mut expected: Vec<&str> = self.wrong.iter().map(|(_, key)| &key[4..]).collect();
        expected.sort_unstable();
        expected.truncate(LISTED);
        let listed = told["listed"].as_array().unwrap().iter();
        let listed: Vec<&str> = listed.map(|entry| entry["key"].as_str().unwrap()).collect();
        assert_eq!(listed, expected);
        let derived = self.system.get(&self.customer.pk(), "AGG").await.unwrap();
        let count = derived
            .get("set_aside_count")
            .map(|count| count.as_n().unwrap().clone());
        let count_told = (!self.wrong.is_empty()).then(|| self.wrong.len().to_string());
        assert_eq!(count, count_told);
        assert!(!derived.contains_key("set_aside_more"));
    }

    /// Corrects some, or deletes them: those with a key that cannot stand come under another one.
    async fn mend(&mut self, count: usize, corrects: bool) {
        for (number, key) in self.wrong.drain(..count.min(self.wrong.len())) {
            let right = right(number);
            if corrects {
                self.customer
                    .put(right.clone(), bought(50 + number as i64).at("mended"));
            }
            if !corrects || right != key {
                self.system.delete(&self.customer.pk(), &key).await;
            }
        }
        self.customer.catch_up(&self.system).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_and_fifty_are_told_and_count_as_they_are_corrected() {
    let mut writer = Writer::start(250).await;
    writer.assert_told().await;
    Rng::with_seed(SEED).shuffle(&mut writer.wrong);
    while !writer.wrong.is_empty() {
        writer.mend(40, true).await;
        writer.assert_told().await;
    }
    assert_eq!(writer.customer.transactions.len(), 28 + 250);
    writer.system.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_and_fifty_are_forgotten_as_they_are_deleted() {
    let mut writer = Writer::start(250).await;
    Rng::with_seed(SEED + 1).shuffle(&mut writer.wrong);
    while !writer.wrong.is_empty() {
        writer.mend(90, false).await;
        writer.assert_told().await;
    }
    writer.system.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_keys_without_a_date_than_are_counted_leave_no_trace_when_they_go() {
    let mut writer = Writer::start(0).await;
    let keys: Vec<String> = (0..1_100)
        .map(|number| format!("TXN#soon-{number}"))
        .collect();
    for key in &keys {
        writer.system.buy(&writer.customer.pk(), key, "1").await;
    }
    settled(&writer.system).await;
    let derived = writer
        .system
        .get(&writer.customer.pk(), "AGG")
        .await
        .unwrap();
    assert_eq!(derived["set_aside_count"].as_n().unwrap(), "1000");
    assert_eq!(derived["set_aside_more"].as_bool().unwrap(), &true);
    let mut keys = keys;
    Rng::with_seed(SEED).shuffle(&mut keys);
    let left = keys.split_off(keys.len() - 50);
    for key in &keys {
        writer.system.delete(&writer.customer.pk(), key).await;
    }
    // Those that are left are told by name, the ones that were never counted among them.
    writer.wrong = left.into_iter().enumerate().collect();
    writer.assert_told().await;
    writer.mend(50, false).await;
    writer.assert_told().await;
    writer.system.close().await;
}
