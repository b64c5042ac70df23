//! Items of 400 KB: transactions that large, and profiles whose derived item would be larger.

use serde_json::Value as Json;

use super::customer::{Customer, date, discrepancy, settled};
use super::plain::{Bought, bought};
use crate::system::System;

/// What DynamoDB allows an item, less what a transaction's other attributes take.
const ALMOST_400_KB: usize = 400 * 1024 - 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_400_kb_are_counted_like_others() {
    let system = System::open().await;
    let mut customer = Customer::new("large");
    let mut other = Customer::new("other");
    let sk = |number: i64| format!("TXN#2026-01-15T10:00:{number:02}Z#{number}");
    let large = |cents: i64| {
        let brands = [format!("Brand {}", cents % 5)];
        bought(cents)
            .at(format!("{}", cents % 3))
            .of(brands)
            .padded(ALMOST_400_KB)
    };
    // On one date some 12 MB, which is a dozen pages.
    for number in 0..30 {
        customer.put(sk(number), large(number * 100 - 300));
        other.put(sk(number), bought(number));
    }
    customer.put("TXN#2026-01-14T10:00:00Z#a", large(77));
    customer.put("TXN#2026-01-16T10:00:00Z#a", bought(78));
    // A list of thousands of lines that all say the same.
    customer.put(
        "TXN#2026-01-16T10:00:00Z#b",
        bought(79).of(vec!["Same"; 12_000]),
    );
    customer.catch_up(&system).await;
    other.catch_up(&system).await;
    let dates = [
        "2026-01-14",
        "2026-01-15",
        "2026-01-16",
        "2027-01-15",
        "2027-01-17",
    ]
    .map(date);
    customer.assert_exact(&system, dates).await;

    customer.put(sk(7), large(1));
    customer.put(sk(8), bought(-5_000));
    customer.delete(&sk(9));
    customer.delete("TXN#2026-01-14T10:00:00Z#a");
    customer.catch_up(&system).await;
    customer
        .assert_exact(&system, dates[1..].iter().copied())
        .await;
    other
        .assert_exact(&system, dates[1..].iter().copied())
        .await;
    system.close().await;
}

/// What makes a derived item of over 400 KB, and so many transactions.
fn brands() -> Vec<Bought> {
    let brand = |number: usize| format!("{number:x>250}");
    let of = |from: usize| bought(10).of((from..from + 600).map(brand));
    (0..3).map(|part| of(part * 600)).collect()
}

fn locations() -> Vec<Bought> {
    let of = |number: usize| bought(10).at(format!("{number:y>250}"));
    (0..1_700).map(of).collect()
}

/// A profile that grows out of its derived item keeps its last good document, which says so, while others go on; and is whole
/// again when the cause is gone.
async fn outgrow(too_much: Vec<Bought>) {
    let system = System::open().await;
    let mut customer = Customer::new("outgrown");
    let mut other = Customer::new("other");
    let path = "/profiles/outgrown/aggregations?as_of=2026-02-01";
    let first = "TXN#2026-01-01T10:00:00Z#a";
    customer.put(first, bought(700).at("1").of(["Acme"]));
    customer.catch_up(&system).await;

    let keys: Vec<String> = (0..too_much.len())
        .map(|number| format!("TXN#2026-01-02T10:00:00Z#{number:04}"))
        .collect();
    for (key, bought) in keys.iter().zip(too_much) {
        customer.put(key, bought);
    }
    customer.catch_up(&system).await;
    // All were written in the order of their keys, so the last good document is that of the first ones.
    let good = system.ask_now(path).await;
    let document: Json = serde_json::from_str(&good.1).unwrap();
    let count = usize::try_from(document["shop_count"].as_u64().unwrap()).unwrap();
    assert!((1..=keys.len()).contains(&count), "{count}");
    let mut before = Customer::new("outgrown");
    let transactions = customer.transactions.iter().take(count);
    before.transactions = transactions
        .map(|(key, bought)| (key.clone(), bought.clone()))
        .collect();
    let dates = ["2026-01-31", "2026-02-01"].map(date);
    before.assert_document(&document, dates[1]);

    // What comes meanwhile is not lost, and does not hold up others.
    customer.put("TXN#2026-01-03T10:00:00Z#a", bought(30).at("2"));
    customer.delete(first);
    customer.catch_up(&system).await;
    other.put("TXN#2026-01-03T10:00:00Z#a", bought(5));
    other.catch_up(&system).await;
    other.assert_exact(&system, dates).await;
    assert_eq!(system.ask_now(path).await, good);
    assert_eq!(
        incomplete(&system, path).await.as_deref(),
        Some("too large")
    );
    let said = discrepancy(&system, &customer.profile).await;
    assert_eq!(said.as_deref(), Some("incomplete: too large"));

    for key in &keys[1..] {
        customer.delete(key);
    }
    customer.catch_up(&system).await;
    customer.assert_exact(&system, dates).await;
    assert_eq!(incomplete(&system, path).await, None);
    system.close().await;
}

/// What the answer's header says.
async fn incomplete(system: &System, path: &str) -> Option<String> {
    settled(system).await;
    let url = format!("{}{path}", system.stack.http_url());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let header = answer.headers().get("aggregations-incomplete");
    header.map(|header| header.to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_brands_leave_the_last_good_document() {
    outgrow(brands()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_locations_leave_the_last_good_document() {
    outgrow(locations()).await;
}
