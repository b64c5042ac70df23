//! Rows, and what they come to.

use calculation::Object;
use table::plain_item;

use super::*;
use crate::import::json::parse;

/// The key and the change as text; of a reject the reason.
fn of(kind: Kind, row: &str) -> String {
    let row = match parse(row).and_then(|Object(cells)| read(kind, cells, false)) {
        Ok(row) => row,
        Err(reason) => return reason,
    };
    let change = match row.change {
        Change::Put(item) => serde_json::to_string(&plain_item(item)).unwrap(),
        Change::Update(values) => serde_json::to_string(&values).unwrap(),
        Change::Delete => "deleted".to_owned(),
    };
    format!("{} {} {change}", row.pk, row.sk)
}

/// What becomes of a transaction with one more value, or another.
fn transaction_with(name: &str, value: &str) -> String {
    let mut values = vec![
        ("profile_id", "\"p\""),
        ("transaction_id", "\"t\""),
        ("transacted_at", "\"2026-01-31T10:00:00Z\""),
        ("total", "1"),
    ];
    values.retain(|(other, _)| *other != name);
    values.push((name, value));
    let values: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    of(Kind::Transactions, &format!("{{{}}}", values.join(",")))
}

/// The attributes of that transaction.
fn attributes_with(name: &str, value: &str) -> String {
    let text = transaction_with(name, value);
    text.strip_prefix("PROFILE#p TXN#2026-01-31T10:00:00Z#t ")
        .unwrap_or(&text)
        .to_owned()
}

#[test]
fn a_transaction_has_all_its_attributes() {
    let row = r#"{"profile_id":17,"transaction_id":"t#1","transacted_at":"2026-01-31 10:00:00+02:00","total":"029.330","currency":" eur ",
        "total_converted":31,"location_id":1,"channel":"POS","is_void":"f","items":[{"brand":"Acme","quantity":"-1.50","is_void":1},{"quantity":null}]}"#;
    assert_eq!(
        of(Kind::Transactions, row),
        concat!(
            "PROFILE#17 TXN#2026-01-31T08:00:00Z#t#1 ",
            r#"{"channel":"pos","currency":"EUR","is_void":false,"items":[{"brand":"Acme","is_void":true,"quantity":-1.50},{}],"#,
            r#""location_id":1,"total":29.33,"total_converted":31}"#
        )
    );
}

