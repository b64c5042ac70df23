//! The event source mapping's filter: which stream records the function gets to see.
//!
//! A pattern has the shape of a record; at its leaves stand lists of rules, one of which has to match. A record passes when
//! it matches one of the patterns. Only the rules that the template uses are known: equality and prefix. Any other is an
//! error at the start, because guessing would hand on other records than Lambda does.

use serde_json::{Map, Value};

/// Why a pattern cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// It is no JSON.
    #[error("filter pattern `{pattern}` is no JSON")]
    Json {
        /// The pattern.
        pattern: String,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// It is no object.
    #[error("filter pattern `{0}` is no object")]
    NotAnObject(String),
    /// What stands at a key is neither an object nor a list of rules.
    #[error("filter pattern has neither an object nor a list of rules at `{key}`")]
    Leaf {
        /// The key.
        key: String,
    },
    /// A list of rules has none.
    #[error("filter pattern has an empty list of rules at `{key}`")]
    NoRules {
        /// The key.
        key: String,
    },
    /// A rule that is not known.
    #[error("filter pattern has the rule `{rule}`; only equality and `prefix` are known here")]
    Rule {
        /// The rule.
        rule: String,
    },
}

/// The filter of an event source mapping.
#[derive(Debug)]
pub(crate) struct Filter {
    patterns: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    /// All of these members have to match.
    Members(Vec<(String, Node)>),
    /// One of these rules has to match.
    Rules(Vec<Rule>),
}

#[derive(Debug)]
enum Rule {
    Equal(Value),
    Prefix(String),
}

impl Filter {
    /// Reads the patterns; without any, every record passes.
    pub(crate) fn parse<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Self, FilterError> {
        let patterns = patterns.map(parse_pattern).collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    /// Whether the function gets to see `record`.
    pub(crate) fn passes(&self, record: &Value) -> bool {
        self.patterns.is_empty() || self.patterns.iter().any(|node| node.matches(record))
    }
}

impl Node {
    fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Members(members) => members
                .iter()
                .all(|(key, node)| value.get(key).is_some_and(|value| node.matches(value))),
            Self::Rules(rules) => rules.iter().any(|rule| rule.matches(value)),
        }
    }
}

impl Rule {
    fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Equal(expected) => value == expected,
            Self::Prefix(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix)),
        }
    }
}

fn parse_pattern(pattern: &str) -> Result<Node, FilterError> {
    match serde_json::from_str(pattern) {
        Ok(Value::Object(members)) => parse_members(members),
        Ok(_) => Err(FilterError::NotAnObject(pattern.to_owned())),
        Err(source) => Err(FilterError::Json {
            pattern: pattern.to_owned(),
            source,
        }),
    }
}

fn parse_members(members: Map<String, Value>) -> Result<Node, FilterError> {
    let members = members.into_iter().map(|(key, value)| {
        let node = match value {
            Value::Object(members) => parse_members(members)?,
            Value::Array(rules) if rules.is_empty() => return Err(FilterError::NoRules { key }),
            Value::Array(rules) => Node::Rules(
                rules
                    .into_iter()
                    .map(parse_rule)
                    .collect::<Result<_, _>>()?,
            ),
            _ => return Err(FilterError::Leaf { key }),
        };
        Ok((key, node))
    });
    Ok(Node::Members(members.collect::<Result<_, _>>()?))
}

fn parse_rule(rule: Value) -> Result<Rule, FilterError> {
    match rule {
        Value::Object(operator) => {
            let mut members = operator.iter();
            match (members.next(), members.next()) {
                (Some((name, Value::String(prefix))), None) if name == "prefix" => {
                    Ok(Rule::Prefix(prefix.clone()))
                }
                _ => Err(FilterError::Rule {
                    rule: Value::Object(operator).to_string(),
                }),
            }
        }
        Value::Array(_) => Err(FilterError::Rule {
            rule: rule.to_string(),
        }),
        scalar => Ok(Rule::Equal(scalar)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::template::Template;
    use super::*;

    fn filter(patterns: &[&str]) -> Filter {
        Filter::parse(patterns.iter().copied()).unwrap()
    }

    fn record(pk: &str, sk: &str) -> Value {
        json!({"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}}})
    }

    #[test]
    fn the_template_lets_source_items_of_profiles_pass() {
        let template = Template::embedded().unwrap();
        let filter = Filter::parse(template.mapping().patterns()).unwrap();
        for sk in ["PROFILE", "TXN#2026-01-01T10:00:00Z#1", "TXN#", "ADDRESS#1"] {
            assert!(filter.passes(&record("PROFILE#a", sk)), "{sk}");
        }
        for (pk, sk) in [
            ("PROFILE#a", "AGG"),
            ("PROFILE#a", "PROFILE#"),
            ("PROFILE#a", "NOTE"),
            ("PROFILE#a", "XTXN#"),
            ("LOCATION#1", "LOCATION"),
            ("LOCATION#1", "PROFILE"),
            ("", ""),
        ] {
            assert!(!filter.passes(&record(pk, sk)), "{pk} {sk}");
        }
        assert!(!filter.passes(&json!({})));
        assert!(!filter.passes(&json!({"dynamodb": {"Keys": {"pk": {"N": "1"}}}})));
    }

    #[test]
    fn equality_is_that_of_json() {
        let filter = filter(&[r#"{"a": ["x", 1, null, true]}"#]);
        for value in [json!("x"), json!(1), json!(null), json!(true)] {
            assert!(filter.passes(&json!({"a": value})), "{value}");
        }
        for value in [
            json!("X"),
            json!("1"),
            json!(false),
            json!(["x"]),
            json!({}),
        ] {
            assert!(!filter.passes(&json!({"a": value})), "{value}");
        }
        assert!(!filter.passes(&json!({})));
    }

    #[test]
    fn a_prefix_is_one_of_text() {
        let filter = filter(&[r#"{"a": [{"prefix": "1"}]}"#]);
        assert!(filter.passes(&json!({"a": "12"})));
        assert!(!filter.passes(&json!({"a": "21"})));
        assert!(!filter.passes(&json!({"a": 12})));
    }

    #[test]
    fn members_are_and_patterns_are_or() {
        let filter = filter(&[r#"{"a": [1], "b": [1]}"#, r#"{"c": [1]}"#]);
        assert!(filter.passes(&json!({"a": 1, "b": 1})));
        assert!(filter.passes(&json!({"c": 1})));
        assert!(!filter.passes(&json!({"a": 1, "b": 2})));
    }

    #[test]
    fn without_patterns_everything_passes() {
        assert!(filter(&[]).passes(&json!({})));
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for (pattern, reason) in [
            (
                r#"{"a": [{"suffix": "x"}]}"#,
                r#"the rule `{"suffix":"x"}`"#,
            ),
            (r#"{"a": [{"prefix": 1}]}"#, r#"the rule `{"prefix":1}`"#),
            (
                r#"{"a": [{"anything-but": ["x"]}]}"#,
                r#"the rule `{"anything-but":["x"]}`"#,
            ),
            (
                r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#,
                r#"the rule `{"prefix":"x","suffix":"y"}`"#,
            ),
            (r#"{"a": [["x"]]}"#, r#"the rule `["x"]`"#),
            (
                r#"{"a": "x"}"#,
                "neither an object nor a list of rules at `a`",
            ),
            (r#"{"a": {"b": []}}"#, "an empty list of rules at `b`"),
            ("[]", "`[]` is no object"),
            ("{", "`{` is no JSON"),
        ] {
            let error = Filter::parse([pattern].into_iter()).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
