//! A row as the text of a JSON object, whatever it was written in.

use std::fmt::Write;

use super::kind::ADDRESS_PREFIX;

/// A JSON object in the making. The columns `address.country`, `address.iso` and so on become one object `address.`.
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
            let address = format!("{{{}}}", self.address);
            add(&mut self.text, ADDRESS_PREFIX, &address);
        }
        format!("{{{}}}", self.text)
    }
}

fn add(text: &mut String, name: &str, json: &str) {
    let comma = if text.is_empty() { "" } else { "," };
    let name = serde_json::Value::from(name);
    // Writing to a text cannot fail.
    write!(text, "{comma}{name}:{json}").ok();
}