#[test]
fn values_are_read_in_every_form_that_loses_nothing() {
    for (name, value, expected) in [
        ("total", "\"12,50\"", r#"{"total":12.5}"#),
        ("total", "\"-7,5\"", r#"{"total":-7.5}"#),
        ("total", "\"1e+05\"", r#"{"total":100000}"#),
        ("is_void", "\"T\"", r#"{"is_void":true,"total":1}"#),
        ("is_void", "\"no\"", r#"{"is_void":false,"total":1}"#),
        ("is_void", "\"1.0\"", r#"{"is_void":true,"total":1}"#),
        ("is_void", "0", r#"{"is_void":false,"total":1}"#),
        ("channel", "\"Web\"", r#"{"channel":"website","total":1}"#),
        (
            "channel",
            "\"online\"",
            r#"{"channel":"website","total":1}"#,
        ),
        (
            "channel",
            "\"e-commerce\"",
            r#"{"channel":"website","total":1}"#,
        ),
        (
            "brands",
            "\"a | b\"",
            r#"{"items":[{"brand":"a"},{"brand":"b"}],"total":1}"#,
        ),
        (
            "brands",
            "[\"a\"]",
            r#"{"items":[{"brand":"a"}],"total":1}"#,
        ),
        ("items", "null", r#"{"total":1}"#),
        ("items", "[]", r#"{"items":[],"total":1}"#),
        (
            "location_id",
            "\"007\"",
            r#"{"location_id":"007","total":1}"#,
        ),
        (
            "transacted_at",
            "\"2026-01-31 10:00:00.000 UTC\"",
            r#"{"total":1}"#,
        ),
    ] {
        assert_eq!(attributes_with(name, value), expected, "{name} {value}");
    }
}

#[test]
fn a_transaction_that_cannot_be_read_says_why() {
    let long = format!("\"{}\"", "é".repeat(129));
    for (name, value, reason) in [
        (
            "profile_id",
            "\"..\"",
            "invalid profile id: it consists of dots only",
        ),
        ("profile_id", "null", "`profile_id` is missing"),
        ("transaction_id", "\"NaN\"", "`transaction_id` is missing"),
        (
            "transaction_id",
            "\"6.70E+12\"",
            "invalid `transaction_id`: `6.70E+12` is a number as a spreadsheet or a data frame writes it: export the column as text",
        ),
        (
            "transaction_id",
            "1.50",
            "invalid `transaction_id`: `1.50` is a number as a spreadsheet or a data frame writes it: export the column as text",
        ),
        (
            "transacted_at",
            "\"2026-01-31T10:00:00.5Z\"",
            "invalid `transacted_at`: `2026-01-31T10:00:00.5Z` has a fraction of a second, which cannot be stored: cut it off",
        ),
        (
            "transacted_at",
            "1769853600",
            "invalid `transacted_at`: `1769853600` is not an instant such as 2026-01-31T10:00:00Z, 2026-01-31 10:00:00 or 2026-01-31T10:00:00+02:00",
        ),
        ("total", "null", "`total` is missing"),
        (
            "total",
            "\"1,234\"",
            "invalid `total`: `1,234` is not a number: write it like 1234.50",
        ),
        (
            "total",
            "\"$5\"",
            "invalid `total`: `$5` is not a number: write it like 1234.50",
        ),
        (
            "total",
            "0.30000000000000004",
            "invalid `total`: `0.30000000000000004` has more than 4 decimals: round it",
        ),
        (
            "total",
            "1000000000000",
            "invalid `total`: `1000000000000` is not between -10^12 and 10^12",
        ),
        (
            "total",
            "{}",
            "invalid `total`: `{}` is not a number: write it like 1234.50",
        ),
        (
            "currency",
            "\"euro\"",
            "invalid `currency`: `euro` is not an ISO 4217 code such as EUR",
        ),
        (
            "channel",
            "\"phone\"",
            "invalid `channel`: `phone` is not a channel: expected pos, website, web or online, or no value",
        ),
        (
            "is_void",
            "\"perhaps\"",
            "invalid `is_void`: `perhaps` is neither true nor false",
        ),
        (
            "location_id",
            "71.0",
            "invalid `location_id`: `71.0` is a number as a spreadsheet or a data frame writes it: export the column as text",
        ),
        (
            "location_id",
            &long,
            &format!(
                "invalid `location_id`: `{}` is longer than 256 bytes",
                "é".repeat(50)
            ),
        ),
        (
            "brands",
            "\"a||b\"",
            "invalid `brands`: `a||b` has a brand that is empty or not a text",
        ),
        (
            "brands",
            "\"a|nan\"",
            "invalid `brands`: `a|nan` has a brand that is empty or not a text",
        ),
        (
            "brands",
            "[1]",
            "invalid `brands`: `[1]` has a brand that is empty or not a text",
        ),
        (
            "brands",
            &long,
            &format!(
                "invalid `brands`: `{}` is longer than 256 bytes",
                "é".repeat(50)
            ),
        ),
        (
            "items",
            "[{\"brand\":1}]",
            "invalid `items[0].brand`: `1` is not a text",
        ),
        (
            "items",
            "[{},{\"quantity\":\"two\"}]",
            "invalid `items[1].quantity`: `two` is not a number",
        ),
        (
            "items",
            "[],\"brands\":[\"a\"]",
            "`items` and `brands` are both given: give one",
        ),
    ] {
        assert_eq!(transaction_with(name, value), reason, "{name} {value}");
    }
    for (name, value, part) in [
        (
            "items",
            "\"here\"",
            "invalid `items`: invalid type: string \"here\", expected a sequence",
        ),
        (
            "items",
            "[{\"quantiy\":2}]",
            "unknown column `items[0].quantiy`",
        ),
        ("ttal", "null", "unknown column `ttal`"),
        (
            "transaction_id",
            &format!("\"{}\"", "t".repeat(1000)),
            "the ids are too long: the sort key has 1025 bytes",
        ),
    ] {
        let reason = transaction_with(name, value);
        assert!(reason.contains(part), "{name} {value}: {reason}");
    }
}

#[test]
fn rows_of_other_kinds_are_kept_as_typed() {
    for (kind, row, expected) in [
        (
            Kind::Profiles,
            r#"{"profile_id":"p","joined_at":"2020-10-01T09:00:00+10:00","joined_location_id":7,"preferred_location_id":""}"#,
            r#"PROFILE#p PROFILE {"joined_at":"2020-09-30 23:00:00","joined_location_id":7,"preferred_location_id":null}"#,
        ),
        (
            Kind::Addresses,
            r#"{"profile_id":"p","address_id":1,"iso":"NA","country":null,"is_default":false}"#,
            r#"PROFILE#p ADDRESS#1 {"is_default":false,"iso":"NA"}"#,
        ),
        (
            Kind::Addresses,
            r#"{"profile_id":"p"}"#,
            "`address_id` is missing",
        ),
        (
            Kind::Addresses,
            r#"{"profile_id":"p","address_id":1,"iso":36}"#,
            "invalid `iso`: `36` is not a text",
        ),
        (
            Kind::Locations,
            r#"{"id":"1","type":null,"phone":1131131,"address":{"iso":"AU","lines":[null]},"special_hours":[],"tags":"x|y"}"#,
            r#"LOCATION#1 LOCATION {"address":{"iso":"AU","lines":[null]},"id":"1","phone":1131131,"special_hours":[],"tags":["x","y"],"type":null}"#,
        ),
        (
            Kind::Locations,
            r#"{"id":1,"address.iso":"AU","address.city":null}"#,
            r#"LOCATION#1 LOCATION {"address.city":null,"address.iso":"AU","id":1}"#,
        ),
        (Kind::Locations, r#"{"name":"x"}"#, "`id` is missing"),
        (
            Kind::Locations,
            r#"{"id":1,"name":[]}"#,
            "invalid `name`: `[]` is neither a text nor a number",
        ),
        (
            Kind::Locations,
            r#"{"id":1,"external_id":"71.0"}"#,
            "invalid `external_id`: `71.0` is a number as a spreadsheet or a data frame writes it: export the column as text",
        ),
        (
            Kind::Locations,
            r#"{"id":1,"phone":"6.15E+10"}"#,
            "invalid `phone`: `6.15E+10` is a number as a spreadsheet or a data frame writes it: export the column as text",
        ),
        (
            Kind::Locations,
            r#"{"id":1,"address":"here"}"#,
            "invalid `address`: `here` is not an object",
        ),
        (
            Kind::Locations,
            r#"{"id":1,"address":{},"address.iso":"AU"}"#,
            "`address` and `address.*` are both given: give one",
        ),
    ] {
        assert_eq!(of(kind, row), expected, "{row}");
    }
    let large = format!(r#"{{"id":1,"description":"{}"}}"#, "x".repeat(410_000));
    assert!(of(Kind::Locations, &large).starts_with("the item has about 410"));
}
