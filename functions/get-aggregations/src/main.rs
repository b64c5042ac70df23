//! The read function, as Lambda runs it. Set-up only; the handler is in the library.

use std::convert::Infallible;
use std::env;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use get_aggregations::{Authorizer, Claims, Envelope, GetAggregations};
use lambda_http::lambda_runtime::run;
use lambda_http::{Error, service_fn};
use table::{Settings, Table};

/// A read takes a few milliseconds: one that hangs is better asked again, within the 3 seconds that the handler has.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);

// One thread: a function has one event at a time, and Lambda gives it less than one processor below 1,769 MB.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::run(serve()).await
}

async fn serve() -> Result<(), Error> {
    let table = env::var("TABLE_NAME").map_err(|_| "environment variable TABLE_NAME is not set")?;
    let authorizer = match env::var("AUTHORIZER").as_deref() {
        Err(_) | Ok("" | "jwt") => Authorizer::Jwt,
        Ok("none") => Authorizer::None,
        Ok(other) => {
            return Err(format!(
                "invalid environment variable AUTHORIZER `{other}`: expected `jwt` or `none`"
            )
            .into());
        }
    };
    let envelope = match env::var("ENVELOPE").as_deref() {
        Err(_) | Ok("") => Envelope::default(),
        Ok(name) => name
            .parse()
            .map_err(|error| format!("invalid environment variable ENVELOPE `{name}`: {error}"))?,
    };
    let settings = Settings::read(|name| env::var(name).ok())?;
    let name = env::var("AWS_LAMBDA_FUNCTION_NAME");
    let name = name.unwrap_or_else(|_| env!("CARGO_PKG_NAME").to_owned());
    let config = environment::sdk_config(ATTEMPT_TIMEOUT, |name| env::var(name).ok())?;
    let client = aws_sdk_dynamodb::Client::new(&config);
    let table = Table::new(client, table);
    table.connect().await;
    let function = GetAggregations::new(table, authorizer, envelope)
        .with_currency(settings.currency)
        .with_claims(Claims::read(|name| env::var(name).ok()))
        .with_metrics(telemetry::emf(name, io::stdout));
    let function = &function;
    run(service_fn(move |event| async move {
        Ok::<_, Infallible>(function.handle_event(event).await)
    }))
    .await
}
