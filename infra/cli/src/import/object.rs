//! A row as the text of a JSON object, whatever it was written in.

use std::fmt::Write;

use super::kind::ADDRESS_PREFIX;

/// A row as a JSON object; none for a row of nothing, or the reason why it cannot be read.
pub(crate) type Object = Result<Option<String>, String>;

/// A JSON object in the making. The columns `address.country`, `address.iso` and so on become one object `address_parts`.
#[derive(Debug, Default)]
pub(crate) struct ObjectText {
    text: String,
    address: String,
}

impl ObjectText {
    /// Adds a value, which is JSON.
    pub fn add(&mut self, name: &str, json: &str) {
        match name.strip_prefix(ADDRESS_PREFIX) {
            Some(part) if !part.is_empty() => add(&mut self.address, part, json),
            _ => add(&mut self.text, name, json),
        }
    }

    /// The object.
    pub fn finish(mut self) -> String {
        if !self.address.is_empty() {
            add(
                &mut self.text,
                "address_parts",
                &format!("{{{}}}", self.address),
            );
        }
        format!("{{{}}}", self.text)
    }
}

fn add(text: &mut String, name: &str, json: &str) {
    let comma = if text.is_empty() { "" } else { "," };
    // Writing to a text cannot fail.
    write!(text, "{comma}{}:{json}", serde_json::Value::from(name)).ok();
}
