//! The DynamoDB behind the stack, embedded or elsewhere, and its streams.

use aws_config::SdkConfig;
use dynamodb_connection::{ConnectionError, to_emulator, to_endpoint};

use crate::engine::{Engine, in_process};

/// A DynamoDB, and its streams.
#[derive(Clone, Debug)]
pub(crate) struct Dynamodb {
    pub(crate) url: String,
    pub(crate) client: aws_sdk_dynamodb::Client,
    pub(crate) streams: aws_sdk_dynamodbstreams::Client,
}

impl Dynamodb {
    /// The embedded one.
    pub(crate) fn embedded(engine: &Engine) -> Self {
        let url = format!("http://{}", engine.address);
        let config = to_emulator(&url);
        let direct = |http| in_process(engine.database.clone(), http);
        let client = config.http_client().map(direct);
        let mut config = config.into_builder();
        config.set_http_client(client);
        Self::new(url, &config.build())
    }

    /// The one at `url`.
    pub(crate) async fn at(url: &str) -> Result<Self, ConnectionError> {
        let config = to_endpoint(url).await?;
        Ok(Self::new(url.trim_end_matches('/').to_owned(), &config))
    }

    fn new(url: String, config: &SdkConfig) -> Self {
        Self {
            url,
            client: aws_sdk_dynamodb::Client::new(config),
            streams: aws_sdk_dynamodbstreams::Client::new(config),
        }
    }
}
