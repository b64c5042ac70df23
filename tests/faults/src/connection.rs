//! How clients reach the DynamoDB and the queue: by the configuration that the functions have in Lambda.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use environment::SdkConfig;

/// What the functions give an attempt of a request.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// Where the requests of a schedule go, which never leave the process.
const NOWHERE: &str = "http://127.0.0.1:8000";

fn config(url: &str) -> SdkConfig {
    let variables = |name: &str| match name {
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("local".to_owned()),
        "AWS_ENDPOINT_URL" => Some(url.to_owned()),
        _ => None,
    };
    environment::sdk_config(ATTEMPT_TIMEOUT, variables).expect("a configuration")
}

/// The configuration of clients whose requests go through `connector`.
pub fn config_of(connector: impl HttpConnector + 'static) -> SdkConfig {
    let connector = SharedHttpConnector::new(connector);
    let http: SharedHttpClient = http_client_fn(move |_, _| connector.clone());
    config(NOWHERE).into_builder().http_client(http).build()
}

/// A client of DynamoDB. Its retries draw on nothing that other schedules use.
pub fn client(config: &SdkConfig) -> Client {
    let own = RetryPartition::custom("schedule").build();
    let config = aws_sdk_dynamodb::config::Builder::from(config).retry_partition(own);
    Client::from_conf(config.build())
}
