//! Readers in front of the version that they do not know: never a guess, and no more than a 503 until somebody writes.

use chrono::Utc;

use super::release::Release;
use super::shop::{Shop, dates};

#[tokio::test]
async fn every_question_about_an_unknown_version_is_a_503_but_that_which_reads_the_source_items() {
    for (written_by, asked) in [
        (Release::Next, Release::Today),
        (Release::Today, Release::Abrupt),
    ] {
        let shop = Shop::of(written_by).await;
        shop.assert_exact(written_by).await;
        for as_of in dates() {
            let answer = shop.as_of(asked, as_of).await;
            assert!(answer.is_unreadable(), "{asked:?} {as_of} {answer:?}");
        }
        for path in [
            "/profiles/p/aggregations?explain=true",
            "/profiles/p/aggregations/history?from=2023-01-01&to=2023-02-01",
            "/profiles/aggregations?profile_id=q&profile_id=p",
        ] {
            let answer = shop.ask(asked, path).await;
            assert!(answer.is_unreadable(), "{asked:?} {path} {answer:?}");
        }
        // It needs no ledger. Midnight may come in between.
        let before = Utc::now().date_naive();
        let path = "/profiles/p/aggregations/calculate";
        let answer = shop.ask(asked, path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let today = [before, Utc::now().date_naive()].map(|date| shop.truth(date));
        assert!(today.contains(&answer.body), "{answer:?}");
        // Nobody has written anything.
        shop.assert_exact(written_by).await;
        shop.own.delete().await;
    }
}
