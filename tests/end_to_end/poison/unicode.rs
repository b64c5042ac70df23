//! Names and ids of every kind of Unicode come out as they went in.

use calculation::Value;
use chrono::{Days, NaiveDate};
use serde_json::{Value as Json, json};
use test_support::ODD_TEXTS;

use super::customer::{Customer, date, settled};
use super::plain::bought;
use crate::system::System;

fn customer() -> Customer {
    let mut customer = Customer::new("unicode");
    let first: NaiveDate = date("2026-01-01");
    for (number, text) in ODD_TEXTS.iter().enumerate() {
        let day = first + Days::new(number as u64 % 28);
        let sk = format!("TXN#{day}T10:00:00Z#{text}");
        customer.put(sk, bought(number as i64 + 1).at(*text).of([*text]));
        // All of one instant: the id that sorts first is the first.
        let sk = format!("TXN#2025-12-31T10:00:00Z#{text}");
        customer.put(sk, bought(5).at(format!("at {text}")));
    }
    // As long as a name may be, in bytes; one more says nothing.
    let long = "é".repeat(128);
    customer.put(
        "TXN#2026-01-30T10:00:00Z#long",
        bought(9).at(&long).of([&long]),
    );
    // A sort key has 1,024 bytes at most.
    let id = "𝄞".repeat((1_024 - 25) / 4);
    customer.put(format!("TXN#2026-01-30T10:00:00Z#{id}"), bought(8));
    customer
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_ids_come_out_as_they_went_in() {
    let system = System::open().await;
    let mut customer = customer();
    for text in ODD_TEXTS {
        let attributes = ["name", "description"].map(|name| (name, Value::Text(text.into())));
        system
            .write(&format!("LOCATION#{text}"), "LOCATION", &attributes)
            .await;
    }
    let too_long = Value::List(vec![Value::Map(
        [("brand".to_owned(), Value::Text("é".repeat(129)))].into(),
    )]);
    let said = [
        ("total", Value::Number("0".into())),
        ("location_id", Value::Text("é".repeat(129))),
        ("items", too_long),
    ];
    system
        .write(
            &customer.pk(),
            "TXN#2026-01-03T10:00:00Z#void of names",
            &said,
        )
        .await;
    customer.catch_up(&system).await;
    customer
        .transactions
        .insert("TXN#2026-01-03T10:00:00Z#void of names".into(), bought(0));
    let dates = [
        "2025-12-31",
        "2026-01-10",
        "2026-01-30",
        "2027-01-05",
        "2029-01-01",
    ]
    .map(date);
    customer.assert_exact(&system, dates).await;

    // Each store's record is under its own id.
    for (number, text) in ODD_TEXTS.iter().enumerate() {
        let profile = format!("of-{number}");
        let sk = "TXN#2026-01-01T10:00:00Z#a";
        let at = [
            ("total", Value::Number("1".into())),
            ("location_id", Value::Text((*text).into())),
        ];
        system.write(&format!("PROFILE#{profile}"), sk, &at).await;
        let document = system.document(&profile, "2026-02-01").await;
        for name in ["id", "name", "description"] {
            assert_eq!(document["store_join"][name], json!(text), "{name}");
        }
    }
    edits(&system, &mut customer).await;
    set_aside(&system).await;
    system.close().await;
}

/// Of two keys that look alike the right one is edited, and the right one deleted.
async fn edits(system: &System, customer: &mut Customer) {
    for (number, text) in ODD_TEXTS.iter().enumerate() {
        let sk = format!("TXN#2025-12-31T10:00:00Z#{text}");
        match number % 3 {
            0 => customer.delete(&sk),
            1 => customer.put(sk, bought(1_000 + number as i64).at("edited").of([*text])),
            _ => {}
        }
    }
    customer.catch_up(system).await;
    let dates = ["2025-12-31", "2026-02-01"].map(date);
    customer.assert_exact(system, dates).await;
    let explained = "/profiles/unicode/aggregations?explain=true&as_of=2026-02-01";
    let (status, body) = system.ask_now(explained).await;
    assert_eq!(status, 200, "{body}");
    let document: Json = serde_json::from_str(&body).unwrap();
    customer.assert_document(&document, dates[1]);
}

/// Keys without a date are listed as they are, and each is one of its own.
async fn set_aside(system: &System) {
    let pk = "PROFILE#undated";
    for text in ODD_TEXTS {
        system.buy(pk, &format!("TXN#{text}"), "1").await;
    }
    let listed = async || -> Vec<String> {
        settled(system).await;
        let path = "/profiles/undated/aggregations?explain=true&as_of=2026-02-01";
        let (_, body) = system.ask_now(path).await;
        let document: Json = serde_json::from_str(&body).unwrap();
        let listed = document["explanation"]["set_aside"]["listed"].as_array();
        let keys = listed
            .unwrap()
            .iter()
            .map(|entry| entry["key"].as_str().unwrap().to_owned());
        keys.collect()
    };
    let mut expected = ODD_TEXTS;
    expected.sort_unstable();
    assert_eq!(listed().await, expected);
    for text in &expected[..10] {
        system.delete(pk, &format!("TXN#{text}")).await;
    }
    assert_eq!(listed().await, expected[10..]);
    assert!(system.stack.dead_letters().is_empty());
}
