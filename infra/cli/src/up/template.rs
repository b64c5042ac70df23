//! What the local stack takes from the SAM template: the table, the stream's event source mapping, the time-outs.
//!
//! The template is the deployed truth, so the local stack reads it instead of repeating it. Only what is read here is
//! understood: references to parameters become their defaults, every other intrinsic function stays as it is.

mod yaml;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The template of the deployed system.
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Why the template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is no YAML.
    #[error("the template is no YAML: {0}")]
    Yaml(String),
    /// It lacks something, or has it in another form.
    #[error("the template has not what the local stack needs")]
    Content(#[from] serde_json::Error),
}

/// The parts of the template that the local stack needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Template {
    resources: Resources,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resources {
    table: Resource<Table>,
    stream_mapping: Resource<Mapping>,
    get_aggregations: Resource<Function>,
    recalculate_aggregations: Resource<Function>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource<P> {
    properties: P,
}

/// The table's definition.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Table {
    pub(crate) attribute_definitions: Vec<Attribute>,
    pub(crate) key_schema: Vec<Key>,
    pub(crate) billing_mode: String,
    pub(crate) stream_specification: Stream,
}

/// The type of an attribute that stands in a key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute {
    pub(crate) attribute_name: String,
    pub(crate) attribute_type: String,
}

/// One attribute of the primary key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Key {
    pub(crate) attribute_name: String,
    pub(crate) key_type: String,
}

/// What the table's stream holds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Stream {
    pub(crate) stream_view_type: String,
}

/// The stream's event source mapping.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Mapping {
    /// Records of one invocation at most.
    pub(crate) batch_size: usize,
    #[serde(default)]
    pub(crate) function_response_types: Vec<String>,
    #[serde(default)]
    pub(crate) bisect_batch_on_function_error: bool,
    /// -1 for no limit.
    pub(crate) maximum_retry_attempts: i64,
    /// -1 for no limit.
    pub(crate) maximum_record_age_in_seconds: i64,
    #[serde(default)]
    filter_criteria: FilterCriteria,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Vec<Pattern>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pattern {
    pattern: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Function {
    /// Seconds.
    timeout: u64,
}

impl Template {
    /// The template that the program was built with.
    pub(crate) fn embedded() -> Result<Self, TemplateError> {
        Self::read(TEMPLATE)
    }

    fn read(text: &str) -> Result<Self, TemplateError> {
        let mut template =
            yaml::read(text).map_err(|error| TemplateError::Yaml(error.to_string()))?;
        let defaults = defaults(&template);
        resolve(&mut template, &defaults);
        Ok(Self::deserialize(template)?)
    }

    pub(crate) fn table(&self) -> &Table {
        &self.resources.table.properties
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.resources.stream_mapping.properties
    }

    /// Seconds that the read function may take.
    pub(crate) fn get_timeout(&self) -> u64 {
        self.resources.get_aggregations.properties.timeout
    }

    /// Seconds that the stream function may take.
    pub(crate) fn recalculate_timeout(&self) -> u64 {
        self.resources.recalculate_aggregations.properties.timeout
    }
}

impl Mapping {
    /// The filter's patterns; a record that matches one of them is handed to the function.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &str> {
        let filters = self.filter_criteria.filters.iter();
        filters.map(|filter| filter.pattern.as_str())
    }

    /// Whether the function's answer names what failed.
    pub(crate) fn reports_failures(&self) -> bool {
        let mut types = self.function_response_types.iter();
        types.any(|name| name == "ReportBatchItemFailures")
    }
}

/// The defaults of the template's parameters.
fn defaults(template: &Value) -> BTreeMap<String, Value> {
    let parameters = template.get("Parameters").and_then(Value::as_object);
    parameters
        .into_iter()
        .flatten()
        .filter_map(|(name, parameter)| Some((name.clone(), parameter.get("Default")?.clone())))
        .collect()
}

/// Puts the defaults of parameters in the place of references to them.
fn resolve(value: &mut Value, defaults: &BTreeMap<String, Value>) {
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

#[cfg(test)]
mod permissions;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_table() {
        let template = Template::embedded().unwrap();
        let table = template.table();
        let keys: Vec<_> = table
            .key_schema
            .iter()
            .map(|key| (key.attribute_name.as_str(), key.key_type.as_str()))
            .collect();
        assert_eq!(keys, [("pk", "HASH"), ("sk", "RANGE")]);
        assert!(
            table
                .attribute_definitions
                .iter()
                .all(|attribute| attribute.attribute_type == "S")
        );
        assert_eq!(table.billing_mode, "PAY_PER_REQUEST");
        assert_eq!(table.stream_specification.stream_view_type, "KEYS_ONLY");
    }

    #[test]
    fn gives_the_mapping_with_defaults_of_parameters() {
        let template = Template::embedded().unwrap();
        let mapping = template.mapping();
        assert_eq!(mapping.batch_size, 500);
        assert!(mapping.bisect_batch_on_function_error);
        assert!(mapping.reports_failures());
        assert_eq!(mapping.maximum_retry_attempts, 240);
        assert_eq!(mapping.maximum_record_age_in_seconds, 82_800);
        assert_eq!(mapping.patterns().count(), 1);
        assert_eq!(
            (template.get_timeout(), template.recalculate_timeout()),
            (10, 60)
        );
    }

    #[test]
    fn the_route_is_that_of_the_gateway() {
        let template = yaml::read(TEMPLATE).unwrap();
        let get = &template["Resources"]["GetAggregations"]["Properties"]["Events"]["Get"];
        let (method, path) = (&get["Properties"]["Method"], &get["Properties"]["Path"]);
        assert_eq!(
            format!("{} {}", method.as_str().unwrap(), path.as_str().unwrap()),
            super::super::gateway::ROUTE
        );
    }

    #[test]
    fn a_template_without_the_table_is_an_error() {
        let without = TEMPLATE.replace("\n  Table:\n", "\n  Other:\n");
        let error = Template::read(&without).unwrap_err();
        let TemplateError::Content(cause) = error else {
            panic!("{error}");
        };
        assert!(cause.to_string().contains("`Table`"), "{cause}");
        assert!(Template::read("a: [").is_err());
    }
}
