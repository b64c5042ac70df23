//! The rules of rows, one by one.

use calculation::{Item, Value};

use super::super::fields::Fields;
use super::*;

/// The item of a CSV row with these cells, as JSON.
fn csv(kind: Kind, cells: &[(&str, &str)]) -> Result<String, String> {
    rendered(item(kind, Fields::of_cells(cells.iter().copied())))
}

/// The item of an NDJSON row.
fn json(kind: Kind, text: &str) -> Result<String, String> {
    rendered(Fields::of_json(text).and_then(|fields| item(kind, fields)))
}

fn rendered(item: Result<Item, RowError>) -> Result<String, String> {
    item.map(|item| serde_json::to_string(&Value::Map(item)).unwrap())
        .map_err(|reason| reason.to_string())
}

/// What becomes of a transaction with one more cell, or another.
fn transaction_with(name: &str, cell: &str) -> Result<String, String> {
    let mut cells = vec![
        ("profile_id", "p"),
        ("transaction_id", "t"),
        ("transacted_at", "2026-01-31T10:00:00Z"),
        ("total", "1"),
    ];
    cells.retain(|(other, _)| *other != name);
    cells.push((name, cell));
    csv(Kind::Transactions, &cells)
}

/// The same for NDJSON, `value` being JSON.
fn transaction_of_json(name: &str, value: &str) -> Result<String, String> {
    let text = format!(
        r#"{{"profile_id":"p","transaction_id":"t","transacted_at":"2026-01-31T10:00:00Z","total":1,"{name}":{value}}}"#
    );
    json(Kind::Transactions, &text)
}

fn ok(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn because(reason: &str) -> Result<String, String> {
    Err(reason.to_owned())
}

#[test]
fn a_transaction_has_all_its_attributes() {
    let cells = [
        ("profile_id", "p:1"),
        ("transaction_id", "t#1"),
        ("transacted_at", "2026-01-31 10:00:00+02:00"),
        ("total", "029.330"),
        ("location_id", "1"),
        ("channel", "POS"),
        ("is_void", "0"),
        ("brands", "Acme | Bolt"),
    ];
    assert_eq!(
        csv(Kind::Transactions, &cells),
        ok(concat!(
            r#"{"channel":"pos","is_void":false,"items":[{"brand":"Acme"},{"brand":"Bolt"}],"location_id":"1","#,
            r#""pk":"PROFILE#p:1","sk":"TXN#2026-01-31T08:00:00Z#t#1","total":29.33}"#
        ))
    );
    let text = r#"{"profile_id":17,"transaction_id":4,"transacted_at":"2026-01-31T10:00:00Z","total":-12.5,
        "location_id":1,"channel":null,"is_void":true,"items":[{"brand":"Acme","quantity":-1.50,"is_void":true},{"quantity":null}]}"#;
    assert_eq!(
        json(Kind::Transactions, text),
        ok(concat!(
            r#"{"is_void":true,"items":[{"brand":"Acme","is_void":true,"quantity":-1.50},{}],"location_id":1,"#,
            r#""pk":"PROFILE#17","sk":"TXN#2026-01-31T10:00:00Z#4","total":-12.5}"#
        ))
    );
}

#[test]
fn empty_cells_are_absent_and_missing_ones_are_named() {
    let bare = r#"{"pk":"PROFILE#p","sk":"TXN#2026-01-31T10:00:00Z#t","total":1}"#;
    for name in ["location_id", "channel", "is_void", "brands"] {
        assert_eq!(transaction_with(name, " "), ok(bare), "{name}");
        assert_eq!(transaction_of_json(name, "null"), ok(bare), "{name}");
    }
    for name in ["profile_id", "transaction_id", "transacted_at", "total"] {
        assert_eq!(
            transaction_with(name, ""),
            because(&format!("`{name}` is missing"))
        );
    }
}

