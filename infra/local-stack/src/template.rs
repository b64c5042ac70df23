//! What the local stack takes from the SAM template: the table, the queue, the event source mappings, routes and time-outs.
//!
//! The template defines the deployed system, so the local stack reads it instead of repeating it. References to parameters
//! become the parameters' defaults; every other intrinsic function stays as it is.

mod function;
mod parameters;
mod yaml;

use std::time::Duration;

use lambda_emulator::{Cors, Filter, FilterError, QueueSettings, StreamSettings};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use function::FunctionDefinition;
use parameters::{defaults, resolve};

/// The template of the deployed system.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// Why the template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is not YAML.
    #[error("the template is not YAML: {0}")]
    Yaml(String),
    /// Something that the local stack needs is missing or malformed.
    #[error("invalid template")]
    Content(#[from] serde_json::Error),
    /// The filter of the stream's event source mapping is unusable.
    #[error("invalid template")]
    Filter(#[from] FilterError),
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
    table: Resource<TableDefinition>,
    stream_mapping: Resource<MappingDefinition>,
    get_aggregations: Resource<FunctionDefinition>,
    recalculate_aggregations: Resource<FunctionDefinition>,
    repair_aggregations: Resource<FunctionDefinition>,
    unfinished_profiles: Resource<QueueDefinition>,
    unfinished_dead_letters: Resource<DeadLettersDefinition>,
    queue_mapping: Resource<QueueMappingDefinition>,
    api: Resource<ApiDefinition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource<P> {
    properties: P,
}

/// The table's definition.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TableDefinition {
    pub(crate) attribute_definitions: Vec<Attribute>,
    pub(crate) key_schema: Vec<Key>,
    pub(crate) billing_mode: String,
    pub(crate) stream_specification: Stream,
    pub(crate) deletion_protection_enabled: bool,
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
struct MappingDefinition {
    batch_size: usize,
    parallelization_factor: usize,
    #[serde(default)]
    function_response_types: Vec<String>,
    #[serde(default)]
    bisect_batch_on_function_error: bool,
    /// -1 for no limit.
    maximum_retry_attempts: i64,
    /// -1 for no limit.
    maximum_record_age_in_seconds: i64,
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

/// The queue of unfinished profiles.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueDefinition {
    /// Seconds.
    visibility_timeout: u64,
    /// Seconds.
    message_retention_period: u64,
    redrive_policy: RedrivePolicy,
}

/// The queue of its dead letters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLettersDefinition {
    /// Seconds.
    message_retention_period: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    max_receive_count: u32,
}

/// The queue's event source mapping.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueMappingDefinition {
    scaling_config: ScalingConfig,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScalingConfig {
    maximum_concurrency: usize,
}

/// The HTTP API.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ApiDefinition {
    cors_configuration: If<CorsDefinition>,
}

/// A value that depends on a condition.
#[derive(Debug, Deserialize)]
struct If<T> {
    /// The condition, the value where it holds, and where it does not.
    #[serde(rename = "Fn::If")]
    branches: (String, T, Value),
}

/// The CORS configuration but for the origins, which a parameter names.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CorsDefinition {
    allow_methods: Vec<String>,
    allow_headers: Vec<String>,
    expose_headers: Vec<String>,
    max_age: u64,
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

    /// The table.
    pub(crate) fn table(&self) -> &TableDefinition {
        &self.resources.table.properties
    }

    fn partition_key(&self) -> String {
        let keys = &self.table().key_schema;
        let hash = keys.iter().find(|key| key.key_type == "HASH");
        hash.map_or_else(String::new, |key| key.attribute_name.clone())
    }

    /// The read function.
    pub(crate) fn get_aggregations(&self) -> &FunctionDefinition {
        &self.resources.get_aggregations.properties
    }

    /// The stream function.
    pub(crate) fn recalculate_aggregations(&self) -> &FunctionDefinition {
        &self.resources.recalculate_aggregations.properties
    }

    /// The repair function.
    pub(crate) fn repair_aggregations(&self) -> &FunctionDefinition {
        &self.resources.repair_aggregations.properties
    }

    /// The settings of the queue of unfinished profiles.
    pub(crate) fn queue_settings(&self) -> QueueSettings {
        let queue = &self.resources.unfinished_profiles.properties;
        let dead_letters = &self.resources.unfinished_dead_letters.properties;
        QueueSettings {
            visibility: Duration::from_secs(queue.visibility_timeout),
            max_receives: queue.redrive_policy.max_receive_count,
            retention: Duration::from_secs(queue.message_retention_period),
            dead_letter_retention: Duration::from_secs(dead_letters.message_retention_period),
        }
    }

    /// How many unfinished profiles the repair function works on at the same time.
    pub(crate) fn repair_concurrency(&self) -> usize {
        let mapping = &self.resources.queue_mapping.properties;
        mapping.scaling_config.maximum_concurrency
    }

    /// The CORS configuration of the HTTP API for pages of these origins.
    pub(crate) fn cors(&self, allow_origins: Vec<String>) -> Cors {
        let (_, definition, _) = &self.resources.api.properties.cors_configuration.branches;
        let definition = definition.clone();
        Cors {
            allow_origins,
            allow_methods: definition.allow_methods,
            allow_headers: definition.allow_headers,
            expose_headers: definition.expose_headers,
            max_age: definition.max_age,
        }
    }

    /// The settings of the stream's event source mapping.
    pub(crate) fn stream_settings(&self) -> Result<StreamSettings, TemplateError> {
        let mapping = &self.resources.stream_mapping.properties;
        let filters = mapping.filter_criteria.filters.iter();
        let longest_age = u64::try_from(mapping.maximum_record_age_in_seconds);
        Ok(StreamSettings {
            filter: Filter::parse(filters.map(|filter| filter.pattern.as_str()))?,
            batch_size: mapping.batch_size,
            parallelization: mapping.parallelization_factor,
            partition_key: self.partition_key(),
            reports_failures: mapping
                .function_response_types
                .iter()
                .any(|name| name == "ReportBatchItemFailures"),
            bisects: mapping.bisect_batch_on_function_error,
            retries: u32::try_from(mapping.maximum_retry_attempts).ok(),
            longest_age: longest_age.ok().map(Duration::from_secs),
        })
    }
}

#[cfg(test)]
mod tests;
