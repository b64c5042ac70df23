//! One row that updates an item: what has a value is set, what has none is removed, everything else stays.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use calculation::{Item, Value};
use table::attributes;

use super::kind::ADDRESS_PREFIX;
use super::target::Target;
use super::writer::Refusal;

/// What an update found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Updated {
    /// No item was stored.
    Added,
    /// An item was stored.
    Replaced,
}

/// How often the two are tried in turn, should the address come or go between them.
const TRIES: usize = 6;

/// Updates the item with a key. Parts of the address are set within the map that is stored, or make up a new one.
pub(crate) async fn update(
    target: &Target,
    key: HashMap<String, AttributeValue>,
    values: &[(String, Option<Value>)],
) -> Result<Updated, Refusal> {
    let is_part = |name: &str| name.starts_with(ADDRESS_PREFIX);
    if !values.iter().any(|(name, _)| is_part(name)) {
        let sent = send(target, key, Expression::of(values, None)).await?;
        return sent.ok_or_else(conflict);
    }
    let (parts, mut whole): (Vec<_>, Vec<_>) =
        values.iter().cloned().partition(|(name, _)| is_part(name));
    let given = parts
        .into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(ADDRESS_PREFIX)?.to_owned(), value?)));
    let address: Item = given.collect();
    if !address.is_empty() {
        whole.push(("address".to_owned(), Some(Value::Map(address))));
    }
    let within = Expression::of(values, Some("attribute_type(#address, :map)"));
    let anew = Expression::of(&whole, Some("NOT attribute_type(#address, :map)"));
    for expression in [within, anew].iter().cycle().take(TRIES) {
        if let Some(updated) = send(target, key.clone(), expression.clone()).await? {
            return Ok(updated);
        }
    }
    Err(conflict())
}

fn conflict() -> Refusal {
    Refusal::Invalid("other writers changed its address at the same time".to_owned())
}

#[derive(Clone, Debug, Default)]
struct Expression {
    update: Option<String>,
    condition: Option<String>,
    names: HashMap<String, String>,
    values: Item,
}

impl Expression {
    /// Names and values are aliased: some are reserved words.
    fn of(values: &[(String, Option<Value>)], condition: Option<&str>) -> Self {
        let mut made = Self::default();
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        for (number, (name, value)) in values.iter().enumerate() {
            let path: Vec<String> = name
                .splitn(2, '.')
                .enumerate()
                .map(|(level, part)| {
                    let alias = if part == "address" {
                        "#address".to_owned()
                    } else {
                        format!("#n{number}l{level}")
                    };
                    made.names.insert(alias.clone(), part.to_owned());
                    alias
                })
                .collect();
            let path = path.join(".");
            match value {
                Some(value) => {
                    set.push(format!("{path} = :v{number}"));
                    made.values.insert(format!(":v{number}"), value.clone());
                }
                None => remove.push(path),
            }
        }
        let clauses = [("SET", set), ("REMOVE", remove)]
            .into_iter()
            .filter(|(_, paths)| !paths.is_empty());
        let clauses: Vec<String> = clauses
            .map(|(clause, paths)| format!("{clause} {}", paths.join(", ")))
            .collect();
        made.update = (!clauses.is_empty()).then(|| clauses.join(" "));
        if let Some(condition) = condition {
            made.condition = Some(condition.to_owned());
            made.names
                .insert("#address".to_owned(), "address".to_owned());
            made.values
                .insert(":map".to_owned(), Value::Text("M".to_owned()));
        }
        made
    }
}

/// Sends one UpdateItem; `None` if its condition does not hold.
async fn send(
    target: &Target,
    key: HashMap<String, AttributeValue>,
    expression: Expression,
) -> Result<Option<Updated>, Refusal> {
    let Expression {
        update,
        condition,
        names,
        values,
    } = expression;
    let some = |names: HashMap<String, String>| (!names.is_empty()).then_some(names);
    let values = attributes(values);
    let answer = target
        .client
        .update_item()
        .table_name(&target.name)
        .set_key(Some(key))
        .set_update_expression(update)
        .set_condition_expression(condition)
        .set_expression_attribute_names(some(names))
        .set_expression_attribute_values((!values.is_empty()).then_some(values))
        .return_values(ReturnValue::AllOld)
        .send()
        .await;
    match answer {
        Ok(answer) => {
            // An emulator may name the keys of an item that was not stored; of one with nothing else nothing is replaced.
            let is_other = |name: &String| !["pk", "sk"].contains(&name.as_str());
            let was_stored = answer
                .attributes()
                .is_some_and(|old| old.keys().any(is_other));
            Ok(Some(if was_stored {
                Updated::Replaced
            } else {
                Updated::Added
            }))
        }
        Err(error) => match error.code() {
            Some("ConditionalCheckFailedException") => Ok(None),
            Some("ValidationException") => Err(Refusal::Invalid(
                error.message().unwrap_or("invalid item").to_owned(),
            )),
            _ => Err(Refusal::Failed(target.failure("UpdateItem", &error))),
        },
    }
}
