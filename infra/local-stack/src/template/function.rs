//! A function of the template.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::Resource;

/// A function.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FunctionDefinition {
    /// Seconds.
    timeout: u64,
    #[serde(default)]
    events: BTreeMap<String, Resource<Value>>,
}

impl FunctionDefinition {
    /// How long an invocation may take.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The keys of the function's routes: `GET /profiles/{profileId}/aggregations`.
    pub(crate) fn routes(&self) -> impl Iterator<Item = String> {
        self.events.values().filter_map(|Resource { properties }| {
            let text = |name| properties.get(name).and_then(Value::as_str);
            Some(format!("{} {}", text("Method")?, text("Path")?))
        })
    }
}
