//! Very many transactions: on one date, and of one profile.

use std::env;
use std::time::Instant;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::Days;
use fastrand::Rng;

use super::SEED;
use super::customer::{Customer, date, settled};
use super::plain::bought;
use crate::system::System;

/// Transactions of the large profile, unless the environment variable `POISON_TRANSACTIONS` names another number. More than the
/// stream function reads at once of a profile, so that some of it is done by the queue.
const TRANSACTIONS: usize = 20_500;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_transactions_on_one_date_are_one_day() {
    let system = System::open().await;
    let mut random = Rng::with_seed(SEED);
    let mut customer = Customer::new("till");
    let sk = |number: usize| {
        let (hour, minute, second) = (number / 3_600 + 8, number / 60 % 60, number % 60);
        format!("TXN#2026-01-15T{hour:02}:{minute:02}:{second:02}Z#{number}")
    };
    let mut any = || {
        let location = format!("till {}", random.u8(0..5));
        let brand = format!("Brand {}", random.u8(0..50));
        // Some 3 MB in all, which is several pages.
        let bought = bought(random.i64(-500..9_000)).padded(200);
        bought.at(location).of([brand])
    };
    for number in 0..10_000 {
        customer.put(sk(number), any());
    }
    customer.put("TXN#2026-01-14T10:00:00Z#a", any());
    customer.put("TXN#2026-01-16T10:00:00Z#a", any());
    customer.catch_up(&system).await;
    let dates = ["2026-01-14", "2026-01-15", "2026-01-16", "2027-01-16"].map(date);
    customer.assert_exact(&system, dates).await;

    for number in (0..10_000).step_by(7) {
        match number % 3 {
            0 => customer.delete(&sk(number)),
            1 => customer.put(sk(number), any()),
            _ => customer.put(format!("{}-more", sk(number)), any()),
        }
    }
    customer.catch_up(&system).await;
    customer.assert_exact(&system, dates).await;
    system.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_very_many_transactions_is_exact_and_made_anew() {
    let count =
        env::var("POISON_TRANSACTIONS").map_or(TRANSACTIONS, |count| count.parse().unwrap());
    let system = System::open().await;
    let mut random = Rng::with_seed(SEED);
    let mut customer = Customer::new("whale");
    let first = date("2006-01-01");
    let mut random_key = |number: usize| {
        let (day, second) = (first + Days::new(random.u64(0..7_300)), random.u8(0..60));
        format!("TXN#{day}T10:00:{second:02}Z#{number}")
    };
    for number in 0..count {
        let cents = (number % 9_000) as i64 - 500;
        let location = format!("{}", number % 40);
        customer.put(
            random_key(number),
            bought(cents)
                .at(location)
                .of([format!("Brand {}", number % 90)]),
        );
    }
    let began = Instant::now();
    customer.catch_up(&system).await;
    let calculated = began.elapsed();
    let dates = [
        "2006-01-01",
        "2010-06-30",
        "2016-02-29",
        "2023-11-01",
        "2025-12-31",
        "2027-06-30",
    ]
    .map(date);
    customer.assert_exact(&system, dates).await;

    // A ledger that cannot be read is made anew from everything.
    let began = Instant::now();
    let update = system
        .stack
        .client()
        .update_item()
        .table_name(system.stack.table_name());
    update
        .key("pk", AttributeValue::S(customer.pk()))
        .key("sk", AttributeValue::S("AGG".into()))
        .update_expression("SET ledger = :damaged")
        .expression_attribute_values(":damaged", AttributeValue::B(Blob::new(*b"damaged")))
        .send()
        .await
        .unwrap();
    customer.put("TXN#2026-01-01T10:00:00Z#after", bought(1).at("1"));
    customer.catch_up(&system).await;
    let made_anew = began.elapsed();
    customer.assert_exact(&system, dates).await;

    // Another customer's purchase waits for none of this.
    let mut other = Customer::new("other");
    other.put("TXN#2026-01-01T10:00:00Z#a", bought(5));
    other.catch_up(&system).await;
    other.assert_exact(&system, [date("2026-01-01")]).await;
    let stored = system.get(&customer.pk(), "AGG").await.unwrap();
    let bytes = stored["ledger"].as_b().unwrap().as_ref().len();
    settled(&system).await;
    system.close().await;
    if env::var_os("POISON_TRANSACTIONS").is_some() {
        tell(&format!(
            "{count} transactions: written and calculated in {calculated:.1?}, made anew in {made_anew:.1?}, {bytes} bytes"
        ));
    }
}

/// What a run with a number of its own is for.
#[expect(clippy::print_stdout, reason = "it is what was measured")]
fn tell(measured: &str) {
    println!("{measured}");
}
