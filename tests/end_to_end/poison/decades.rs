//! Twenty years of daily purchases in three stores.

use chrono::{Days, NaiveDate};
use fastrand::Rng;

use super::SEED;
use super::customer::{Customer, date};
use super::plain::{Bought, bought};
use crate::system::System;

const FIRST: &str = "2006-01-01";
const LAST: &str = "2025-12-31";
/// Past dates that are asked for.
const DATES: usize = 50;

fn random_day(random: &mut Rng) -> NaiveDate {
    let days = (date(LAST) - date(FIRST)).num_days();
    date(FIRST) + Days::new(random.u64(0..=days.unsigned_abs()))
}

fn purchase(random: &mut Rng, store: usize) -> Bought {
    let brand = format!("Brand {}", random.u8(0..9));
    bought(random.i64(-2_000..30_000))
        .at(format!("store {store}"))
        .of([brand])
}

fn key(day: NaiveDate, store: usize) -> String {
    format!("TXN#{day}T1{store}:30:00Z#{store}")
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_years_of_three_stores_a_day_are_exact_on_every_date() {
    let system = System::open().await;
    let mut random = Rng::with_seed(SEED);
    let mut customer = Customer::new("daily");
    for day in date(FIRST).iter_days().take_while(|day| *day <= date(LAST)) {
        for store in 0..3 {
            customer.put(key(day, store), purchase(&mut random, store));
        }
    }
    assert_eq!(customer.transactions.len(), 7_305 * 3);
    customer.catch_up(&system).await;
    let dates: Vec<NaiveDate> = (0..DATES).map(|_| random_day(&mut random)).collect();
    customer.assert_exact(&system, dates).await;
    let years = (2006..=2023).map(|year| format!("AGG#{year}"));
    for year in years {
        assert!(system.get(&customer.pk(), &year).await.is_some(), "{year}");
    }

    // Corrections, returns, deletions and late purchases of any year, most of them of closed ones.
    for number in 0..300 {
        let (day, store) = (random_day(&mut random), random.usize(0..3));
        let sk = key(day, store);
        match number % 3 {
            0 if customer.transactions.contains_key(&sk) => customer.delete(&sk),
            1 => customer.put(format!("{sk}-late"), purchase(&mut random, 3)),
            _ => customer.put(sk, purchase(&mut random, store)),
        }
    }
    customer.catch_up(&system).await;
    let ends = [FIRST, "2009-02-28", "2024-02-29", LAST, "2030-01-01"].map(date);
    let dates = (0..DATES).map(|_| random_day(&mut random)).chain(ends);
    let dates: Vec<NaiveDate> = dates.collect();
    customer.assert_exact(&system, dates).await;
    system.close().await;
}
