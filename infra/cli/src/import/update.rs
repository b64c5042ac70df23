//! One row that updates an item: what has a value is set, what has none is removed, everything else stays.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use calculation::{Item, Value};
use table::attributes;

use super::kind::ADDRESS_PREFIX;
use super::target::Target;
use super::writer::{Refusal, refusal};

/// How often an address is set within the stored map and as a new one, in turn, should it come or go meanwhile.
const TRIES: usize = 6;

type Key = HashMap<String, AttributeValue>;
type Values = [(String, Option<Value>)];

/// Updates the item with a key, and tells whether there was one. Parts of the address are set within the map that is stored, or
/// make up a new one.
pub(crate) async fn update(target: &Target, key: Key, values: &Values) -> Result<bool, Refusal> {
    let conflict =
        || Refusal::Invalid("other writers changed its address at the same time".to_owned());
    let (parts, mut anew): (Vec<_>, Vec<_>) = values
        .iter()
        .cloned()
        .partition(|(name, _)| name.starts_with(ADDRESS_PREFIX));
    if parts.is_empty() {
        return send(target, &key, values, None).await?.ok_or_else(conflict);
    }
    let given = parts
        .into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(ADDRESS_PREFIX)?.to_owned(), value?)));
    let address: Item = given.collect();
    if !address.is_empty() {
        anew.push(("address".to_owned(), Some(Value::Map(address))));
    }
    let within = (values, "attribute_type(#address, :map)");
    let anew = (anew.as_slice(), "NOT attribute_type(#address, :map)");
    for (values, condition) in [within, anew].into_iter().cycle().take(TRIES) {
        if let Some(was_stored) = send(target, &key, values, Some(condition)).await? {
            return Ok(was_stored);
        }
    }
    Err(conflict())
}

/// Sends one UpdateItem; `None` if its condition does not hold. Names and values are aliased: some are reserved words.
async fn send(
    target: &Target,
    key: &Key,
    values: &Values,
    condition: Option<&str>,
) -> Result<Option<bool>, Refusal> {
    let (mut names, mut given) = (HashMap::new(), Item::new());
    if condition.is_some() {
        names.insert("#address".to_owned(), "address".to_owned());
        given.insert(":map".to_owned(), Value::Text("M".to_owned()));
    }
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    for (number, (name, value)) in values.iter().enumerate() {
        let (prefix, name) = match name.strip_prefix(ADDRESS_PREFIX) {
            Some(part) => ("#address.", part),
            None => ("", name.as_str()),
        };
        names.insert(format!("#n{number}"), name.to_owned());
        match value {
            Some(value) => {
                set.push(format!("{prefix}#n{number} = :v{number}"));
                given.insert(format!(":v{number}"), value.clone());
            }
            None => remove.push(format!("{prefix}#n{number}")),
        }
    }
    let clauses = [("SET ", set), ("REMOVE ", remove)]
        .into_iter()
        .filter(|(_, paths)| !paths.is_empty());
    let update: Vec<String> = clauses
        .map(|(clause, paths)| format!("{clause}{}", paths.join(", ")))
        .collect();
    let answer = target
        .client
        .update_item()
        .table_name(&target.name)
        .set_key(Some(key.clone()))
        .set_update_expression((!update.is_empty()).then(|| update.join(" ")))
        .set_condition_expression(condition.map(str::to_owned))
        .set_expression_attribute_names((!names.is_empty()).then_some(names))
        .set_expression_attribute_values((!given.is_empty()).then(|| attributes(given)))
        .return_values(ReturnValue::AllOld)
        .send()
        .await;
    match answer {
        // An emulator may name the keys of an item that was not stored; of one with nothing else nothing is replaced.
        Ok(answer) => {
            Ok(Some(answer.attributes().is_some_and(|old| {
                old.keys().any(|name| !key.contains_key(name))
            })))
        }
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(None),
        Err(error) => Err(refusal(target, "UpdateItem", &error)),
    }
}
