//! Readers in front of the version that they do not know: never a guess, and no more than a 503 until somebody writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Ledger, Locations, evaluate};
use chrono::Utc;

use super::format::{NEXT, TODAY};
use super::release::Release;
use super::shop::{Shop, dates, text};
use crate::closed_days::date;

/// The stored ledger that freezes today's format.
const SAMPLE: &str = include_str!("../../../shared/calculation/src/encoding/sample-ledger.hex");
const SAMPLE_PROFILE: &str = "sample@shop.example";

fn sample() -> Vec<u8> {
    let digits: Vec<char> = SAMPLE.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[tokio::test]
async fn the_stored_sample_is_read_in_both_versions_by_whoever_knows_them() {
    let shop = Shop::empty(SAMPLE_PROFILE).await;
    let item = HashMap::from([
        ("pk".to_owned(), text("PROFILE#sample@shop.example")),
        ("sk".to_owned(), text("AGG")),
        (
            "version".to_owned(),
            text("00112233445566778899aabbccddeeff"),
        ),
        ("calculated_at".to_owned(), text("2028-03-01 10:00:00")),
        ("ledger".to_owned(), AttributeValue::B(Blob::new(sample()))),
    ]);
    // The windows of this date begin on the first one that is not closed, 2026-01-01.
    let as_of = date("2028-01-01");
    let ledger = Ledger::decode(SAMPLE_PROFILE, &sample()).unwrap();
    let locations = Locations::new();
    let document = evaluate(&ledger, SAMPLE_PROFILE, as_of, &locations);
    let document = serde_json::to_string(&document.unwrap().unwrap()).unwrap();
    for stored in [TODAY, NEXT] {
        shop.put(item.clone(), |bound_to, bytes| match stored {
            NEXT => super::format::next(bound_to, bytes),
            _ => bytes.to_vec(),
        })
        .await;
        shop.assert_all_are(stored).await;
        for release in Release::ALL {
            let answer = shop.as_of(release, as_of).await;
            if release.reads(stored) {
                assert_eq!((answer.status, &answer.body), (200, &document));
            } else {
                assert!(answer.is_unreadable(), "{release:?} {stored} {answer:?}");
            }
        }
    }
    shop.own.delete().await;
}

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
