//! An explanation tells what the items say, however the ledger came by them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::Arc;

use calculation::{
    Currency, Item, Ledger, Location, Locations, Rebuild, SourceKey, Tag, TransactionKey, Value,
    explain, parse_date,
};
use serde_json::{Value as Json, from_str, from_value, json, to_value};

/// A point of sale in Australia, a shop on the web of New Zealand, and one in France.
fn locations() -> Locations {
    [
        ("1", json!({"type": "pos", "address": {"country": "AU"}})),
        ("2", json!({"type": "online", "address": {"country": "NZ"}})),
        ("3", json!({"address": {"country": "FR"}})),
    ]
    .into_iter()
    .map(|(id, item)| {
        let item: Item = from_value(item).unwrap();
        (id.to_owned(), Arc::new(Location::new(id, &item).unwrap()))
    })
    .collect()
}

#[test]
fn a_tie_is_told_in_one_order() {
    let mut rebuild = Rebuild::new(None);
    for (key, location) in [
        ("2026-01-02T10:00:00Z#1", "8"),
        ("2026-01-03T10:00:00Z#2", "7"),
    ] {
        let item = Item::from([
            ("total".to_owned(), Value::Number("5".to_owned())),
            ("location_id".to_owned(), Value::Number(location.to_owned())),
        ]);
        rebuild.add(SourceKey::Transaction(TransactionKey::parse(key)), &item);
    }
    let folded = rebuild.finish();
    let encoded = folded.encode("ada", Tag::default());
    let stored = Ledger::decode("ada", &encoded.ledger).unwrap();
    let (today, locations) = (parse_date("2026-01-31").unwrap(), Locations::new());
    let told = |ledger: &Ledger| {
        let explanation = explain(ledger, today, &locations).unwrap();
        serde_json::to_string(&explanation).unwrap()
    };
    assert!(told(&folded).contains(r#""between":["7","8"]"#));
    assert_eq!(told(&folded), told(&stored));
}

#[test]
fn every_figure_names_what_its_rule_was_applied_to() {
    let mut rebuild = Rebuild::new(None);
    let mut add = |key, item: &str| rebuild.add(key, &from_str::<Item>(item).unwrap());
    add(
        SourceKey::Profile,
        r#"{"joined_at":"2023-02-10 09:00:00","joined_location_id":1,"preferred_location_id":2}"#,
    );
    add(SourceKey::Address("home"), r#"{"country":"NZ"}"#);
    for (key, item) in [
        ("2023-05-01T10:00:00Z#1", r#"{"total":10,"location_id":1}"#),
        // The first day of the 12 months.
        ("2025-01-31T10:00:00Z#2", r#"{"total":20,"location_id":1}"#),
        (
            "2025-06-01T10:00:00Z#3",
            r#"{"total":30,"location_id":2,"channel":"website","items":[{"brand":"Acme","quantity":1},{"brand":"Zeta","quantity":2},{"brand":"Nil","quantity":0}]}"#,
        ),
        ("2026-01-10T10:00:00Z#4", r#"{"total":-5}"#),
        // Of the day after.
        ("2026-02-01T10:00:00Z#5", r#"{"total":7,"location_id":2}"#),
    ] {
        add(SourceKey::Transaction(TransactionKey::parse(key)), item);
    }
    let locations = locations();
    let ledger = rebuild.finish();
    let explanation = explain(&ledger, parse_date("2026-01-31").unwrap(), &locations);
    let explained = explanation.unwrap().unwrap();
    let mut explanation = to_value(&explained).unwrap();
    for (name, said) in explanation["figures"].as_object().unwrap() {
        let figure = explained.figures.get(name).unwrap();
        assert_eq!(&to_value(figure).unwrap(), said, "{name}");
    }
    assert!(explained.figures.get("spend").is_none());
    let mut rules = BTreeSet::new();
    for (name, figure) in explanation["figures"].as_object_mut().unwrap() {
        let rule = figure.as_object_mut().unwrap().remove("rule").unwrap();
        let rule = rule.as_str().unwrap().to_owned();
        assert!(rule.ends_with('.'), "{name}: {rule}");
        assert!(rules.insert(rule), "{name}");
    }

    let year = json!({"from": "2025-01-31", "to": "2026-01-31"});
    let gaps = json!({"purchases": 3, "first_purchase": "2023-05-01", "last_purchase": "2025-06-01", "days": 762});
    let country = json!({
        "sources": {"recent_transactions": "NZ", "addresses": "NZ", "preferred_location": "NZ", "joined_location": "AU"},
        "named_by": 3,
        "recent_tie": {"between": ["AU", "NZ"], "decided_by": "later last purchase"},
    });
    let expected = json!({
        "shop_days": gaps,
        "spend_12m": {"window": year, "transactions": 3, "purchases": 2},
        "spend_all": {"transactions": 4},
        "spend_atv_12m": {"window": year, "purchases": 2, "spend": 45},
        "spend_atv_all": {"purchases": 3, "spend": 55},
        "spend_first_date": {"transactions": 4},
        "spend_last_date": {"transactions": 4},
        "dimension_frequency": gaps,
        "dimension_recency": {
            "last_purchase": "2025-06-01",
            "earliest": {"RC": "2025-10-31", "RS": "2025-07-31", "RA": "2025-01-31"},
        },
        "dimension_join": {"joined_on": "2023-02-10", "days": 1086},
        "channel": {"named_by_purchases": ["website"], "named_by_locations": {"1": "pos"}},
        "shop_count": {"transactions": 4},
        "store_join": {},
        "likely_country": country,
        "likely_country_score": country,
        "purchased_brands": {"brands": 2},
        "most_transacted_location": {
            "window": {"from": "2024-01-31", "to": "2026-01-31"},
            "purchases": 1,
            "tie": {"between": ["1", "2"], "decided_by": "later last purchase"},
        },
    });
    for (name, expected) in expected.as_object().unwrap() {
        assert_eq!(&explanation["figures"][name], expected, "{name}");
    }
    assert_eq!(
        explanation["figures"].as_object().map(|all| all.len()),
        Some(17)
    );
    assert_eq!(explanation["as_of"], Json::from("2026-01-31"));
}

#[test]
fn a_tie_is_told_with_what_decided_it() {
    let mut rebuild = Rebuild::new(None);
    rebuild.add(
        SourceKey::Profile,
        &from_str(r#"{"preferred_location_id":2}"#).unwrap(),
    );
    rebuild.add(
        SourceKey::Address("home"),
        &from_str(r#"{"country":"AU"}"#).unwrap(),
    );
    for (key, location) in [
        ("2023-11-15T10:00:00Z#1", 3),
        ("2023-12-01T10:00:00Z#2", 2),
        ("2023-12-01T11:00:00Z#3", 1),
        ("2026-01-01T10:00:00Z#4", 3),
        ("2026-01-02T10:00:00Z#5", 2),
        ("2026-01-02T11:00:00Z#6", 1),
    ] {
        let item = from_value(json!({"total": 5, "location_id": location})).unwrap();
        rebuild.add(SourceKey::Transaction(TransactionKey::parse(key)), &item);
    }
    let (ledger, locations) = (rebuild.finish(), locations());
    let figures = |date| {
        let explanation = explain(&ledger, parse_date(date).unwrap(), &locations);
        let explanation = explanation.unwrap().unwrap();
        [
            "likely_country",
            "likely_country_score",
            "most_transacted_location",
        ]
        .map(|name| {
            let mut figure = to_value(explanation.figures.get(name).unwrap()).unwrap();
            figure.as_object_mut().unwrap().remove("rule").unwrap();
            figure
        })
    };
    let country = |recent: Option<&str>, named_by: u64, tie: bool| {
        let mut figure = json!({
            "sources": {"recent_transactions": recent, "addresses": "AU", "preferred_location": "NZ", "joined_location": null},
            "named_by": named_by,
        });
        if recent.is_some() {
            figure["recent_tie"] =
                json!({"between": ["AU", "FR", "NZ"], "decided_by": "code that sorts first"});
        }
        let score = figure.clone();
        if tie {
            figure["tie"] = json!({"between": ["AU", "NZ"], "decided_by": "order of the sources"});
        }
        [figure, score]
    };
    let most = json!({
        "purchases": 1,
        "tie": {"between": ["1", "2", "3"], "decided_by": "id that sorts first"},
    });
    // All have a purchase of the last 12 months, two of them on the last day.
    let mut recently = most.clone();
    recently["window"] = json!({"from": "2024-01-31", "to": "2026-01-31"});
    let [figure, score] = country(Some("AU"), 2, false);
    assert_eq!(figures("2026-01-31"), [figure, score, recently]);
    // No purchase is of the last 12 months, then none of the last 24.
    let mut earlier = most.clone();
    earlier["tie"]["between"] = json!(["1", "2"]);
    earlier["window"] = json!({"from": "2023-11-30", "to": "2025-11-30"});
    let [figure, score] = country(None, 1, true);
    assert_eq!(
        figures("2025-11-30"),
        [figure.clone(), score.clone(), earlier]
    );
    assert_eq!(figures("2025-12-31"), [figure, score, most]);
}

#[test]
fn one_country_is_no_tie() {
    let mut rebuild = Rebuild::new(None);
    let key = TransactionKey::parse("2026-01-02T10:00:00Z#1");
    let item = from_str(r#"{"total":5,"location_id":2}"#).unwrap();
    rebuild.add(SourceKey::Transaction(key), &item);
    let (ledger, locations) = (rebuild.finish(), locations());
    let explanation = explain(&ledger, parse_date("2026-01-31").unwrap(), &locations);
    let figures = to_value(explanation.unwrap()).unwrap()["figures"].take();
    assert_eq!(figures["likely_country"]["named_by"], 1);
    for figure in ["likely_country", "most_transacted_location"] {
        let figure = figures[figure].as_object().unwrap();
        assert!(!figure.contains_key("tie"), "{figure:?}");
        assert!(!figure.contains_key("recent_tie"), "{figure:?}");
    }
}

#[test]
fn what_is_set_aside_is_told_with_its_reason() {
    let reasons = [
        ("2026-01-01T10:00:00Z#1", r#"{}"#, "no total"),
        (
            "2026-01-01T10:00:00Z#2",
            r#"{"total":"twelve"}"#,
            "total is not a number",
        ),
        (
            "2026-01-01T10:00:00Z#3",
            r#"{"total":0.00001}"#,
            "total has more than 4 decimals",
        ),
        (
            "2026-01-01T10:00:00Z#4",
            r#"{"total":1000000000000}"#,
            "total is not between -10^12 and 10^12",
        ),
        (
            "2026-01-01T10:00:00Z#5",
            r#"{"total":1,"currency":"EUR"}"#,
            "another currency without a total_converted",
        ),
        (
            "2026-01-02T10:00:00Z",
            r#"{"total":1}"#,
            "key has no transaction id",
        ),
        (
            "soon",
            r#"{"total":1}"#,
            "key has no instant YYYY-MM-DDTHH:MM:SSZ",
        ),
    ];
    let mut rebuild = Rebuild::new(Currency::parse("AUD"));
    for (key, item, _) in reasons {
        let key = SourceKey::Transaction(TransactionKey::parse(key));
        rebuild.add(key, &from_str(item).unwrap());
    }
    let (ledger, locations) = (rebuild.finish(), Locations::new());
    let explanation = explain(&ledger, parse_date("2026-01-31").unwrap(), &locations);
    let listed = reasons.map(|(key, _, reason)| json!({"key": key, "reason": reason}));
    assert_eq!(
        to_value(explanation.unwrap()).unwrap()["set_aside"],
        json!({"count": 7, "listed": listed})
    );
}
