//! The golden cases: small tables and the documents that an independent implementation worked out for them.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot start should fail loudly"
)]

use calculation::{Currency, Item, SourceKey, TransactionKey, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One case of `golden/*.json`.
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
    /// Whether all fields are asked for, also those that a document has only then.
    #[serde(default)]
    pub further: bool,
    /// The currency that the deployment names, if it names one.
    currency: Option<String>,
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

/// The key of an item of a case within its profile.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CaseKey {
    /// The profile record.
    Profile,
    /// An address, by its id.
    Address(String),
    /// A transaction, by its instant and id.
    Transaction(String),
}

impl CaseKey {
    /// The key as the calculation takes it.
    pub fn source(&self) -> SourceKey<'_> {
        match self {
            Self::Profile => SourceKey::Profile,
            Self::Address(id) => SourceKey::Address(id),
            Self::Transaction(key) => SourceKey::Transaction(TransactionKey::parse(key)),
        }
    }
}

/// All golden cases.
///
/// # Panics
///
/// The files cannot be read, which they can.
pub fn cases() -> Vec<Case> {
    [
        include_str!("../cases.json"),
        include_str!("../mixed.json"),
        include_str!("../currency.json"),
        include_str!("../further.json"),
    ]
    .into_iter()
    .flat_map(|text| serde_json::from_str::<Vec<Case>>(text).expect("a list of cases"))
    .collect()
}

impl Case {
    /// The currency that the deployment names.
    ///
    /// # Panics
    ///
    /// It is no currency, which it is.
    pub fn currency(&self) -> Option<Currency> {
        let code = self.currency.as_deref()?;
        Some(Currency::parse(code).expect("a currency"))
    }

    /// The items of the profile, by kind and then as the case has them: the profile record, addresses, transactions.
    pub fn profile_items(&self) -> Vec<(CaseKey, Item)> {
        let profile = self
            .profile
            .iter()
            .map(|item| (CaseKey::Profile, stored(item)));
        let addresses = self.addresses.iter().map(|item| {
            let key = CaseKey::Address(text(item, "id").to_owned());
            (key, stored(item))
        });
        let transactions = self.transactions.iter().map(|item| {
            let key = [text(item, "transacted_at"), text(item, "id")].join("#");
            let mut item = stored(item);
            item.remove("id");
            item.remove("transacted_at");
            (CaseKey::Transaction(key), item)
        });
        profile.chain(addresses).chain(transactions).collect()
    }

    /// The location items, each with the text of its id.
    pub fn location_items(&self) -> Vec<(String, Item)> {
        self.locations
            .iter()
            .map(|item| (text(item, "id").to_owned(), stored(item)))
            .collect()
    }
}

/// The item as it is stored: null means that the attribute is absent.
fn stored(item: &Item) -> Item {
    let mut item = item.clone();
    item.retain(|_, value| *value != Value::Null);
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
