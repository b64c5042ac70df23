//! Location records: what a location id stands for when a ledger is evaluated.

use std::collections::HashMap;
use std::sync::Arc;

use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::country::Country;
use crate::transaction::Channel;
use crate::value::{Item, Value};

/// The keys of a location in the response, in the source's order.
pub const LOCATION_KEYS: [&str; 18] = [
    "id",
    "type",
    "name",
    "description",
    "phone",
    "email",
    "timezone",
    "external_id",
    "external_code",
    "is_published",
    "is_permanently_closed",
    "address",
    "normal_hours",
    "special_hours",
    "tags",
    "custom_fields",
    "created_at",
    "updated_at",
];

/// The keys that are lists: not stored, they are `[]`.
const LIST_KEYS: [&str; 4] = ["normal_hours", "special_hours", "tags", "custom_fields"];

/// The location records that are stored, by the id in their key.
pub type Locations = HashMap<String, Arc<Location>>;

/// A stored location, ready to be rendered.
#[derive(Clone, Debug)]
pub struct Location {
    /// The JSON object of the response, rendered once.
    json: Box<RawValue>,
    /// What its type says of purchases that name no channel of their own.
    pub(crate) channel: Option<Channel>,
    /// The country of its address.
    pub(crate) country: Option<Country>,
}

impl Location {
    /// The location with `id` in its key.
    ///
    /// # Errors
    ///
    /// The record cannot be rendered as JSON, which no value of a DynamoDB item leads to.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Location, Value};
    ///
    /// let item = Item::from([("name".to_owned(), Value::Text("Main Street".to_owned()))]);
    /// let location = Location::new("1", &item).unwrap();
    /// assert!(location.json().get().starts_with(r#"{"id":"1","type":null,"name":"Main Street","#));
    /// ```
    pub fn new(id: &str, item: &Item) -> Result<Self, serde_json::Error> {
        Ok(Self {
            json: serde_json::value::to_raw_value(&LocationRecord { id, item })?,
            channel: item
                .get("type")
                .and_then(Value::as_text)
                .and_then(Channel::of_location_type),
            country: match item.get("address") {
                Some(Value::Map(address)) => Country::of_address(address),
                _ => None,
            },
        })
    }

    /// The JSON object of the response.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Location};
    ///
    /// let location = Location::new("1", &Item::new()).unwrap();
    /// assert!(location.json().get().contains(r#""normal_hours":[]"#));
    /// ```
    pub fn json(&self) -> &RawValue {
        &self.json
    }
}

/// Renders the 18 keys of a location, in the source's order, values as stored.
pub(crate) struct LocationRecord<'a> {
    pub(crate) id: &'a str,
    pub(crate) item: &'a Item,
}

impl Serialize for LocationRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(LOCATION_KEYS.len()))?;
        for key in LOCATION_KEYS {
            match self.item.get(key).filter(|value| **value != Value::Null) {
                Some(value) => map.serialize_entry(key, value)?,
                None if key == "id" => map.serialize_entry(key, self.id)?,
                None if LIST_KEYS.contains(&key) => map.serialize_entry::<_, [(); 0]>(key, &[])?,
                None => map.serialize_entry(key, &())?,
            }
        }
        map.end()
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer).map_err(S::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_all_keys_in_order() {
        let item = Item::from([
            ("name".into(), Value::Text("Łódź".into())),
            ("tags".into(), Value::Null),
            ("other".into(), Value::Text("dropped".into())),
            ("id".into(), Value::Number("1".into())),
        ]);
        let location = Location::new("1", &item).unwrap();
        assert_eq!(
            location.json().get(),
            r#"{"id":1,"type":null,"name":"Łódź","description":null,"phone":null,"email":null,"timezone":null,"external_id":null,"external_code":null,"is_published":null,"is_permanently_closed":null,"address":null,"normal_hours":[],"special_hours":[],"tags":[],"custom_fields":[],"created_at":null,"updated_at":null}"#
        );
        let without_id = Location::new("1", &Item::new()).unwrap();
        assert!(
            without_id
                .json()
                .get()
                .starts_with(r#"{"id":"1","type":null"#)
        );
    }
}
