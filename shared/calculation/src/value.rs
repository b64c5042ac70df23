//! A stored attribute, as plain data.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

/// Levels that a value may be nested: as many as `serde_json` reads.
const DEEPEST: usize = 127;

/// An item of the table: its attributes by name, keys included. Sorted, so that nested maps render with sorted keys.
pub type Item = BTreeMap<String, Value>;

/// One attribute value. Sets arrive as sorted lists, binary values as Base64 text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// A stored null, which means the same as an absent attribute.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, by its exact decimal text.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Item),
}

impl Value {
    /// The text, if this is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Value;
    ///
    /// assert_eq!(Value::Text("pos".to_owned()).as_text(), Some("pos"));
    /// assert_eq!(Value::Number("1".to_owned()).as_text(), None);
    /// ```
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is the boolean true; every other value is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Value;
    ///
    /// assert!(Value::Bool(true).is_true());
    /// assert!(!Value::Text("true".to_owned()).is_true());
    /// ```
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }
}

impl Serialize for Value {
    /// Renders the value as JSON, numbers by their exact text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(text) => raw_number(text)
                .map_err(S::Error::custom)?
                .serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => values.serialize(serializer),
            Self::Map(values) => values.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    /// Reads JSON text, keeping each number's exact text; works with `serde_json` only. An object with a name twice is an
    /// error: which value was meant is not known. So is one that is nested deeper than `serde_json` reads anything else.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        // What is raw is nested as deep as it likes, and reading it is recursive.
        if deepest(raw.get()) > DEEPEST {
            return Err(D::Error::custom("it is nested too deep"));
        }
        let Nested(value) = Nested::read(&raw).map_err(D::Error::custom)?;
        Ok(value)
    }
}

/// A value whose depth is known to be small enough.
struct Nested(Value);

impl Nested {
    fn read(raw: &RawValue) -> serde_json::Result<Self> {
        let text = raw.get();
        let value = match text.bytes().next() {
            Some(b'n') => Value::Null,
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'"') => Value::Text(serde_json::from_str(text)?),
            Some(b'[') => {
                let values = serde_json::from_str::<Vec<Self>>(text)?;
                Value::List(values.into_iter().map(|Self(value)| value).collect())
            }
            Some(b'{') => {
                let Object(values) = serde_json::from_str::<Object<Self>>(text)?;
                let values = values.into_iter();
                Value::Map(values.map(|(name, Self(value))| (name, value)).collect())
            }
            _ => Value::Number(text.to_owned()),
        };
        Ok(Self(value))
    }
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Self::read(raw).map_err(D::Error::custom)
    }
}

/// How many brackets are open at most in a JSON text.
fn deepest(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// What a JSON object has under its names, each of which it has once.
#[derive(Clone, Debug)]
pub struct Object<T>(pub BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    /// Reads an object. One with a name twice is an error: which value was meant is not known.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Names<T> {
            type Value = Object<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Object<T>, A::Error> {
                let mut values = BTreeMap::new();
                while let Some((name, value)) = entries.next_entry::<String, T>()? {
                    if values.contains_key(&name) {
                        return Err(A::Error::custom(format!("the name `{name}` appears twice")));
                    }
                    values.insert(name, value);
                }
                Ok(Object(values))
            }
        }

        deserializer.deserialize_map(Names(PhantomData))
    }
}

/// A number's text as raw JSON; a text that JSON would not take as a number becomes a JSON string.
fn raw_number(text: &str) -> Result<Box<RawValue>, serde_json::Error> {
    if text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && let Ok(raw) = RawValue::from_string(text.to_owned())
    {
        return Ok(raw);
    }
    serde_json::value::to_raw_value(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_numbers_by_their_exact_text_and_keys_sorted() {
        let value = Value::Map(Item::from([
            ("b".into(), Value::Number("-37.81360".into())),
            (
                "a".into(),
                Value::List(vec![Value::Null, Value::Bool(true)]),
            ),
            (
                "c".into(),
                Value::Number("12345678901234567890123456789012345678".into()),
            ),
        ]));
        let json = r#"{"a":[null,true],"b":-37.81360,"c":12345678901234567890123456789012345678}"#;
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value);
    }

    #[test]
    fn a_name_stands_in_an_object_once() {
        for json in [r#"{"a":1,"a":1}"#, r#"[{"a":{"b":1,"b":2}}]"#] {
            let error = serde_json::from_str::<Value>(json).unwrap_err().to_string();
            assert!(error.contains("appears twice"), "{error}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_by_what_it_is() {
        let error = serde_json::from_str::<Object<Value>>("[]").unwrap_err();
        let expected = "invalid type: sequence, expected a JSON object";
        assert!(error.to_string().starts_with(expected), "{error}");
    }

    #[test]
    fn no_depth_exhausts_the_stack() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(serde_json::from_str::<Value>(&nested(DEEPEST)).is_ok());
        assert!(serde_json::from_str::<Value>(&nested(DEEPEST + 1)).is_err());
        assert!(serde_json::from_str::<Value>(&nested(1_000_000)).is_err());
        let siblings = format!("[{}[]]", "[],{},".repeat(DEEPEST));
        assert!(serde_json::from_str::<Value>(&siblings).is_ok());
        // Brackets in texts are none.
        let text = serde_json::to_string(&Value::Text(r#"\"["#.repeat(1_000))).unwrap();
        assert!(serde_json::from_str::<Value>(&text).is_ok());
    }

    #[test]
    fn a_number_that_json_does_not_know_is_written_as_text() {
        for text in ["+1", ".5", "", "true", "1 2", "01"] {
            let json = serde_json::to_string(&Value::Number(text.into())).unwrap();
            assert_eq!(json, format!("\"{text}\""));
        }
    }
}
