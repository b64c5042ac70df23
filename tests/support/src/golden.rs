//! The golden cases: small tables and the documents that an independent implementation worked out for them.

use calculation::{Item, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One case of `tests/golden/*.json`.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// What the case is about.
    pub name: String,
    /// The profile that is asked for.
    pub profile_id: String,
    /// The profile record, if one is stored.
    pub profile: Option<Item>,
    /// Addresses, each with its `id`.
    pub addresses: Vec<Item>,
    /// Locations, each with its `id`.
    pub locations: Vec<Item>,
    /// Transactions, each with its `id` and `transacted_at`, which go into the key.
    pub transactions: Vec<Item>,
    /// The date of the question.
    pub as_of: String,
    /// What the API answers.
    pub expected: Expected,
}

/// What the API answers.
#[derive(Debug, Deserialize)]
pub struct Expected {
    /// The HTTP status.
    pub status: u16,
    /// The document, if the status is 200.
    pub body: Option<Box<RawValue>>,
}

/// All golden cases.
///
/// # Panics
///
/// The files cannot be read, which they can.
pub fn cases() -> Vec<Case> {
    [
        include_str!("../../golden/cases.json"),
        include_str!("../../golden/mixed.json"),
    ]
    .into_iter()
    .flat_map(|text| serde_json::from_str::<Vec<Case>>(text).expect("a list of cases"))
    .collect()
}

impl Case {
    /// The items of the profile's partition, in the order of their sort keys.
    pub fn profile_items(&self) -> Vec<Item> {
        let partition = format!("PROFILE#{}", self.profile_id);
        let profile = self
            .profile
            .iter()
            .map(|item| keyed(item, &partition, "PROFILE".to_owned()));
        let addresses = self.addresses.iter().map(|item| {
            let id = text(item, "id");
            keyed(item, &partition, format!("ADDRESS#{id}"))
        });
        let transactions = self.transactions.iter().map(|item| {
            let (id, instant) = (text(item, "id"), text(item, "transacted_at"));
            let mut item = keyed(item, &partition, format!("TXN#{instant}#{id}"));
            item.remove("id");
            item.remove("transacted_at");
            item
        });
        let mut items: Vec<Item> = profile.chain(addresses).chain(transactions).collect();
        items.sort_by(|left, right| text(left, "sk").cmp(text(right, "sk")));
        items
    }

    /// The location items, each with the text of its id.
    pub fn location_items(&self) -> Vec<(String, Item)> {
        self.locations
            .iter()
            .map(|item| {
                let id = text(item, "id");
                (
                    id.to_owned(),
                    keyed(item, &format!("LOCATION#{id}"), "LOCATION".to_owned()),
                )
            })
            .collect()
    }
}

/// The item under a key; null means that the attribute is absent.
fn keyed(item: &Item, pk: &str, sk: String) -> Item {
    let mut item = item.clone();
    item.retain(|_, value| *value != Value::Null);
    item.insert("pk".to_owned(), Value::Text(pk.to_owned()));
    item.insert("sk".to_owned(), Value::Text(sk));
    item
}

fn text<'a>(item: &'a Item, key: &str) -> &'a str {
    match item.get(key) {
        Some(Value::Text(text) | Value::Number(text)) => text,
        _ => "",
    }
}

/// JSON text without the white space between its parts; everything else, key order and numbers included, stays.
pub fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut in_text, mut escaped) = (false, false);
    for character in json.chars() {
        if in_text {
            in_text = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if character.is_ascii_whitespace() {
            continue;
        } else {
            in_text = character == '"';
        }
        compact.push(character);
    }
    compact
}
