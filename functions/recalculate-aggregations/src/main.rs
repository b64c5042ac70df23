//! The stream function, as Lambda runs it. Set-up only; the handler is in the library.

use std::env;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use recalculate_aggregations::RecalculateAggregations;
use table::Table;

/// A page of a Query takes well under a second: a request that hangs is better sent again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let table = env::var("TABLE_NAME").map_err(|_| "environment variable TABLE_NAME is not set")?;
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .load()
        .await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let function = &RecalculateAggregations::new(Table::new(client, table));
    run(service_fn(move |event: LambdaEvent<serde_json::Value>| {
        function.handle(event)
    }))
    .await
}
