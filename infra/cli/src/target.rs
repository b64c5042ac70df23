//! The table that commands work on: the local stack's, one at another endpoint, or one in AWS.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{KeyType, TableDescription};
use clap::Args;
use dynamodb_connection::{
    ConnectionError, DYNAMODB_ADDRESS, TABLE_NAME, proxy_hint, reason, to_aws, to_endpoint,
};
use table::Table;

/// How often the SDK sends a request that was throttled or lost.
const ATTEMPTS: u32 = 8;
/// No answer to a batch takes this long.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// What to do when the local stack does not answer.
const START: &str = "; start the local stack with `aggregations up`";

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The connection to DynamoDB cannot be configured.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The table does not answer, does not exist, has other keys or refuses a request; the text says which.
    #[error("{0}")]
    Table(String),
}

/// The flags that name a table.
#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// URL of another DynamoDB than the local stack's
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_DYNAMODB")]
    endpoint_url: Option<String>,
    /// Name of the table, if not profile-aggregations; alone, it is one in AWS
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
}

/// A table, and the way to it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub table: Table,
    pub client: Client,
    pub name: String,
    /// Where the table is, in words.
    place: String,
    /// What to do when nothing answers there.
    hint: &'static str,
    /// What to say about a proxy that may stand between.
    proxy: String,
}

impl Target {
    /// Takes the table that the flags name, if it answers.
    pub async fn open(place: &Place) -> Result<Self, TargetError> {
        let target = Self::resolve(place.endpoint_url.as_deref(), place.table.as_deref()).await?;
        target.check().await?;
        Ok(target)
    }

    /// Takes the local stack unless an endpoint or a table is named. A table alone is one in AWS.
    pub async fn resolve(endpoint: Option<&str>, table: Option<&str>) -> Result<Self, TargetError> {
        // An environment variable that is set to nothing is not set.
        let (config, hint) = match (endpoint.filter(|url| !url.is_empty()), table) {
            (Some(url), _) => (to_endpoint(url).await?, ""),
            (None, Some(_)) => (to_aws().await?, ""),
            (None, None) => {
                let local = format!("http://{DYNAMODB_ADDRESS}");
                (to_endpoint(&local).await?, START)
            }
        };
        // The ordinary configuration of AWS can name an endpoint, too.
        let url = config.endpoint_url();
        let region = config.region().map_or("", |region| region.as_ref());
        let place = url.map_or_else(|| format!("AWS {region}"), str::to_owned);
        // Where AWS answers is https, whatever the region.
        let proxy = proxy_hint(url.unwrap_or("https://dynamodb"));
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let config = Builder::from(&config)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts.build())
            .build();
        let client = Client::from_conf(config);
        let name = table.unwrap_or(TABLE_NAME).to_owned();
        Ok(Self {
            table: Table::new(client.clone(), &name),
            client,
            name,
            place,
            hint,
            proxy,
        })
    }

    /// Asks for the table before anything is written to it.
    pub async fn check(&self) -> Result<(), TargetError> {
        let describe = self.client.describe_table().table_name(&self.name);
        // Who waits for a word on what is wrong should not wait for all attempts.
        let brief = Builder::new().retry_config(RetryConfig::standard().with_max_attempts(2));
        match describe.customize().config_override(brief).send().await {
            Ok(output) if output.table.as_ref().is_none_or(has_our_keys) => Ok(()),
            Ok(_) => Err(TargetError::Table(format!(
                "the table `{}` has the wrong keys: expected `pk` and `sk`",
                self.name
            ))),
            // A writer need not be allowed to describe the table.
            Err(error) if error.code() == Some("AccessDeniedException") => Ok(()),
            Err(error) => Err(self.failure("DescribeTable", &error)),
        }
    }

    /// What a failed request means.
    pub fn failure<E>(&self, operation: &'static str, error: &SdkError<E>) -> TargetError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let (cause, proxy) = (reason(error), &self.proxy);
        let (name, place, hint) = (&self.name, &self.place, self.hint);
        TargetError::Table(match (error, error.code(), error.raw_response()) {
            (SdkError::DispatchFailure(_) | SdkError::TimeoutError(_), _, _) => {
                format!("DynamoDB does not answer at {place}: {cause}{proxy}{hint}")
            }
            (_, Some("ResourceNotFoundException"), _) => {
                format!("table `{name}` not found at {place}{hint}")
            }
            (_, None, Some(answer)) => {
                let status = answer.status().as_u16();
                format!("{operation} failed: {place} answers with status {status}")
            }
            _ => format!("{operation} failed: {cause}"),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "table {} at {}", self.name, self.place)
    }
}

fn has_our_keys(table: &TableDescription) -> bool {
    let keys = table.key_schema().iter();
    let keys: Vec<_> = keys
        .map(|key| (key.attribute_name(), key.key_type()))
        .collect();
    keys.contains(&("pk", &KeyType::Hash)) && keys.contains(&("sk", &KeyType::Range))
}
