//! Writers in front of the version that they do not know: the rebuild happens by itself, from the source items.

use chrono::Datelike;
use table::Written;

use super::format;
use super::release::{Release, STRANGERS};
use super::shop::Shop;
use crate::closed_days::date;
use crate::closed_days::history::purchase;

#[tokio::test]
async fn the_next_record_rebuilds_everything_exactly_whatever_day_it_is_of() {
    for [before, after] in STRANGERS {
        for day in ["2021-05-05", "2026-06-30"] {
            let mut shop = Shop::of(before).await;
            shop.history.put(purchase(date(day), "new"));
            let outcome = shop.catch_up(after).await;
            assert_eq!((outcome.written, outcome.lost_races), (Written::Put, 0));
            // The archive too, which the ledger before named in words that nobody here understands.
            shop.assert_all_are(after.writes()).await;
            shop.assert_exact(after).await;

            // And back, when the deployment is rolled back.
            shop.history.correct(date("2022-12-12"), "77.77");
            let outcome = shop.catch_up(before).await;
            assert_eq!((outcome.written, outcome.lost_races), (Written::Put, 0));
            shop.assert_all_are(before.writes()).await;
            shop.assert_exact(before).await;
            shop.own.delete().await;
        }
    }
}

#[tokio::test]
async fn the_last_deletion_leaves_nothing_of_the_other_version() {
    for [before, after] in STRANGERS {
        let mut shop = Shop::of(before).await;
        // A year first, so that an archive item of a year without days is left behind if anything is.
        shop.history.delete(|day| day.year() == 2022);
        shop.write().await;
        shop.history.delete(|_| true);
        let outcome = shop.catch_up(after).await;
        assert_eq!((outcome.written, outcome.lost_races), (Written::Deleted, 0));
        assert_eq!(shop.everything().await.len(), 0);
        shop.own.delete().await;
    }
}

#[tokio::test]
async fn archive_items_of_a_release_ago_are_read_by_nobody_who_does_not_know_them() {
    let mut shop = Shop::of(Release::Next).await;
    // It writes the ledger only, and goes on with the archive items that there are.
    shop.correct_the_open_day("55.55");
    let outcome = shop.catch_up(Release::Ready).await;
    assert_eq!(outcome.lost_races, 0);
    let versions: Vec<u8> = shop.versions().await.into_values().collect();
    assert_eq!(
        versions,
        [format::TODAY, format::NEXT, format::NEXT, format::NEXT]
    );
    shop.assert_exact(Release::Ready).await;

    // A rollback over two releases: what the ledger answers alone is right, the rest a 503.
    let answer = shop.as_of(Release::Today, date("2026-06-30")).await;
    assert_eq!(
        (answer.status, answer.body),
        (200, shop.truth(date("2026-06-30")))
    );
    let answer = shop.as_of(Release::Today, date("2022-02-28")).await;
    assert!(answer.is_unreadable(), "{answer:?}");
    let table = shop.table(Release::Today);
    let verified = table.verify(&shop.settings, shop.profile()).await.unwrap();
    assert_eq!(
        verified.unwrap().to_string(),
        "archive item of 2021 is damaged"
    );

    // A record of an open day needs none of it; one of a closed day makes all of it anew.
    shop.correct_the_open_day("66.66");
    shop.catch_up(Release::Today).await;
    let answer = shop.as_of(Release::Today, date("2022-02-28")).await;
    assert!(answer.is_unreadable(), "{answer:?}");
    shop.history.correct(date("2022-12-12"), "77.77");
    let outcome = shop.catch_up(Release::Today).await;
    // It looked twice, as at a race, before it was sure.
    assert_eq!((outcome.written, outcome.lost_races), (Written::Put, 1));
    shop.assert_all_are(format::TODAY).await;
    shop.assert_exact(Release::Today).await;
    shop.own.delete().await;
}
