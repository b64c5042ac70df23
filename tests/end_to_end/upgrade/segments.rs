//! `verify` and `rebuild` over a table that two releases have written.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use table::{Done, Segment, Task, Verified, work_through};

use super::release::Release;
use super::shop::Shop;
use crate::closed_days::history::History;

const WRITERS: [(&str, Release); 4] = [
    ("p", Release::Today),
    ("q", Release::Next),
    ("r", Release::Today),
    ("s", Release::Abrupt),
];

/// A table with a customer of each of [`WRITERS`], each with closed days.
async fn shop() -> (Shop, Vec<History>) {
    let mut shop = Shop::of(Release::Today).await;
    let mut histories = Vec::new();
    for (profile, release) in WRITERS {
        shop.history = History::new(profile);
        shop.fill();
        shop.catch_up(release).await;
        shop.assert_all_are(release.writes()).await;
        histories.push(std::mem::replace(&mut shop.history, History::new("p")));
    }
    (shop, histories)
}

/// Works through the whole table by a release: what it says of each customer, and how many requests of each kind that took.
async fn work(
    shop: &Shop,
    release: Release,
    task: Task,
) -> (
    BTreeMap<String, Option<String>>,
    BTreeMap<&'static str, usize>,
) {
    let (table, meter) = shop.metered(release);
    let done = work_through(&table, &shop.settings, task, Segment::WHOLE, None);
    let done: Vec<Done> = done.try_collect().await.unwrap();
    let told = |done: Done| {
        let told = match done.verified {
            Verified::InOrder => None,
            Verified::Differs(discrepancy) => Some(discrepancy.to_string()),
            other => unreachable!("{other:?}"),
        };
        (done.profile.to_string(), told)
    };
    let mut requests = BTreeMap::new();
    for (operation, _) in meter.take() {
        *requests.entry(operation).or_default() += 1;
    }
    (done.into_iter().map(told).collect(), requests)
}

#[tokio::test]
async fn verify_names_what_a_release_cannot_read_and_rebuild_mends_it_at_one_read_and_one_write_each()
 {
    for (release, unreadable) in [
        (Release::Today, Some("ledger has the unknown version `2`")),
        (Release::Ready, None),
        (Release::Next, None),
    ] {
        let (mut shop, histories) = shop().await;
        let (told, _) = work(&shop, release, Task::Verify).await;
        for (profile, writer) in WRITERS {
            let expected = unreadable.filter(|_| !release.reads(writer.writes()));
            assert_eq!(told[profile].as_deref(), expected, "{release:?} {profile}");
        }
        let (told, requests) = work(&shop, release, Task::Rebuild).await;
        assert!(told.values().all(Option::is_none), "{told:?}");
        // For each customer: its derived item, everything of it, and one write. And the scan, of one page.
        let writes = ["PutItem", "TransactWriteItems"].map(|write| requests.get(write));
        let writes = writes.into_iter().flatten().sum::<usize>();
        assert_eq!(
            (
                requests["GetItem"],
                requests["Query"],
                writes,
                requests["Scan"]
            ),
            (4, 4, 4, 1),
            "{requests:?}"
        );
        let (told, _) = work(&shop, release, Task::Verify).await;
        assert!(told.values().all(Option::is_none), "{told:?}");
        for history in histories {
            shop.history = history;
            shop.assert_exact(release).await;
        }
        shop.own.delete().await;
    }
}
