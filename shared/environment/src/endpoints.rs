//! Endpoints that the environment names in place of those of the region.

use std::collections::HashMap;

use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::{Environment, EnvironmentError};

/// Names the endpoint of all services; with `_` and a service, that of the service.
const VARIABLE: &str = "AWS_ENDPOINT_URL";
/// The services that the functions call.
const SERVICES: [&str; 2] = ["DYNAMODB", "SQS"];

/// URLs by the variables that name them.
#[derive(Debug)]
pub(crate) struct Endpoints(HashMap<String, String>);

impl Endpoints {
    pub(crate) fn read<V: Fn(&str) -> Option<String>>(
        environment: &Environment<V>,
    ) -> Result<Self, EnvironmentError> {
        let mut urls = HashMap::new();
        if environment.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")? == Some(true) {
            return Ok(Self(urls));
        }
        let names = SERVICES.map(|service| format!("{VARIABLE}_{service}"));
        for name in names.into_iter().chain([VARIABLE.to_owned()]) {
            let Some(value) = environment.value(&name) else {
                continue;
            };
            let rest = value
                .strip_prefix("https://")
                .or_else(|| value.strip_prefix("http://"));
            if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
                return Err(EnvironmentError::Invalid {
                    name,
                    value,
                    expected: "a URL such as http://127.0.0.1:8000",
                });
            }
            urls.insert(name, value);
        }
        Ok(Self(urls))
    }

    /// The endpoint of services that have none of their own.
    pub(crate) fn of_all_services(&self) -> Option<String> {
        self.0.get(VARIABLE).cloned()
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.0.get(&format!("{}_{service}", key.env())).cloned()
    }
}
