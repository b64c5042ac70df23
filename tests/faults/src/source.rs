//! The source items of a schedule.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// The dates of purchases, and of questions.
pub const DATES: [&str; 6] = [
    "2017-05-30",
    "2019-12-31",
    "2021-01-01",
    "2024-02-29",
    "2025-01-01",
    "2025-01-02",
];

/// What one item becomes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The sort key.
    pub sk: String,
    /// What is stored under it; `None` is a deletion.
    pub content: Option<Content>,
}

/// What an item says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Content {
    /// A profile or an address.
    Person(u8),
    /// A transaction of this total, at this location.
    Total(i32, u8),
    /// One that is void.
    Void,
    /// One whose total cannot be read.
    Unreadable,
}

/// Changes of one item: purchases of dates near and far, edits, deletions, and items that are set aside.
pub fn change() -> impl Strategy<Value = Change> {
    let date = select(DATES.to_vec());
    let time = select(vec!["T10:00:00Z#a", "T10:00:00Z#b", "T23:59:59Z#c"]);
    let dated = (date, time).prop_map(|(date, time)| format!("TXN#{date}{time}"));
    let undated = select(vec![
        "TXN#soon#a",
        "TXN#2025-02-30T10:00:00Z#a",
        "TXN#2025-01-01T10:00:60Z#a",
        "TXN#2025-01-01T10:00:00Z#",
    ]);
    let key = prop_oneof![9 => dated, 1 => undated.prop_map(str::to_owned)];
    let total = prop_oneof![4 => 1_i32..1_000, 1 => -500_i32..1];
    let content = prop_oneof![
        12 => (total, 0_u8..3).prop_map(|(total, location)| Content::Total(total, location)),
        1 => Just(Content::Void),
        1 => Just(Content::Unreadable),
    ];
    let content = proptest::option::weighted(0.75, content);
    let transaction = (key, content).prop_map(|(sk, content)| Change { sk, content });
    let person = select(vec!["PROFILE", "ADDRESS#home", "ADDRESS#work"]);
    let content = proptest::option::weighted(0.75, (0_u8..3).prop_map(Content::Person));
    let person = (person, content).prop_map(|(sk, content)| Change {
        sk: sk.to_owned(),
        content,
    });
    prop_oneof![8 => transaction, 1 => person]
}

/// The item as DynamoDB's JSON has it.
pub fn item(pk: &str, sk: &str, content: Content) -> Value {
    let mut item = json!({"pk": {"S": pk}, "sk": {"S": sk}});
    let attributes = match content {
        Content::Person(number) => json!({
            "joined_at": {"S": format!("2020-01-0{} 10:00:00", number + 1)},
            "iso": {"S": if number == 0 { "NZ" } else { "AU" }},
        }),
        Content::Total(total, location) => json!({
            "total": {"N": total.to_string()},
            "location_id": {"S": location.to_string()},
            "items": {"L": [{"M": {"brand": {"S": format!("brand {}", total % 3)}}}]},
        }),
        Content::Void => json!({"total": {"N": "7"}, "is_void": {"BOOL": true}}),
        Content::Unreadable => json!({"total": {"S": "7"}}),
    };
    if let (Value::Object(item), Value::Object(attributes)) = (&mut item, attributes) {
        item.extend(attributes);
    }
    item
}

/// What an item of DynamoDB's JSON says.
fn content(item: &Value) -> Content {
    let number = |name: &str| item.pointer(&format!("/{name}/N")).and_then(Value::as_str);
    if item.get("joined_at").is_some() {
        Content::Person(0)
    } else if item.get("is_void").is_some() {
        Content::Void
    } else if let Some(total) = number("total") {
        Content::Total(total.parse().unwrap_or_default(), 0)
    } else {
        Content::Unreadable
    }
}

/// An item of DynamoDB's JSON as the SDK has it.
pub fn attributes(item: &Value) -> HashMap<String, AttributeValue> {
    let members = item.as_object().into_iter().flatten();
    members
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect()
}

fn attribute(value: &Value) -> AttributeValue {
    let typed = value.as_object().and_then(|value| value.iter().next());
    match typed.map(|(name, value)| (name.as_str(), value)) {
        Some(("S", Value::String(text))) => AttributeValue::S(text.clone()),
        Some(("N", Value::String(text))) => AttributeValue::N(text.clone()),
        Some(("BOOL", Value::Bool(value))) => AttributeValue::Bool(*value),
        Some(("L", Value::Array(values))) => {
            AttributeValue::L(values.iter().map(attribute).collect())
        }
        Some(("M", value)) => AttributeValue::M(attributes(value)),
        _ => AttributeValue::Null(true),
    }
}

/// The source items that a request changes.
pub fn changes(operation: &str, body: &str) -> Vec<(String, String, Option<Content>)> {
    if !matches!(operation, "PutItem" | "DeleteItem" | "BatchWriteItem") {
        return Vec::new();
    }
    let request: Value = serde_json::from_str(body).unwrap_or_default();
    let batch = request["RequestItems"].as_object().into_iter().flatten();
    let batch = batch.flat_map(|(_, requests)| requests.as_array().into_iter().flatten());
    let batch = batch.flat_map(|request| [&request["PutRequest"], &request["DeleteRequest"]]);
    let all = batch.chain([&request]).flat_map(|request| {
        let put = request.get("Item").map(|item| (item, Some(content(item))));
        let deleted = request.get("Key").map(|key| (key, None));
        put.into_iter().chain(deleted)
    });
    let all = all.filter_map(|(item, content)| {
        let text = |name: &str| item[name]["S"].as_str().map(str::to_owned);
        Some((text("pk")?, text("sk")?, content))
    });
    let is_source =
        |sk: &str| sk == "PROFILE" || sk.starts_with("TXN#") || sk.starts_with("ADDRESS#");
    all.filter(|(_, sk, _)| is_source(sk)).collect()
}
