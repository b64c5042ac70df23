//! How the functions reach AWS: credentials, region and endpoints, from the environment that Lambda gives each of them.
//!
//! The SDK's own default chain also asks files, other services and the machine's metadata, none of which a function has, and
//! brings their clients along: an eighth of its program. The command line, which needs them, is in `dynamodb-connection`.

mod endpoints;

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
pub use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::endpoints::Endpoints;

/// How long a connection may take, as in the SDK's own chain.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

/// Why no client for AWS can be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EnvironmentError {
    /// A variable that Lambda always sets is missing or empty.
    #[error("environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable has a value that it cannot have.
    #[error("invalid environment variable {name} `{value}`: expected {expected}")]
    Invalid {
        /// The name of the variable.
        name: String,
        /// What it is set to.
        value: String,
        /// What it may be set to.
        expected: &'static str,
    },
}

/// The configuration of clients, from `variable`, which gives the value of an environment variable by its name.
///
/// An attempt of a request that takes longer than `attempt_timeout` counts as failed. An empty variable counts as missing.
///
/// | variables | meaning |
/// |---|---|
/// | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` | credentials, required |
/// | `AWS_SESSION_TOKEN`, `AWS_ACCOUNT_ID` | what belongs to them |
/// | `AWS_REGION`, else `AWS_DEFAULT_REGION` | region, required |
/// | `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT` | `true` or `false` |
/// | `AWS_ACCOUNT_ID_ENDPOINT_MODE` | `preferred`, `disabled` or `required` |
/// | `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL` | an endpoint in place of the region's |
/// | `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` | `true` to ignore these |
/// | `AWS_MAX_ATTEMPTS`, `AWS_RETRY_MODE` | attempts of a request, 3 by default; `standard` or `adaptive` |
///
/// # Errors
///
/// A required variable is missing, or a variable has a value that it cannot have.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let error = environment::sdk_config(Duration::from_secs(1), |_| None).unwrap_err();
/// assert_eq!(error.to_string(), "environment variable AWS_REGION is not set");
/// ```
pub fn sdk_config(
    attempt_timeout: Duration,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<SdkConfig, EnvironmentError> {
    let environment = Environment(variable);
    let region = environment
        .value("AWS_REGION")
        .or_else(|| environment.value("AWS_DEFAULT_REGION"))
        .ok_or(EnvironmentError::Missing("AWS_REGION"))?;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt_timeout)
        .build();
    let endpoints = Endpoints::read(&environment)?;
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials(&environment)?))
        .region(Region::new(region))
        .timeout_config(timeouts)
        .retry_config(retries(&environment)?);
    config.set_endpoint_url(endpoints.of_all_services());
    config.set_service_config(Some(endpoints));
    config.set_use_fips(environment.flag("AWS_USE_FIPS_ENDPOINT")?);
    config.set_use_dual_stack(environment.flag("AWS_USE_DUALSTACK_ENDPOINT")?);
    config.set_account_id_endpoint_mode(environment.parsed(
        "AWS_ACCOUNT_ID_ENDPOINT_MODE",
        "`preferred`, `disabled` or `required`",
    )?);
    Ok(config.build())
}

fn credentials<V: Fn(&str) -> Option<String>>(
    environment: &Environment<V>,
) -> Result<Credentials, EnvironmentError> {
    let required = |name| {
        let value = environment.value(name);
        value.ok_or(EnvironmentError::Missing(name))
    };
    let mut credentials = Credentials::builder()
        .access_key_id(required("AWS_ACCESS_KEY_ID")?)
        .secret_access_key(required("AWS_SECRET_ACCESS_KEY")?)
        .provider_name("environment");
    credentials.set_session_token(environment.value("AWS_SESSION_TOKEN"));
    credentials.set_account_id(environment.value("AWS_ACCOUNT_ID").map(Into::into));
    Ok(credentials.build())
}

fn retries<V: Fn(&str) -> Option<String>>(
    environment: &Environment<V>,
) -> Result<RetryConfig, EnvironmentError> {
    let mut retries = RetryConfig::standard();
    if let Some(attempts) = environment.parsed("AWS_MAX_ATTEMPTS", "a number from 1 on")? {
        retries = retries.with_max_attempts(NonZeroU32::get(attempts));
    }
    if let Some(mode) = environment.parsed("AWS_RETRY_MODE", "`standard` or `adaptive`")? {
        retries = retries.with_retry_mode(mode);
    }
    Ok(retries)
}

/// Where variables come from.
struct Environment<V>(V);

impl<V: Fn(&str) -> Option<String>> Environment<V> {
    /// The value of a variable without white space around it, unless there is nothing else.
    fn value(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn parsed<T: FromStr>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<Option<T>, EnvironmentError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(parsed) => Ok(Some(parsed)),
            Err(_) => Err(EnvironmentError::Invalid {
                name: name.to_owned(),
                value,
                expected,
            }),
        }
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, EnvironmentError> {
        let flag = self.parsed::<Flag>(name, "`true` or `false`")?;
        Ok(flag.map(|Flag(flag)| flag))
    }
}

/// `true` or `false` in upper or lower case.
struct Flag(bool);

impl FromStr for Flag {
    type Err = std::str::ParseBoolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_ascii_lowercase().parse().map(Self)
    }
}

#[cfg(test)]
mod tests;
