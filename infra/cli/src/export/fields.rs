//! The fields of a document, as its JSON writes them.

use std::collections::BTreeMap;

use calculation::Aggregations;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::arguments::field;

/// The values of a document, by their fields.
#[derive(Debug)]
pub(super) struct Fields<'a>(BTreeMap<&'a str, &'a RawValue>);

impl<'a> Fields<'a> {
    /// Takes a document apart.
    pub(super) fn parse(document: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(document).map(Self)
    }

    /// The values that stand in a document, in the order of the response.
    fn values<'b>(&'b self, chosen: &'b [&str]) -> impl Iterator<Item = (&'a str, &'a RawValue)> {
        let fields = Aggregations::FIELDS.into_iter();
        let fields = fields.filter(|field| chosen.contains(field));
        fields
            .filter_map(|field| self.0.get_key_value(field))
            .map(|(field, value)| (*field, *value))
    }

    /// The document with the chosen fields only.
    pub(super) fn object(&self, chosen: &[&str]) -> String {
        let values = self.values(chosen);
        let members: Vec<String> = values
            .map(|(field, value)| format!("\"{field}\":{}", value.get()))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    /// The chosen fields as cells of a table: locations by their ids, lists joined by `|`, null empty.
    pub(super) fn cells(&self, chosen: &[&str]) -> serde_json::Result<Vec<String>> {
        let cell = |(_, value): (&str, &RawValue)| match value.get() {
            "null" => Ok(String::new()),
            list if list.starts_with('[') => {
                serde_json::from_str::<Vec<String>>(list).map(|values| values.join("|"))
            }
            _ => text(value),
        };
        self.values(chosen).map(cell).collect()
    }
}

/// A value that a field must have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Condition {
    field: &'static str,
    value: String,
}

impl Condition {
    /// Reads `FIELD=VALUE`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("expected FIELD=VALUE")?;
        Ok(Self {
            field: field(name)?,
            value: value.to_owned(),
        })
    }

    /// Whether a document has the value.
    pub(super) fn holds(&self, fields: &Fields<'_>) -> serde_json::Result<bool> {
        match fields.0.get(self.field) {
            Some(value) => Ok(text(value)? == self.value),
            None => Ok(false),
        }
    }
}

/// A value as a flag writes it: a string without its quotes, a location by its id, anything else as its JSON.
fn text(value: &RawValue) -> serde_json::Result<String> {
    #[derive(Deserialize)]
    struct Location<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    let json = value.get();
    if json.starts_with('{') {
        return serde_json::from_str(json).and_then(|location: Location<'_>| scalar(location.id));
    }
    scalar(value)
}

fn scalar(value: &RawValue) -> serde_json::Result<String> {
    match value.get() {
        string if string.starts_with('"') => serde_json::from_str(string),
        json => Ok(json.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"profile_id":"a,da","spend_12m":-0.5,"channel":null,"store_join":{"id":1,"name":"{\"id\":2}"},"purchased_brands":["Ac\"me","B|x"],"most_transacted_location":{"id":"x y","name":null}}"#;

    fn holds(condition: &str) -> bool {
        let fields = Fields::parse(DOCUMENT).unwrap();
        Condition::parse(condition).unwrap().holds(&fields).unwrap()
    }

    #[test]
    fn a_value_is_compared_as_text() {
        for condition in [
            "profile_id=a,da",
            "spend_12m=-0.5",
            "channel=null",
            "store_join=1",
            "most_transacted_location=x y",
            r#"purchased_brands=["Ac\"me","B|x"]"#,
        ] {
            assert!(holds(condition), "{condition}");
        }
        for condition in [
            "profile_id=\"a,da\"",
            "spend_12m=-0.50",
            "channel=",
            "store_join=2",
        ] {
            assert!(!holds(condition), "{condition}");
        }
    }

    #[test]
    fn a_condition_names_a_known_field() {
        assert_eq!(Condition::parse("channel=a=b").unwrap().value, "a=b");
        assert_eq!(
            Condition::parse("channel"),
            Err("expected FIELD=VALUE".to_owned())
        );
        let unknown = Condition::parse("chanel=CM").unwrap_err();
        assert!(unknown.starts_with("unknown field `chanel`: expected one of profile_id, "));
    }

    #[test]
    fn fields_are_chosen_in_the_order_of_the_response() {
        let fields = Fields::parse(DOCUMENT).unwrap();
        let chosen = ["store_join", "channel", "spend_12m"];
        assert_eq!(
            fields.object(&chosen),
            r#"{"spend_12m":-0.5,"channel":null,"store_join":{"id":1,"name":"{\"id\":2}"}}"#
        );
        assert_eq!(fields.object(&Aggregations::FIELDS), DOCUMENT);
        assert_eq!(fields.cells(&chosen).unwrap(), ["-0.5", "", "1"]);
        assert_eq!(fields.cells(&["purchased_brands"]).unwrap(), ["Ac\"me|B|x"]);
    }
}
