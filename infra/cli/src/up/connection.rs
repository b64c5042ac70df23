//! How DynamoDB is reached, embedded or elsewhere.

use std::env;
use std::error::Error;
use std::net::SocketAddr;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use lambda_http::http::Uri;

/// The region that stands in requests when the environment names none; emulators take any.
const ANY_REGION: &str = "us-east-1";

/// A DynamoDB, and its streams.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) url: String,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) streams: aws_sdk_dynamodbstreams::Client,
}

impl Connection {
    /// To the embedded engine at `address`, which takes any credentials.
    pub(crate) fn embedded(address: SocketAddr) -> Self {
        Self::new(
            format!("http://{address}"),
            ANY_REGION.to_owned(),
            any_credentials(),
        )
    }

    /// To the DynamoDB at `url`, with the region and the keys of the environment if it has them; `None` if it is no URL.
    pub(crate) fn external(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host()?.is_empty() {
            return None;
        }
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        let credentials = match (
            variable("AWS_ACCESS_KEY_ID"),
            variable("AWS_SECRET_ACCESS_KEY"),
        ) {
            (Some(id), Some(secret)) => {
                let token = variable("AWS_SESSION_TOKEN");
                Credentials::new(id, secret, token, None, "environment")
            }
            _ => any_credentials(),
        };
        let region = region.unwrap_or_else(|| ANY_REGION.to_owned());
        Some(Self::new(
            url.trim_end_matches('/').to_owned(),
            region,
            credentials,
        ))
    }

    fn new(url: String, region: String, credentials: Credentials) -> Self {
        let dynamodb = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&url)
            .region(Region::new(region.clone()))
            .credentials_provider(credentials.clone())
            .build();
        let streams = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&url)
            .region(Region::new(region))
            .credentials_provider(credentials)
            .build();
        Self {
            url,
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            streams: aws_sdk_dynamodbstreams::Client::from_conf(streams),
        }
    }
}

fn any_credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "any")
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Why a request failed, on one line: the service's code and message, or what kept the request from it.
pub(crate) fn reason<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => innermost(error).to_string(),
    }
}

/// What an error comes down to.
fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_urls_are_urls_of_an_endpoint() {
        for url in [
            "http://127.0.0.1:8000",
            "https://dynamodb.eu-central-1.amazonaws.com/",
        ] {
            let connection = Connection::external(url).unwrap();
            assert_eq!(connection.url, url.trim_end_matches('/'));
        }
        for url in [
            "",
            "localhost:8000",
            "localhost",
            "ftp://x",
            "http://",
            "http:// x",
            "/x",
        ] {
            assert!(Connection::external(url).is_none(), "{url}");
        }
    }
}
