// The futures of the AWS clients nest deeper than the default of 128 allows the compiler to look.
#![recursion_limit = "256"]

//! The stream function, as Lambda runs it. Set-up only; the handler is in the library.

use std::env;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use recalculate_aggregations::{RecalculateAggregations, SqsQueue};
use table::{Settings, Table};

/// A page of a Query takes well under a second: a request that hangs is better sent again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

// One thread: a function has one event at a time, and Lambda gives it less than one processor below 1,769 MB.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(serve()).await
}

async fn serve() -> Result<(), Error> {
    let table = env::var("TABLE_NAME").map_err(|_| "environment variable TABLE_NAME is not set")?;
    let settings = Settings::read(|name| env::var(name).ok())?;
    let name = env::var("AWS_LAMBDA_FUNCTION_NAME");
    let name = name.unwrap_or_else(|_| env!("CARGO_PKG_NAME").to_owned());
    let config = environment::sdk_config(ATTEMPT_TIMEOUT, |name| env::var(name).ok())?;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let table = Table::new(client, table);
    table.connect().await;
    let mut function = RecalculateAggregations::new(table, settings)
        .with_metrics(telemetry::emf(name, io::stdout));
    if let Ok(url) = env::var("UNFINISHED_QUEUE_URL")
        && !url.is_empty()
    {
        let queue = SqsQueue::new(&config, url);
        function = function.with_queue(Arc::new(queue));
    }
    let function = &function;
    run(service_fn(move |event: LambdaEvent<serde_json::Value>| {
        function.handle(event)
    }))
    .await
}
