//! How DynamoDB is reached: endpoint, region and credentials; and in a line, why it could not be.
//!
//! A crate of its own because both the local stack and the `import` command reach DynamoDB, the commands do not know each
//! other, and the functions, which get their configuration from Lambda, need none of it.

use std::env;
use std::error::Error;
use std::net::IpAddr;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials};
use aws_sdk_dynamodb::config::{Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use http::Uri;

/// Where the local stack's DynamoDB listens unless another address is given.
pub const DYNAMODB_ADDRESS: &str = "127.0.0.1:8000";
/// The table's name unless another is given.
pub const TABLE_NAME: &str = "profile-aggregations";

/// The region in requests to an endpoint that needs none in particular.
const ANY_REGION: &str = "us-east-1";

/// Why the connection to DynamoDB cannot be configured.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The endpoint is not a URL.
    #[error("invalid endpoint `{0}`: expected a URL such as http://127.0.0.1:8000")]
    Endpoint(String),
    /// No region of AWS is configured.
    #[error("no AWS region is configured: set AWS_REGION")]
    Region,
    /// There are no credentials for AWS.
    #[error(
        "no AWS credentials: {0}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    )]
    Credentials(String),
}

/// The configuration for an emulator at `url` in this process; ignores the environment's settings.
pub fn to_emulator(url: &str) -> SdkConfig {
    direct(url, Region::from_static(ANY_REGION), any_credentials())
}

/// The configuration for the DynamoDB at `url`: with the environment's region and credentials, if it has them.
///
/// On loopback nothing else of the environment matters: no proxy, and no setting of retries.
///
/// # Errors
///
/// The URL is malformed, or it begins with `https` and there are no credentials.
pub async fn to_endpoint(url: &str) -> Result<SdkConfig, ConnectionError> {
    let uri = parse(url)?;
    let url = url.trim_end_matches('/');
    match uri.scheme_str() {
        // An emulator accepts any credentials, and need not see those of a profile.
        Some("http") => {
            let environment = EnvironmentVariableCredentialsProvider::new();
            let credentials = CredentialsProviderChain::first_try("environment", environment)
                .or_else("any", any_credentials());
            let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
                .or_else(ANY_REGION);
            if uri.host().is_some_and(is_loopback) {
                let region = region.region().await;
                let region = region.unwrap_or_else(|| Region::from_static(ANY_REGION));
                return Ok(direct(url, region, credentials));
            }
            // The environment may ask this of AWS; an emulator does not have it.
            let loader = loader().use_fips(false).use_dual_stack(false);
            let loader = loader.endpoint_url(url).region(region);
            Ok(loader.credentials_provider(credentials).load().await)
        }
        // AWS itself, or something else that asks who is there.
        Some("https") => {
            let region = RegionProviderChain::default_provider().or_else(ANY_REGION);
            let loader = loader().endpoint_url(url).region(region);
            with_credentials(loader.load().await).await
        }
        _ => Err(ConnectionError::Endpoint(url.to_owned())),
    }
}

/// Whether an endpoint is on this machine.
///
/// # Errors
///
/// The URL is malformed.
pub fn is_loopback_url(url: &str) -> Result<bool, ConnectionError> {
    Ok(parse(url)?.host().is_some_and(is_loopback))
}

fn parse(url: &str) -> Result<Uri, ConnectionError> {
    let uri = url.parse::<Uri>().ok();
    let uri = uri.filter(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    uri.ok_or_else(|| ConnectionError::Endpoint(url.to_owned()))
}

/// The environment's configuration for AWS.
///
/// # Errors
///
/// No region is configured, or there are no credentials.
pub async fn to_aws() -> Result<SdkConfig, ConnectionError> {
    let config = loader().load().await;
    if config.region().is_none() {
        return Err(ConnectionError::Region);
    }
    with_credentials(config).await
}

/// Credentials that every emulator accepts.
fn any_credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "any")
}

/// A configuration of which the environment decides nothing. The client goes straight to `url`, past any proxy.
fn direct(url: &str, region: Region, credentials: impl ProvideCredentials + 'static) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::standard())
        .endpoint_url(url)
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// The environment's configuration but for retries: a mode that the SDK does not know, such as `legacy`, makes it panic.
fn loader() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest()).retry_config(RetryConfig::standard())
}

/// Whether `host` is this machine: `localhost` or a name under it, or a loopback address, with or without brackets.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

/// What to add to the message that nothing answers at `url`: which variable names a proxy that may stand between.
pub fn proxy_hint(url: &str) -> String {
    let uri = url.parse::<Uri>().unwrap_or_default();
    if uri.host().is_none_or(is_loopback) {
        return String::new();
    }
    let names: [&str; 4] = match uri.scheme_str() {
        Some("http") => ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
        _ => ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
    };
    let set = names
        .into_iter()
        .find_map(|name| Some((name, env::var(name).ok().filter(|proxy| !proxy.is_empty())?)));
    match set {
        // Without user and password, which may stand before an `@`.
        Some((name, proxy)) => {
            let proxy = proxy.rsplit('@').next().unwrap_or_default();
            format!("; requests may go through the proxy `{proxy}`, which {name} names")
        }
        None => String::new(),
    }
}

/// Missing credentials would look like an endpoint that does not answer, so they are asked for first.
async fn with_credentials(config: SdkConfig) -> Result<SdkConfig, ConnectionError> {
    if let Some(provider) = config.credentials_provider()
        && let Err(error) = provider.provide_credentials().await
    {
        // Where the whole chain of providers has none, it lists them on further lines.
        let cause = root_cause(&error);
        let cause = cause.lines().next().unwrap_or_default();
        let cause = cause
            .trim_end_matches(". Attempted:")
            .trim_end_matches(['.', ' ']);
        return Err(ConnectionError::Credentials(cause.to_owned()));
    }
    Ok(config)
}

/// Why a request failed, on one line: the service's code and message, or else what prevented an answer.
pub fn reason<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => root_cause(error),
    }
}

/// The innermost reason, which says most.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_names_and_addresses() {
        for host in [
            "localhost",
            "LocalHost.",
            "api.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "notlocalhost",
            "0.0.0.0",
            "10.0.0.1",
            "[::]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[tokio::test]
    async fn only_http_urls_are_urls_of_an_endpoint() {
        let config = to_endpoint("http://127.0.0.1:8000/").await.unwrap();
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:8000"));
        for url in [
            "",
            "localhost:8000",
            "localhost",
            "ftp://x",
            "http://",
            "http:// x",
            "/x",
        ] {
            let error = to_endpoint(url).await.unwrap_err();
            assert!(matches!(error, ConnectionError::Endpoint(_)), "{url}");
        }
    }
}