#[test]
fn a_transaction_that_cannot_be_read_says_why() {
    for (name, cell, reason) in [
        (
            "profile_id",
            "..",
            "invalid profile id: it consists of dots only",
        ),
        (
            "transacted_at",
            "2026-01-31T10:00:00.5Z",
            "invalid `transacted_at`: fractions of a second cannot be stored",
        ),
        (
            "transacted_at",
            "2026-01-31T10:00:00",
            "invalid `transacted_at`: the offset is missing; end it in Z if it is UTC",
        ),
        ("total", "12,50", "total is not a number"),
        ("total", "$5", "total is not a number"),
        ("total", "0.00001", "total has more than 4 decimals"),
        (
            "total",
            "1000000000000",
            "total is not between -10^12 and 10^12",
        ),
        (
            "channel",
            "phone",
            "invalid `channel`: expected `pos` or `website`",
        ),
        ("is_void", "no", "invalid `is_void`: expected true or false"),
        ("brands", "a||b", "`brand` has 0 bytes: expected 1 to 256"),
    ] {
        assert_eq!(
            transaction_with(name, cell),
            because(reason),
            "{name} {cell}"
        );
    }
    for (name, value, reason) in [
        ("total", "\"1\"", "invalid `total`: expected a number"),
        ("total", "{}", "invalid `total`: expected a number"),
        ("transaction_id", "\"\"", "`transaction_id` is empty"),
        (
            "transaction_id",
            "1.50",
            "invalid `transaction_id`: expected a whole number or a text",
        ),
        (
            "transacted_at",
            "1769853600",
            "invalid `transacted_at`: expected text",
        ),
        (
            "location_id",
            "\"\"",
            "`location_id` has 0 bytes: expected 1 to 256",
        ),
        (
            "location_id",
            "1.0",
            "invalid `location_id`: expected a whole number or a text",
        ),
        (
            "channel",
            "\"\"",
            "invalid `channel`: expected `pos` or `website`",
        ),
        ("is_void", "1", "invalid `is_void`: expected true or false"),
        ("brands", "[1]", "invalid `brand`: expected text"),
        ("brands", "{}", "invalid `brands`: expected a list"),
        ("items", "{}", "invalid `items`: expected a list"),
        (
            "items",
            "[1]",
            "invalid `items`: expected a list of objects",
        ),
        ("items", "[{\"brand\":1}]", "invalid `brand`: expected text"),
        (
            "items",
            "[{\"brand\":\"\"}]",
            "`brand` has 0 bytes: expected 1 to 256",
        ),
        (
            "items",
            "[{\"quantity\":\"2\"}]",
            "invalid `items: quantity`: expected a number",
        ),
        (
            "items",
            "[{\"is_void\":1}]",
            "invalid `items: is_void`: expected true or false",
        ),
        (
            "items",
            "[{\"quantiy\":2}]",
            "unknown column `items: quantiy` for transactions",
        ),
        ("ttal", "2", "unknown column `ttal` for transactions"),
        ("ttal", "null", "unknown column `ttal` for transactions"),
    ] {
        assert_eq!(
            transaction_of_json(name, value),
            because(reason),
            "{name} {value}"
        );
    }
    assert_eq!(
        transaction_of_json("items", r#"[],"brands":["a"]"#),
        because("`items` and `brands` are both given: expected one of them")
    );
}

#[test]
fn ids_and_brands_have_their_longest() {
    let long = |length: usize| "é".repeat(length / 2);
    assert!(transaction_with("location_id", &long(256)).is_ok());
    assert!(transaction_with("location_id", &long(258)).is_err());
    assert!(transaction_with("brands", &long(256)).is_ok());
    assert!(transaction_with("brands", &long(258)).is_err());
    // `TXN#`, the instant and `#` take 25 bytes of the sort key's 1024.
    assert!(transaction_with("transaction_id", &"t".repeat(999)).is_ok());
    assert_eq!(
        transaction_with("transaction_id", &"t".repeat(1000)),
        because("the ids are too long: the sort key has 1025 bytes, at most 1024 are allowed")
    );
}

#[test]
fn brands_may_be_a_json_array() {
    let expected = transaction_with("brands", "a|b");
    assert!(
        expected
            .as_ref()
            .unwrap()
            .contains(r#""items":[{"brand":"a"},{"brand":"b"}]"#)
    );
    assert_eq!(transaction_of_json("brands", r#"["a","b"]"#), expected);
    assert_eq!(
        transaction_with("items", r#"[{"brand":"a"},{"brand":"b"}]"#),
        expected
    );
}

#[test]
fn a_profile_keeps_its_join_date_in_utc() {
    let cells = [
        ("profile_id", "p"),
        ("joined_at", "2020-10-01T09:00:00+10:00"),
        ("joined_location_id", "7"),
        ("preferred_location_id", "web"),
    ];
    assert_eq!(
        csv(Kind::Profiles, &cells),
        ok(concat!(
            r#"{"joined_at":"2020-09-30 23:00:00","joined_location_id":"7","pk":"PROFILE#p","#,
            r#""preferred_location_id":"web","sk":"PROFILE"}"#
        ))
    );
    assert_eq!(
        json(
            Kind::Profiles,
            r#"{"profile_id":"p","joined_location_id":7}"#
        ),
        ok(r#"{"joined_location_id":7,"pk":"PROFILE#p","sk":"PROFILE"}"#)
    );
    assert!(
        json(
            Kind::Profiles,
            r#"{"profile_id":"p","joined_at":"2020-10-01"}"#
        )
        .is_err()
    );
}

#[test]
fn an_address_belongs_to_its_profile() {
    let cells = [
        ("profile_id", "p"),
        ("address_id", "home"),
        ("country", "Australia"),
        ("iso", ""),
        ("is_default", "TRUE"),
    ];
    assert_eq!(
        csv(Kind::Addresses, &cells),
        ok(r#"{"country":"Australia","is_default":true,"pk":"PROFILE#p","sk":"ADDRESS#home"}"#)
    );
    assert_eq!(
        json(
            Kind::Addresses,
            r#"{"profile_id":"p","address_id":1,"iso":"AU","is_default":false}"#
        ),
        ok(r#"{"is_default":false,"iso":"AU","pk":"PROFILE#p","sk":"ADDRESS#1"}"#)
    );
    assert_eq!(
        json(
            Kind::Addresses,
            r#"{"profile_id":"p","address_id":1,"iso":36}"#
        ),
        because("invalid `iso`: expected text")
    );
    assert_eq!(
        csv(Kind::Addresses, &[("profile_id", "p")]),
        because("`address_id` is missing")
    );
}

#[test]
fn a_location_of_csv_has_its_types() {
    let cells = [
        ("id", "1"),
        ("name", "Main street\nfirst floor"),
        ("external_code", "10"),
        ("is_published", "True"),
        ("tags", "a|b"),
        ("normal_hours", r#"[{"day":1,"open":9.50}]"#),
        ("address.country", "Australia"),
        ("address.iso", ""),
        ("address.city", "Perth"),
    ];
    assert_eq!(
        csv(Kind::Locations, &cells),
        ok(concat!(
            r#"{"address":{"city":"Perth","country":"Australia"},"external_code":"10","id":1,"is_published":true,"#,
            r#""name":"Main street\nfirst floor","normal_hours":[{"day":1,"open":9.50}],"pk":"LOCATION#1","sk":"LOCATION","#,
            r#""tags":["a","b"]}"#
        ))
    );
    assert_eq!(
        csv(Kind::Locations, &[("id", "007")]),
        ok(r#"{"id":"007","pk":"LOCATION#007","sk":"LOCATION"}"#)
    );
    assert!(csv(Kind::Locations, &[("id", "1"), ("normal_hours", "9 to 5")]).is_err());
    assert_eq!(
        csv(
            Kind::Locations,
            &[("id", "1"), ("address", "{}"), ("address.iso", "AU")]
        ),
        because("`address` and `address.*` are both given: expected one of them")
    );
}

#[test]
fn a_location_of_ndjson_is_kept_as_typed() {
    assert_eq!(
        json(
            Kind::Locations,
            r#"{"id":"1","type":null,"phone":1131131,"address":{"iso":"AU","lines":[null]},"special_hours":[],"tags":["x"]}"#
        ),
        ok(concat!(
            r#"{"address":{"iso":"AU","lines":[null]},"id":"1","phone":1131131,"pk":"LOCATION#1","sk":"LOCATION","#,
            r#""special_hours":[],"tags":["x"]}"#
        ))
    );
    assert_eq!(
        json(Kind::Locations, r#"{"id":1}"#),
        ok(r#"{"id":1,"pk":"LOCATION#1","sk":"LOCATION"}"#)
    );
    for (row, reason) in [
        (r#"{"name":"x"}"#, "`id` is missing"),
        (r#"{"id":""}"#, "`id` has 0 bytes: expected 1 to 256"),
        (
            r#"{"id":1,"name":[]}"#,
            "invalid `name`: expected text or number",
        ),
        (
            r#"{"id":1,"address":"here"}"#,
            "invalid `address`: expected an object",
        ),
        (
            r#"{"id":1,"is_published":"yes"}"#,
            "invalid `is_published`: expected true or false",
        ),
    ] {
        assert_eq!(json(Kind::Locations, row), because(reason));
    }
}
