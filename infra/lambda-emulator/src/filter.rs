//! The filter of an event source mapping: which records invoke the function.
//!
//! A pattern has the shape of a record, with lists of rules at its leaves, one of which has to match. A record passes if it
//! matches one of the patterns. Equality and `prefix` are the only rules that are known. Any other is an error, because
//! ignoring it would pass other records than Lambda does.

use serde_json::{Map, Value};

/// Why a filter pattern cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("invalid filter pattern: {0}")]
pub struct FilterError(String);

/// The filter of an event source mapping. The default one passes every record.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    patterns: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    /// All of these members have to match.
    Members(Vec<(String, Node)>),
    /// One of these rules has to match.
    Rules(Vec<Rule>),
}

#[derive(Clone, Debug)]
enum Rule {
    Equal(Value),
    Prefix(String),
}

impl Filter {
    /// Reads filter patterns, each a text of JSON. Without any, every record passes.
    ///
    /// # Errors
    ///
    /// A pattern is malformed or has a rule that is unknown.
    pub fn parse<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Self, FilterError> {
        let patterns = patterns.map(parse_pattern).collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    /// Whether `record` invokes the function.
    pub fn passes(&self, record: &Value) -> bool {
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
    let members = serde_json::from_str(pattern);
    parse_members(members.map_err(|error| FilterError(format!("`{pattern}`: {error}")))?)
}

fn parse_members(members: Map<String, Value>) -> Result<Node, FilterError> {
    let members = members.into_iter().map(|(key, value)| {
        let node = match value {
            Value::Object(members) => parse_members(members)?,
            Value::Array(rules) if rules.is_empty() => {
                return Err(FilterError(format!(
                    "the list of rules at `{key}` is empty"
                )));
            }
            Value::Array(rules) => Node::Rules(
                rules
                    .into_iter()
                    .map(parse_rule)
                    .collect::<Result<_, _>>()?,
            ),
            _ => {
                let expected = "expected an object or a list of rules";
                return Err(FilterError(format!("{expected} at `{key}`")));
            }
        };
        Ok((key, node))
    });
    Ok(Node::Members(members.collect::<Result<_, _>>()?))
}

fn parse_rule(rule: Value) -> Result<Rule, FilterError> {
    let prefix = rule.get("prefix").and_then(Value::as_str);
    match (&rule, prefix) {
        (Value::Object(members), Some(prefix)) if members.len() == 1 => {
            Ok(Rule::Prefix(prefix.to_owned()))
        }
        (Value::Object(_) | Value::Array(_), _) => Err(FilterError(format!(
            "unknown rule `{rule}`: only equality and `prefix` are known"
        ))),
        _ => Ok(Rule::Equal(rule)),
    }
}

#[cfg(test)]
mod tests;
