//! JSON: rows, and their names as they were written.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// How deep DynamoDB lets lists and maps be nested in an attribute, and the row around them. Deeper ones must not be read:
/// the reading is recursive. An item of an export has twice as many levels, and two around them.
const DEEPEST: usize = 2 * 32 + 2;

/// Reads a JSON text; an error says what is wrong, and with which name.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    if is_deeper_than(DEEPEST, text) {
        return Err("the JSON is nested deeper than the 32 levels that DynamoDB allows".to_owned());
    }
    let mut source = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let path = error.path().to_string();
        match (error.inner().classify(), path.as_str()) {
            (Category::Data, ".") => without_place(error.inner()),
            (Category::Data, name) if error.inner().to_string().starts_with("unknown field") => {
                format!("unknown column `{name}`")
            }
            (Category::Data, name) => format!("invalid `{name}`: {}", without_place(error.inner())),
            _ => format!("invalid JSON: {}", error.inner()),
        }
    })?;
    source
        .end()
        .map_err(|error| format!("invalid JSON: {error}"))?;
    Ok(read)
}

/// What serde says, without the line and column: they are not those of the file.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// The names of a JSON object, in their order and each once, and their values as they were written.
pub(crate) struct Names(pub Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Names;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Names, A::Error> {
                let mut names: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = entries.next_entry::<String, Box<RawValue>>()? {
                    if names.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format!("the name `{name}` appears twice")));
                    }
                    names.push((name, value));
                }
                Ok(Names(names))
            }
        }

        source.deserialize_map(Object)
    }
}

/// The row on a line of JSON; a line of a rejects file holds the row that it is about.
pub(crate) fn row(line: &str) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Reject {
        #[serde(rename = "rejected_line")]
        _line: u64,
        row: String,
    }

    let reject = || {
        serde_json::from_str(line)
            .ok()
            .map(|Reject { row, .. }| Cow::Owned(row))
    };
    let is_reject = line.starts_with(r#"{"rejected_line":"#);
    is_reject
        .then(reject)
        .flatten()
        .unwrap_or(Cow::Borrowed(line))
}

/// Whether more than `limit` brackets are open anywhere in a JSON text.
fn is_deeper_than(limit: usize, text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth = depth.saturating_add(1),
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_too_deep_is_not_read() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse::<calculation::Value>(&nested(DEEPEST)).is_ok());
        for depth in [DEEPEST + 1, 1_000_000] {
            let error = parse::<calculation::Value>(&nested(depth)).unwrap_err();
            assert!(error.contains("nested deeper"), "{error}");
        }
        let quoted = format!("\"{}\\\"[\\\\\"", "[".repeat(99));
        assert!(parse::<calculation::Value>(&quoted).is_ok());
    }

    #[test]
    fn a_name_stands_in_an_object_once() {
        let names = |text| parse::<Names>(text).map(|Names(names)| names.len());
        assert_eq!(names(r#"{"a":1,"b":{"c":[]}}"#), Ok(2));
        assert_eq!(
            names(r#"{"a":1,"b":2,"a":1}"#),
            Err("the name `a` appears twice".to_owned())
        );
        for broken in ["{broken}", "[]", "{\"a\":1} {", "{\"a\":", "1"] {
            assert!(names(broken).is_err(), "{broken}");
        }
    }
}
