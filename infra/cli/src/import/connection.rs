//! How DynamoDB is reached: region, credentials, retries.

use std::time::Duration;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials};

use super::error::{ImportError, root_cause};

/// The region that stands in requests to an endpoint that asks for none in particular.
const ANY_REGION: &str = "us-east-1";
/// How often the SDK sends a request that was throttled or lost, with growing pauses.
const ATTEMPTS: u32 = 8;
/// No answer to a batch takes this long.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

fn loader() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        )
}

/// The configuration for the DynamoDB at `url`.
pub(crate) async fn to_endpoint(url: &str) -> Result<SdkConfig, ImportError> {
    let loader = loader().endpoint_url(url);
    if url.starts_with("https://") {
        // AWS itself, or something else that asks who is there.
        let region = RegionProviderChain::default_provider().or_else(ANY_REGION);
        return with_credentials(loader.region(region).load().await).await;
    }
    if !url.starts_with("http://") {
        return Err(ImportError::Endpoint(url.to_owned()));
    }
    // An emulator takes any credentials, and need not see those of a profile.
    let any = Credentials::new("local", "local", None, None, "any");
    let environment = EnvironmentVariableCredentialsProvider::new();
    let credentials =
        CredentialsProviderChain::first_try("environment", environment).or_else("any", any);
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ANY_REGION);
    let loader = loader.region(region).credentials_provider(credentials);
    Ok(loader.load().await)
}

/// The ordinary configuration for AWS.
pub(crate) async fn to_aws() -> Result<SdkConfig, ImportError> {
    let config = loader().load().await;
    if config.region().is_none() {
        return Err(ImportError::Region);
    }
    with_credentials(config).await
}

/// Missing credentials would look like an endpoint that does not answer, so they are asked for first.
async fn with_credentials(config: SdkConfig) -> Result<SdkConfig, ImportError> {
    if let Some(provider) = config.credentials_provider()
        && let Err(error) = provider.provide_credentials().await
    {
        // Where the whole chain of providers has none, it lists them on further lines.
        let cause = root_cause(&error);
        let cause = cause.lines().next().unwrap_or_default();
        let cause = cause
            .trim_end_matches(". Attempted:")
            .trim_end_matches(['.', ' '])
            .to_owned();
        return Err(ImportError::Credentials(cause));
    }
    Ok(config)
}
