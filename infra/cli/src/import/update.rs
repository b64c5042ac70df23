//! One row that updates an item: what has a value is set, what has none is removed, everything else stays.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use calculation::{Item, Value};
use table::attributes;

use super::batch::{Answer, refused};
use super::error::ImportError;
use super::kind::ADDRESS_PREFIX;
use crate::target::Target;

/// How often an address is set within the stored map and as a new one, in turn, should it come or go meanwhile.
const TRIES: usize = 6;

type Key = HashMap<String, AttributeValue>;

/// Updates the item with a key. Parts of the address are set within the map that is stored, or make up a new one.
pub(crate) async fn update(
    target: &Target,
    key: &Key,
    values: &Item,
) -> Result<Answer, ImportError> {
    let (mut anew, mut address) = (Item::new(), Item::new());
    for (name, value) in values {
        match name.strip_prefix(ADDRESS_PREFIX) {
            Some(_) if *value == Value::Null => {}
            Some(part) => drop(address.insert(part.to_owned(), value.clone())),
            None => drop(anew.insert(name.clone(), value.clone())),
        }
    }
    let conditions = match values.keys().any(|name| name.starts_with(ADDRESS_PREFIX)) {
        false => [None; 2],
        true => [
            "attribute_type(#address, :map)",
            "NOT attribute_type(#address, :map)",
        ]
        .map(Some),
    };
    if !address.is_empty() {
        anew.insert("address".to_owned(), Value::Map(address));
    }
    let ways = [values, &anew].into_iter().zip(conditions).cycle();
    for (values, condition) in ways.take(TRIES) {
        if let Some(answer) = send(target, key, values, condition).await? {
            return Ok(answer);
        }
    }
    Ok(Err(
        "other writers changed its address at the same time".to_owned()
    ))
}

/// Sends one UpdateItem; `None` if its condition does not hold. Names and values are aliased: some are reserved words.
async fn send(
    target: &Target,
    key: &Key,
    values: &Item,
    condition: Option<&str>,
) -> Result<Option<Answer>, ImportError> {
    let (mut names, mut given) = (HashMap::new(), Item::new());
    if condition.is_some() {
        names.insert("#address".to_owned(), "address".to_owned());
        given.insert(":map".to_owned(), Value::Text("M".to_owned()));
    }
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    for (number, (name, value)) in values.iter().enumerate() {
        let (path, name) = match name.strip_prefix(ADDRESS_PREFIX) {
            Some(part) => (format!("#address.#n{number}"), part),
            None => (format!("#n{number}"), name.as_str()),
        };
        names.insert(format!("#n{number}"), name.to_owned());
        if *value == Value::Null {
            remove.push(path);
        } else {
            set.push(format!("{path} = :v{number}"));
            given.insert(format!(":v{number}"), value.clone());
        }
    }
    let clauses = [("SET", set), ("REMOVE", remove)].into_iter();
    let clauses = clauses.filter(|(_, paths)| !paths.is_empty());
    let clauses = clauses.map(|(clause, paths)| format!("{clause} {}", paths.join(", ")));
    let expression = clauses.collect::<Vec<_>>().join(" ");
    let request = target.client.update_item().table_name(&target.name);
    let request = request
        .set_key(Some(key.clone()))
        .set_update_expression(Some(expression).filter(|text| !text.is_empty()))
        .set_condition_expression(condition.map(str::to_owned))
        .set_expression_attribute_names(Some(names).filter(|names| !names.is_empty()))
        .set_expression_attribute_values(Some(attributes(given)).filter(|given| !given.is_empty()))
        .return_values(ReturnValue::AllOld);
    match request.send().await {
        // An emulator may name the keys of an item that was not stored; of one with nothing else nothing is replaced.
        Ok(answer) => {
            let mut old = answer.attributes().into_iter().flatten();
            Ok(Some(Ok(old.any(|(name, _)| !key.contains_key(name)))))
        }
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(None),
        Err(error) => refused(target, "UpdateItem", &error).map(Some),
    }
}
