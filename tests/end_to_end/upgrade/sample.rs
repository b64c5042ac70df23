//! The stored sample that freezes today's format, and the same in the next version: before every release's reader and writer.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Ledger, Locations, evaluate};

use super::format::{NEXT, TODAY};
use super::release::Release;
use super::shop::{Shop, text};
use crate::closed_days::date;
use crate::closed_days::history::purchase;

const SAMPLE: &str = include_str!("../../../shared/calculation/src/encoding/sample-ledger.hex");
const SAMPLE_PROFILE: &str = "sample@shop.example";

fn sample() -> Vec<u8> {
    let digits: Vec<char> = SAMPLE.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// The windows of this date begin on the first one that is not closed, 2026-01-01.
const AS_OF: &str = "2028-01-01";

/// A table that has nothing but the sample, in one of the versions.
async fn shop(stored: u8) -> Shop {
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
    shop.put(item, |bound_to, bytes| match stored {
        NEXT => super::format::next(bound_to, bytes),
        _ => bytes.to_vec(),
    })
    .await;
    shop.assert_all_are(stored).await;
    shop
}

/// What the sample says.
fn document() -> String {
    let ledger = Ledger::decode(SAMPLE_PROFILE, &sample()).unwrap();
    let locations = Locations::new();
    let document = evaluate(&ledger, SAMPLE_PROFILE, date(AS_OF), &locations);
    serde_json::to_string(&document.unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn the_sample_is_read_by_whoever_knows_its_version() {
    for stored in [TODAY, NEXT] {
        let shop = shop(stored).await;
        for release in Release::ALL {
            let answer = shop.as_of(release, date(AS_OF)).await;
            if release.reads(stored) {
                assert_eq!((answer.status, answer.body), (200, document()));
            } else {
                assert!(answer.is_unreadable(), "{release:?} {stored} {answer:?}");
            }
        }
        shop.own.delete().await;
    }
}

#[tokio::test]
async fn the_sample_is_made_anew_by_whoever_does_not_know_its_version() {
    for (stored, release) in [(NEXT, Release::Today), (TODAY, Release::Abrupt)] {
        let mut shop = shop(stored).await;
        // Of what the sample says no source item is there.
        shop.history.put(purchase(date("2027-12-12"), ""));
        shop.catch_up(release).await;
        shop.assert_all_are(release.writes()).await;
        let answer = shop.as_of(release, date(AS_OF)).await;
        assert_eq!((answer.status, answer.body), (200, shop.truth(date(AS_OF))));
        shop.own.delete().await;
    }
}
