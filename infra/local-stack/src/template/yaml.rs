//! YAML as CloudFormation writes it, as JSON: the short forms of intrinsic functions become the long ones.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use serde_saphyr::Tagged;

/// Reads a document; `!Ref X` becomes `{"Ref": "X"}`, `!GetAtt X` becomes `{"Fn::GetAtt": "X"}`.
pub(super) fn read(text: &str) -> Result<Value, serde_saphyr::Error> {
    serde_saphyr::from_str::<LongForm>(text).map(|LongForm(value)| value)
}

/// A node with its tag written out.
struct LongForm(Value);

impl<'de> Deserialize<'de> for LongForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Untagged(value), tag) = Tagged::deserialize(deserializer)?;
        // Tags of YAML itself, `!!str` say, are spelled out as `tag:yaml.org,2002:str` and have done their work.
        Ok(Self(
            match tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
                None => value,
                Some("Ref") => json!({"Ref": value}),
                Some("Condition") => json!({"Condition": value}),
                Some(function) => json!({format!("Fn::{function}"): value}),
            },
        ))
    }
}

/// What stands behind the tag.
struct Untagged(Value);

impl<'de> Deserialize<'de> for Untagged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LongFormVisitor).map(Self)
    }
}

struct LongFormVisitor;

impl<'de> Visitor<'de> for LongFormVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a node of a template")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(LongForm(member)) = members.next_element()? {
            list.push(member);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, LongForm(member))) = members.next_entry::<String, LongForm>()? {
            map.insert(key, member);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_short_forms_out() {
        let text = "
a: !Ref Parameter
b: !GetAtt Table.Arn
c: !Sub ['${X}', {X: !Ref Z}]
d: [1, true, null, 'two', \"3\", 4.5, !Sub '${Z}/*']
e: {f: !!str 5}
g: !If
  - Condition
  - !Ref A
  - !Ref AWS::NoValue
";
        assert_eq!(
            read(text).unwrap(),
            json!({
                "a": {"Ref": "Parameter"},
                "b": {"Fn::GetAtt": "Table.Arn"},
                "c": {"Fn::Sub": ["${X}", {"X": {"Ref": "Z"}}]},
                "d": [1, true, null, "two", "3", 4.5, {"Fn::Sub": "${Z}/*"}],
                "e": {"f": "5"},
                "g": {"Fn::If": ["Condition", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]},
            })
        );
    }
}
