//! What a rebuild costs that happens by itself: everything is read once and written once, and the next purchase costs what every
//! purchase costs.
//!
//! The requests expected here follow from the steps of the protocol, their units from AWS's rules and the sizes of the items.
//! For a ledger that is not usable these are, with nothing else in between:
//!
//! - step 2, a GetItem of `AGG`;
//! - step 3, one Query of the whole partition, which brings the archive items along, so that closing needs no read of its own;
//! - step 4, a put, or one transaction of `AGG` and of every archive item: none of them can be kept, since what named them cannot
//!   be read.

use chrono::Days;
use table::Settings;
use test_metering::{Attributes, Used, read_units, size, transaction_units, write_units};
use test_support::other_dynamodb;

use super::release::{Release, STRANGERS};
use super::shop::Shop;
use crate::closed_days::date;
use crate::closed_days::history::{History, Stored, purchase};

const PK: &str = "PROFILE#p";

/// Bytes of the items of the customer whose sort keys are picked.
async fn bytes_of(shop: &Shop, picked: impl Fn(&str) -> bool) -> usize {
    let items = shop.everything().await;
    let items = items.iter().filter(|([pk, sk], _)| pk == PK && picked(sk));
    items.map(|(_, item)| size(item)).sum()
}

/// Recalculates by a release; returns what that consumed.
async fn recalculate(shop: &mut Shop, release: Release) -> Vec<Used> {
    let changed = shop.write().await;
    let (table, meter) = shop.metered(release);
    let outcome = shop.recalculate(&table, &changed).await;
    assert_eq!(outcome.lost_races, 0);
    meter.take()
}

/// Write units of what changed between two states.
fn written(before: &Stored, after: &Stored) -> Vec<f64> {
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    let both = before.values().zip(after.values());
    let changed = both.filter(|(before, after)| before != after);
    let units =
        |(before, after): (&Attributes, &Attributes)| write_units(size(before), size(after));
    changed.map(units).collect()
}

/// Another customer of the table, calculated by `release`.
async fn calculate_another(shop: &mut Shop, release: Release) -> History {
    let mut another = History::new("q");
    another.put(purchase(date("2023-01-01"), ""));
    let own = std::mem::replace(&mut shop.history, another);
    shop.catch_up(release).await;
    std::mem::replace(&mut shop.history, own)
}

async fn items_of_another(shop: &Shop) -> Vec<Attributes> {
    let items = shop.everything().await.into_iter();
    let items = items.filter(|([pk, _], _)| pk == "PROFILE#q");
    items.map(|(_, item)| item).collect()
}

#[tokio::test]
async fn a_short_history_is_read_once_and_put_once() {
    for [before, after] in STRANGERS {
        let mut shop = Shop::empty("p").await;
        // Nothing is closed.
        shop.settings = Settings::default();
        let first = date("2026-01-01");
        for day in 0..10 {
            shop.history.put(purchase(first + Days::new(day), ""));
        }
        shop.catch_up(before).await;
        calculate_another(&mut shop, before).await;
        let another = items_of_another(&shop).await;

        // Ten purchases of about 120 bytes and a derived item of less than 1 KB: every request takes one unit.
        let one_of_each = [("GetItem", 1.0), ("Query", 1.0), ("PutItem", 1.0)];
        assert!(bytes_of(&shop, |_| true).await < 4096);
        assert!(bytes_of(&shop, |sk| sk == "AGG").await < 1024);
        for day in 10..14 {
            shop.history.put(purchase(first + Days::new(day), ""));
            assert_eq!(recalculate(&mut shop, after).await, one_of_each);
        }
        assert_eq!(items_of_another(&shop).await, another);
        shop.assert_exact(after).await;
        shop.own.delete().await;
    }
}

#[tokio::test]
async fn a_long_history_is_read_once_and_written_in_one_transaction() {
    for [before, after] in STRANGERS {
        let mut shop = Shop::of(before).await;
        calculate_another(&mut shop, before).await;
        let another = items_of_another(&shop).await;

        let stored = shop.stored().await;
        let bytes_of_agg = bytes_of(&shop, |sk| sk == "AGG").await;
        shop.correct_the_open_day("55.55");
        let changed = shop.write().await;
        let bytes_of_all = bytes_of(&shop, |_| true).await;
        let (table, meter) = shop.metered(after);
        shop.recalculate(&table, &changed).await;
        let writes = written(&stored, &shop.stored().await);
        // The derived item, and one archive item a year.
        assert_eq!(writes.len(), 1 + 3);
        let rebuild = [
            ("GetItem", read_units(bytes_of_agg)),
            ("Query", read_units(bytes_of_all)),
            (
                "TransactWriteItems",
                transaction_units(&writes, other_dynamodb().is_some()),
            ),
        ];
        let used = meter.take();
        assert_eq!(used, rebuild);
        println!("{bytes_of_all} bytes: {used:?}");

        // The next ones read their day and put the derived item.
        for total in ["66.66", "77.77"] {
            let stored = shop.stored().await;
            let bytes_of_agg = bytes_of(&shop, |sk| sk == "AGG").await;
            shop.correct_the_open_day(total);
            let used = recalculate(&mut shop, after).await;
            let of_day = |sk: &str| sk.starts_with("TXN#2023-12-27");
            let writes = written(&stored, &shop.stored().await);
            let purchase = [
                ("GetItem", read_units(bytes_of_agg)),
                ("Query", read_units(bytes_of(&shop, of_day).await)),
                ("PutItem", writes[0]),
            ];
            assert_eq!(used, purchase);
            assert_eq!(writes.len(), 1);
        }
        assert_eq!(items_of_another(&shop).await, another);
        shop.assert_exact(after).await;
        shop.own.delete().await;
    }
}
