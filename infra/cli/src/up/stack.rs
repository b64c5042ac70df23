//! The parts of the local stack, put together.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::Utc;
use table::{Settings, Table};

use super::connection::Connection;
use super::dead_letters::DeadLetter;
use super::engine;
use super::error::UpError;
use super::folder::Folder;
use super::gateway::Gateway;
use super::mapping::Mapping;
use super::options::{Options, Storage};
use super::provision::provision;
use super::sample;
use super::service::Service;
use super::template::Template;

/// How long a server may take to finish the requests in hand.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running local stack: table, stream poller and HTTP API.
#[derive(Debug)]
pub struct Stack {
    http: SocketAddr,
    connection: Connection,
    table_name: String,
    sample_profiles: Option<usize>,
    gateway: Service,
    mapping: Mapping,
    engine: Option<Service>,
    // Held until everything else is gone.
    folder: Option<Folder>,
}

impl Stack {
    /// Starts a stack. When this returns, everything listens and the sample shop, if it was written, is calculated.
    ///
    /// # Errors
    ///
    /// An address or the data folder cannot be used, the endpoint does not answer, or it has another table of that name.
    pub async fn start(options: Options) -> Result<Self, UpError> {
        if !options.http.ip().is_loopback() {
            let (flag, address) = ("--http", options.http);
            return Err(UpError::NotLoopback { flag, address });
        }
        if !options.dynamodb.ip().is_loopback() && !options.allow_non_loopback {
            let (flag, address) = ("--dynamodb", options.dynamodb);
            return Err(UpError::Exposed { flag, address });
        }
        let template = Template::embedded()?;
        let (listener, http) = engine::listen("--http", options.http).await?;
        let folder = match &options.storage {
            Storage::Memory => None,
            Storage::Folder(path) => Some(Folder::hold(path)?),
        };
        let (connection, engine) = connect(&options, folder.as_ref()).await?;
        let provisioned = provision(&connection, &options.table_name, template.table()).await?;
        let folder_asks = folder.as_ref().is_some_and(Folder::has_unfinished_sample);
        let sample_profiles = if options.sample && (provisioned.is_new || folder_asks) {
            folder
                .as_ref()
                .map_or(Ok(()), |folder| folder.note_sample(false))?;
            let today = Utc::now().date_naive();
            let profiles = sample::write(&connection, &options.table_name, today).await?;
            folder
                .as_ref()
                .map_or(Ok(()), |folder| folder.note_sample(true))?;
            Some(profiles)
        } else {
            None
        };

        let table = Table::new(connection.dynamodb.clone(), &options.table_name);
        let settings = Settings {
            currency: options.currency,
            ..Settings::default()
        };
        let mapping = Mapping::start(
            &template,
            &connection,
            provisioned.stream_arn,
            table.clone(),
            settings,
            folder.as_ref(),
        )?;
        let timeout = Duration::from_secs(template.get_timeout());
        let gateway = Gateway::new(table, options.envelope, timeout).start(listener);
        let stack = Self {
            http,
            connection,
            table_name: options.table_name,
            sample_profiles,
            gateway,
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
        &self.connection.url
    }

    /// A client of the DynamoDB that the table is in.
    pub fn client(&self) -> &aws_sdk_dynamodb::Client {
        &self.connection.dynamodb
    }

    /// The table's name.
    pub fn table_name(&self) -> &str {
        &self.table_name
    }

    /// The profiles of the sample shop, if this start wrote it.
    pub fn sample_profiles(&self) -> Option<usize> {
        self.sample_profiles
    }

    /// Whether the published example is stored, so that it can be asked for.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    pub async fn has_example(&self) -> Result<bool, UpError> {
        sample::has_example(&self.connection, &self.table_name).await
    }

    /// Records of the stream that were given up since this start.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.mapping.dead_letters()
    }

    /// Resolves when every stream record that was there at the time of the call is processed, or in the dead letters.
    ///
    /// It waits for two passes over all shards that begin after the call and find nothing. Of the embedded engine and of
    /// DynamoDB Local that is certain; AWS may answer with nothing though there is more.
    pub async fn caught_up(&self) {
        self.mapping.caught_up().await;
    }

    /// Stops everything: requests and the batch in hand are finished, nothing else is begun.
    pub async fn stop(self) {
        self.gateway.stop(PATIENCE).await;
        self.mapping.stop().await;
        if let Some(engine) = self.engine {
            engine.stop(PATIENCE).await;
        }
        drop(self.folder);
    }
}

/// The DynamoDB to use, and the embedded engine if it is that.
async fn connect(
    options: &Options,
    folder: Option<&Folder>,
) -> Result<(Connection, Option<Service>), UpError> {
    if let Some(url) = &options.endpoint_url {
        return Ok((Connection::to(url).await?, None));
    }
    let (address, engine) = engine::start(options.dynamodb, folder).await?;
    let connection = Connection::embedded(address);
    Ok((connection, Some(engine)))
}
