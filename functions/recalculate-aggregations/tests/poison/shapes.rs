//! What a stream record may look like that is none, or none of a profile, or hardly one.

use serde_json::{Value, json};

use crate::{PURCHASE, record};

/// Shapes that are no record: a key or what holds it is missing, or of another type.
pub fn unreadable() -> Vec<Value> {
    let keys = [
        json!(null),
        json!(1),
        json!("keys"),
        json!([]),
        json!({}),
        json!({"pk": {"S": "PROFILE#a"}}),
        json!({"sk": {"S": PURCHASE}}),
        json!({"pk": {"N": "1"}, "sk": {"S": PURCHASE}}),
        json!({"pk": {"S": "PROFILE#a"}, "sk": {"N": "1"}}),
        json!({"pk": {"S": "PROFILE#a"}, "sk": {"B": "AAAA"}}),
        // No Base64, and no UTF-8 once it is read.
        json!({"pk": {"S": "PROFILE#a"}, "sk": {"B": "%%%"}}),
        json!({"pk": {"B": "//79"}, "sk": {"S": PURCHASE}}),
        json!({"pk": {"S": null}, "sk": {"S": PURCHASE}}),
        json!({"pk": {"S": ["PROFILE#a"]}, "sk": {"S": PURCHASE}}),
        json!({"pk": {"S": "PROFILE#a"}, "sk": {"S": {"S": PURCHASE}}}),
        json!({"pk": "PROFILE#a", "sk": PURCHASE}),
        json!({"pk": {"s": "PROFILE#a"}, "sk": {"s": PURCHASE}}),
        json!({"PK": {"S": "PROFILE#a"}, "SK": {"S": PURCHASE}}),
        json!({"id": {"S": "a"}}),
    ];
    let keys = keys.into_iter().enumerate().map(|(number, keys)| {
        let mut of_keys = record("", "", 500 + number);
        of_keys["dynamodb"]["Keys"] = keys;
        of_keys
    });
    let shapes = [
        json!(null),
        json!(true),
        json!(0),
        json!("not even a record"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"dynamodb": null}),
        json!({"dynamodb": "x"}),
        json!({"dynamodb": []}),
        json!({"dynamodb": {}}),
        json!({"Keys": {"pk": {"S": "PROFILE#a"}, "sk": {"S": PURCHASE}}}),
        json!({"kinesis": {"data": "AAAA"}, "eventSource": "aws:kinesis"}),
        json!({"Sns": {"Message": "x"}, "EventSource": "aws:sns"}),
        json!({"s3": {"object": {"key": "PROFILE#a"}}, "eventSource": "aws:s3"}),
    ];
    keys.chain(shapes).collect()
}

/// Keys that are texts, and not those of a profile's source item.
pub fn foreign() -> Vec<Value> {
    let long = "x".repeat(2_048 - 8);
    [
        ("", ""),
        ("", PURCHASE),
        ("PROFILE", PURCHASE),
        ("PROFILE#", PURCHASE),
        ("PROFILE#..", PURCHASE),
        ("PROFILE#a b", PURCHASE),
        ("PROFILE#a\0", PURCHASE),
        ("PROFILE#a\n", PURCHASE),
        ("PROFILE#\u{7f}", PURCHASE),
        ("PROFILE#\u{ffff}", PURCHASE),
        ("PROFILE#a#b", PURCHASE),
        ("profile#a", PURCHASE),
        (" PROFILE#a", PURCHASE),
        ("\u{feff}PROFILE#a", PURCHASE),
        (&format!("PROFILE#{long}"), PURCHASE),
        (&format!("PROFILE#{}", "a".repeat(129)), PURCHASE),
        ("LOCATION#1", "LOCATION"),
        ("PROFILE#a", ""),
        ("PROFILE#a", "AGG"),
        ("PROFILE#a", "AGG#2020"),
        ("PROFILE#a", "TXN"),
        ("PROFILE#a", "txn#2026-01-01T10:00:00Z#a"),
        ("PROFILE#a", "PROFILE#"),
        ("PROFILE#a", "LOCATION"),
        ("PROFILE#a", "\0"),
    ]
    .into_iter()
    .enumerate()
    .map(|(number, (pk, sk))| record(pk, sk, 600 + number))
    .collect()
}

/// Keys of source items that are as odd as a key can be, of one profile each.
pub fn odd() -> Vec<String> {
    let fill = |start: &str, with: &str| {
        let room = 1_024 - start.len();
        format!("{start}{}", with.repeat(room / with.len()))
    };
    vec![
        "TXN#".into(),
        "TXN##".into(),
        "TXN#\0".into(),
        "TXN#\u{ffff}".into(),
        "TXN#2026-01-01".into(),
        "TXN#2026-01-01T10:00:00Z#".into(),
        "TXN#2026-01-01T10:00:00Z#\0\u{1}\u{7f}".into(),
        "TXN#2026-01-01T10:00:00Z#\u{10ffff}".into(),
        "TXN#2026-02-30T10:00:00Z#a".into(),
        fill("TXN#2026-01-01T10:00:00Z#", "x"),
        fill("TXN#2026-01-01T10:00:00Z#", "\0"),
        fill("TXN#", "\u{ffff}"),
        fill("TXN#", "𝄞"),
        "ADDRESS#".into(),
        "ADDRESS#\0".into(),
        fill("ADDRESS#", "é"),
    ]
}
