//! Parameters of the template, each of which counts with its default.

use std::collections::BTreeMap;

use serde_json::Value;

/// The defaults of the template's parameters.
pub(super) fn defaults(template: &Value) -> BTreeMap<String, Value> {
    let parameters = template.get("Parameters").and_then(Value::as_object);
    parameters
        .into_iter()
        .flatten()
        .filter_map(|(name, parameter)| Some((name.clone(), parameter.get("Default")?.clone())))
        .collect()
}

/// Puts the defaults of parameters in the place of references to them.
pub(super) fn resolve(value: &mut Value, defaults: &BTreeMap<String, Value>) {
    let default = match value.get("Ref") {
        Some(Value::String(name)) => defaults.get(name),
        _ => None,
    };
    if let Some(default) = default {
        *value = default.clone();
        return;
    }
    match value {
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| resolve(member, defaults)),
        Value::Array(members) => members
            .iter_mut()
            .for_each(|member| resolve(member, defaults)),
        _ => {}
    }
}
