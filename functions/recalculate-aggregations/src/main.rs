//! The stream function, as Lambda runs it. Set-up only; the handler is in the library.

use std::env;

use aws_config::BehaviorVersion;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use recalculate_aggregations::RecalculateAggregations;
use table::Table;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let table = env::var("TABLE_NAME").map_err(|_| "environment variable TABLE_NAME is not set")?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let function = &RecalculateAggregations::new(Table::new(client, table));
    run(service_fn(move |event: LambdaEvent<serde_json::Value>| {
        function.handle(event)
    }))
    .await
}
