//! The first and the last year that there are.

use calculation::Value;
use chrono::{Days, NaiveDate};
use serde_json::{Value as Json, json};

use super::customer::{Customer, date};
use super::plain::bought;
use crate::system::System;

/// Purchases of the first and of the last days, enough of them for days to be closed.
fn customer() -> Customer {
    let mut customer = Customer::new("ends");
    let mut put = |date: NaiveDate, time: &str, cents| {
        let location = format!("store {}", cents % 3);
        let brand = format!("Brand {}", cents % 7);
        let sk = format!("TXN#{date}T{time}Z#{cents}");
        customer.put(sk, bought(cents).at(location).of([brand]));
    };
    let (first, last) = (date("0001-01-01"), date("9999-12-31"));
    for number in 0..300 {
        let cents = 100 + number as i64;
        put(first + Days::new(number * 2), "00:00:00", cents);
        put(last - Days::new(number * 2), "23:59:59", cents * 3);
    }
    put(first, "23:59:59", -40);
    put(last, "00:00:00", -50);
    put(date("2020-02-29"), "12:00:00", 1_234);
    customer
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_and_the_last_year_are_years_like_others() {
    let system = System::open().await;
    let mut customer = customer();
    let joined = [("joined_at", Value::Text("0001-01-01 00:00:00".into()))];
    system.write(&customer.pk(), "PROFILE", &joined).await;
    customer.catch_up(&system).await;
    // The first year is closed.
    assert!(system.get(&customer.pk(), "AGG#0001").await.is_some());
    let dates = [
        "0001-01-01",
        "0001-01-02",
        "0001-12-31",
        "0002-01-01",
        "0002-08-23",
        "0003-01-01",
        "0004-08-22",
        "2020-02-28",
        "2020-02-29",
        "2022-03-01",
        "9998-05-10",
        "9998-05-11",
        "9999-01-01",
        "9999-12-30",
        "9999-12-31",
    ]
    .map(date);
    customer.assert_exact(&system, dates).await;

    // The past of the past, and the end of the end.
    let first = "TXN#0001-01-01T00:00:00Z#100";
    customer.delete(first);
    customer.put("TXN#0001-01-01T00:00:00Z#!", bought(77).at("earliest"));
    customer.delete("TXN#9999-12-31T23:59:59Z#300");
    customer.put("TXN#9999-12-31T23:59:59Z#~", bought(9).at("latest"));
    customer.catch_up(&system).await;
    customer.assert_exact(&system, dates).await;

    histories(&system, &customer).await;
    explanations(&system).await;
    outside(&system, &customer).await;
    system.close().await;
}

/// Histories that begin with the first date, and that end with the last one.
async fn histories(system: &System, customer: &Customer) {
    for (query, count) in [
        ("from=0001-01-01&to=0001-01-01", 1),
        ("from=0001-01-01&to=0002-01-31", 396),
        ("from=0001-01-31&to=0032-01-01&step=month", 372),
        ("from=9992-05-02&to=9999-12-31&step=week", 400),
        ("from=9999-01-31&to=9999-12-31&step=month", 12),
        ("from=9999-12-30&to=9999-12-31", 2),
    ] {
        let path = format!("/profiles/ends/aggregations/history?{query}");
        let (status, body) = system.ask_now(&path).await;
        assert_eq!(status, 200, "{query}: {body}");
        let answer: Json = serde_json::from_str(&body).unwrap();
        let entries = answer["history"].as_array().unwrap();
        assert_eq!(entries.len(), count, "{query}");
        for entry in entries {
            let as_of = date(entry["as_of"].as_str().unwrap());
            customer.assert_document(entry, as_of);
        }
    }
}

/// Windows that begin before the first year, and figures that would change after the last.
async fn explanations(system: &System) {
    let explain = async |as_of: &str| -> Json {
        let path = format!("/profiles/ends/aggregations?as_of={as_of}&explain=true");
        let (status, body) = system.ask_now(&path).await;
        assert_eq!(status, 200, "{body}");
        let document: Json = serde_json::from_str(&body).unwrap();
        document["explanation"].clone()
    };
    let first = explain("0001-01-01").await;
    let window = json!({"from": "0000-01-01", "to": "0001-01-01"});
    assert_eq!(first["figures"]["spend_12m"]["window"], window);
    assert_eq!(first["changes_on"]["shop_count"], "0001-01-03");
    let last = explain("9999-12-31").await;
    let changes = last["changes_on"].as_object().unwrap();
    assert_eq!(changes.len(), 17);
    assert!(changes.values().all(Json::is_null), "{changes:?}");

    let path = "/profiles/ends/aggregations?fields=all&as_of=9999-12-31";
    let (_, body) = system.ask_now(path).await;
    let document: Json = serde_json::from_str(&body).unwrap();
    // It would be in the year 10049.
    assert_eq!(document["at_risk_date"], Json::Null);
    assert_eq!(document["latest_shop_date"], "9999-12-31");
    assert_eq!(document["first_shop_days"], 0);
    assert_eq!(document["dimension_join"], "J10005");
}

/// What lies outside of the calendar is set aside, and is no date to ask for.
async fn outside(system: &System, customer: &Customer) {
    let keys = [
        "TXN#0000-12-31T23:59:59Z#a",
        "TXN#10000-01-01T00:00:00Z#a",
        "TXN#-001-01-01T00:00:00Z#a",
    ];
    for key in keys {
        system.buy(&customer.pk(), key, "1").await;
    }
    let ends = ["0001-01-01", "9999-12-31"].map(date);
    super::customer::settled(system).await;
    customer.assert_exact(system, ends).await;
    let derived = system.get(&customer.pk(), "AGG").await.unwrap();
    assert_eq!(derived["set_aside_count"].as_n().unwrap(), "3");
    for as_of in ["0000-12-31", "10000-01-01", "-0001-01-01"] {
        let path = format!("/profiles/ends/aggregations?as_of={as_of}");
        assert_eq!(system.ask_now(&path).await.0, 400, "{as_of}");
    }
}
