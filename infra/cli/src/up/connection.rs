//! The DynamoDB behind the stack, embedded or elsewhere, and its streams.

use std::error::Error;
use std::net::SocketAddr;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::{Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::connection::{ANY_REGION, ConnectionError, any_credentials, root_cause, to_endpoint};

/// A DynamoDB, and its streams.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) url: String,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) streams: aws_sdk_dynamodbstreams::Client,
}

impl Connection {
    /// To the embedded engine at `address`, whatever the environment says of AWS.
    pub(crate) fn embedded(address: SocketAddr) -> Self {
        let url = format!("http://{address}");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&url)
            .region(Region::from_static(ANY_REGION))
            .credentials_provider(SharedCredentialsProvider::new(any_credentials()))
            .build();
        Self::new(url, &config)
    }

    /// To the DynamoDB at `url`.
    pub(crate) async fn to(url: &str) -> Result<Self, ConnectionError> {
        let config = to_endpoint(url).await?;
        Ok(Self::new(url.trim_end_matches('/').to_owned(), &config))
    }

    fn new(url: String, config: &SdkConfig) -> Self {
        Self {
            url,
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            streams: aws_sdk_dynamodbstreams::Client::new(config),
        }
    }
}

/// Why a request failed, on one line: the service's code and message, or what kept the request from it.
pub(crate) fn reason<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => root_cause(error),
    }
}
