//! Deployments, purchase by purchase, while the functions of two releases take turns.

use test_metering::Units;

use super::release::{Release, STRANGERS};
use super::shop::Shop;
use crate::closed_days::date;

/// The release before, and the one that is deployed: to the next version as `encoding/format.md` asks for it, and back.
const STEPS: [[Release; 2]; 4] = [
    [Release::Today, Release::Ready],
    [Release::Ready, Release::Next],
    [Release::Next, Release::Ready],
    [Release::Ready, Release::Today],
];
const TURNS: u32 = 6;

/// Corrects the newest purchase and has a release recalculate it; the operations that this took, and their units.
async fn turn(shop: &mut Shop, release: Release, turn: u32) -> (Vec<&'static str>, Units) {
    shop.correct_the_open_day(&format!("{turn}.25"));
    let changed = shop.write().await;
    let (table, meter) = shop.metered(release);
    let outcome = shop.recalculate(&table, &changed).await;
    assert_eq!(outcome.lost_races, 0);
    let used = meter.take();
    let operations = used.iter().map(|(operation, _)| *operation).collect();
    (operations, Units::of(&used))
}

#[tokio::test]
async fn one_release_at_a_time_nothing_is_rebuilt_and_nobody_gets_a_503() {
    let mut shop = Shop::of(Release::Today).await;
    for [before, after] in STEPS {
        // A gradual deployment: now one answers, now the other.
        for number in 0..TURNS {
            let writer = [before, after][number as usize % 2];
            let (operations, _) = turn(&mut shop, writer, number).await;
            assert_eq!(operations, ["GetItem", "Query", "PutItem"], "{writer:?}");
            for reader in [before, after] {
                shop.assert_exact(reader).await;
            }
        }
    }
    shop.own.delete().await;
}

#[tokio::test]
async fn without_the_one_in_between_each_turn_is_a_rebuild_until_one_is_left() {
    let as_of = date("2026-06-30");
    for [before, after] in STRANGERS {
        let mut shop = Shop::of(before).await;
        let mut units = Vec::new();
        for number in 0..TURNS {
            let [other, writer] = match number % 2 {
                0 => [before, after],
                _ => [after, before],
            };
            let (operations, used) = turn(&mut shop, writer, number).await;
            assert_eq!(operations, ["GetItem", "Query", "TransactWriteItems"]);
            units.push(used);
            shop.assert_exact(writer).await;
            let answer = shop.as_of(other, as_of).await;
            assert!(answer.is_unreadable(), "{other:?} {answer:?}");
        }
        // It costs no more each time.
        assert!(units.iter().all(|used| *used == units[0]), "{units:?}");

        let (_, rebuild) = turn(&mut shop, after, TURNS).await;
        assert_eq!(rebuild, units[0]);
        for number in 0..TURNS {
            let (operations, ordinary) = turn(&mut shop, after, number).await;
            assert_eq!(operations, ["GetItem", "Query", "PutItem"]);
            assert!(ordinary.read < rebuild.read && ordinary.write < rebuild.write);
        }
        shop.assert_exact(after).await;
        shop.own.delete().await;
    }
}
