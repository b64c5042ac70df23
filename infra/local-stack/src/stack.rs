//! The parts of the local stack, put together.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::Utc;
use get_aggregations::Envelope;
use lambda_emulator::{DeadLetter, HttpApi, Service, StreamMapping};
use serde_json::{Map, json};
use table::{Settings, Table};
use tokio::net::TcpListener;

use crate::dynamodb::Dynamodb;
use crate::engine;
use crate::error::StackError;
use crate::folder::Folder;
use crate::functions;
use crate::options::{Options, Storage};
use crate::provision::provision;
use crate::sample;
use crate::template::Template;

/// How long a server may take to finish the requests in hand.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the API listens on loopback only.
const API_IS_OPEN: &str = "the API of the local stack checks no token, so no other is allowed";
/// Why the embedded DynamoDB listens on loopback unless a flag allows more.
const TABLE_IS_OPEN: &str =
    "anyone who reaches it could read and write the table; allow that with --allow-non-loopback";

/// A running local stack: table, stream poller and HTTP API.
#[derive(Debug)]
pub struct Stack {
    http: SocketAddr,
    dynamodb: Dynamodb,
    table_name: String,
    sample_profiles: Option<usize>,
    api: Service,
    mapping: StreamMapping,
    engine: Option<Service>,
    // Held until everything else is gone.
    folder: Option<Folder>,
}

impl Stack {
    /// Starts a stack. When this returns, everything listens and the sample data, if it was written, is calculated.
    ///
    /// # Errors
    ///
    /// An address or the data folder cannot be used, the endpoint does not answer, or it has another table of that name.
    pub async fn start(options: Options) -> Result<Self, StackError> {
        check_loopback("--http", options.http, API_IS_OPEN)?;
        if !options.allow_non_loopback {
            check_loopback("--dynamodb", options.dynamodb, TABLE_IS_OPEN)?;
        }
        let template = Template::embedded()?;
        let (listener, http) = engine::listen("--http", options.http).await?;
        let folder = match &options.storage {
            Storage::Memory => None,
            Storage::Folder(path) => Some(Folder::hold(path)?),
        };
        let (dynamodb, engine) = connect(&options, folder.as_ref()).await?;
        let provisioned = provision(&dynamodb, &options.table_name, template.table()).await?;
        let table = Table::new(dynamodb.client.clone(), &options.table_name);
        let is_unfinished = folder.as_ref().is_some_and(Folder::has_unfinished_sample);
        let mut sample_profiles = None;
        if options.sample && (provisioned.is_new || is_unfinished) {
            let folder = folder.as_ref();
            let note = |done| folder.map_or(Ok(()), |folder| folder.note_sample(done));
            note(false)?;
            let today = Utc::now().date_naive();
            sample_profiles = Some(sample::write(&dynamodb, &table, today).await?);
            note(true)?;
        }

        let settings = Settings {
            currency: options.currency,
            ..Settings::default()
        };
        let recalculate = template.recalculate_aggregations();
        let mapping = StreamMapping::start(
            dynamodb.streams.clone(),
            provisioned.stream_arn,
            functions::recalculate_aggregations(recalculate, table.clone(), settings),
            template.stream_settings()?,
            folder.as_ref().map(Folder::checkpoint),
        );
        let api = api(&template, table, options.envelope, listener)?;
        let stack = Self {
            http,
            dynamodb,
            table_name: options.table_name,
            sample_profiles,
            api,
            mapping,
            engine,
            folder,
        };
        if stack.sample_profiles.is_some() {
            stack.caught_up().await;
        }
        Ok(stack)
    }

    /// Where the HTTP API answers, without a slash at the end.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Where DynamoDB answers, embedded or not.
    pub fn dynamodb_url(&self) -> &str {
        &self.dynamodb.url
    }

    /// A client of the DynamoDB that the table is in.
    pub fn client(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb.client
    }

    /// The table's name.
    pub fn table_name(&self) -> &str {
        &self.table_name
    }

    /// The number of sample profiles, if this start wrote them.
    pub fn sample_profiles(&self) -> Option<usize> {
        self.sample_profiles
    }

    /// Records of the stream that were given up since this start.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.mapping.dead_letters()
    }

    /// Resolves when every stream record that was there at the time of the call is processed, or in the dead letters.
    ///
    /// See [`StreamMapping::caught_up`] for how it knows.
    pub async fn caught_up(&self) {
        self.mapping.caught_up().await;
    }

    /// Stops everything: requests and the batch in hand are finished, nothing else is begun.
    pub async fn stop(self) {
        self.api.stop(PATIENCE).await;
        self.mapping.stop().await;
        if let Some(engine) = self.engine {
            engine.stop(PATIENCE).await;
        }
        drop(self.folder);
    }
}

fn check_loopback(
    flag: &'static str,
    address: SocketAddr,
    reason: &'static str,
) -> Result<(), StackError> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(StackError::NotLoopback {
        flag,
        address,
        reason,
    })
}

/// The DynamoDB to use, and the embedded engine if it is that.
async fn connect(
    options: &Options,
    folder: Option<&Folder>,
) -> Result<(Dynamodb, Option<Service>), StackError> {
    if let Some(url) = &options.endpoint_url {
        return Ok((Dynamodb::at(url).await?, None));
    }
    let (address, engine) = engine::start(options.dynamodb, folder).await?;
    Ok((Dynamodb::embedded(address), Some(engine)))
}

/// Serves the read function on `listener`. A request without a token is that of a service that may read every profile.
fn api(
    template: &Template,
    table: Table,
    envelope: Envelope,
    listener: TcpListener,
) -> Result<Service, StackError> {
    let definition = template.get_aggregations();
    let function = functions::get_aggregations(definition, table, envelope);
    let claims = Map::from_iter([("scope".to_owned(), json!("aggregations:read"))]);
    let mut api = HttpApi::default().claims_without_token(claims);
    for key in definition.routes() {
        api = api.route(&key, function.clone())?;
    }
    Ok(api.start(listener))
}
