//! The parts of the local stack, put together.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::Utc;
use dynamodb_connection::is_loopback_url;
use lambda_emulator::{DeadLetter, Queue, QueueMapping, Service, StreamMapping};
use local_console::Changes;
use table::{Outcome, ProfileId, Settings, Table};
use tempfile::TempDir;

use crate::api::Api;
use crate::dynamodb::Dynamodb;
use crate::engine::{Engine, listen};
use crate::error::StackError;
use crate::folder::Folder;
use crate::functions;
use crate::glance::{Glance, glance};
use crate::options::{Options, Storage};
use crate::provision::{exists, provision};
use crate::sample;
use crate::set_aside::SetAside;
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
    queue: Queue,
    repairs: QueueMapping,
    set_aside: Service,
    embedded: Option<Embedded>,
    // Held until everything else is gone.
    folder: Option<Folder>,
}

/// What runs of the embedded engine.
#[derive(Debug)]
struct Embedded {
    service: Service,
    trimming: Service,
    _temporary: Option<TempDir>,
}

impl Stack {
    /// Starts a stack. When this returns, everything listens and the sample data, if it was written, is calculated.
    ///
    /// # Errors
    ///
    /// An address or the data folder cannot be used, the endpoint does not answer, or it has another table of that name.
    pub async fn start(options: Options) -> Result<Self, StackError> {
        check_reach(&options)?;
        let template = Template::embedded()?;
        let (listener, http) = listen("--http", options.http).await?;
        // What the folder keeps belongs to the embedded engine's table.
        let folder = match (&options.storage, &options.endpoint_url) {
            (Storage::Folder(path), None) => Some(Folder::hold(path)?),
            _ => None,
        };
        let (dynamodb, engine) = connect(&options, folder.as_ref()).await?;
        let name = &options.table_name;
        let is_unfinished = folder.as_ref().is_some_and(Folder::has_unfinished_sample);
        let writes_sample = options.sample && (is_unfinished || !exists(&dynamodb, name).await?);
        let note = |is_finished| match &folder {
            Some(folder) if writes_sample => folder.note_sample(is_finished),
            _ => Ok(()),
        };
        // Before the table: a start that is cut off in between must not leave an empty table that looks finished.
        note(false)?;
        let stream_arn = provision(&dynamodb, name, template.table()).await?;
        let table = Table::new(dynamodb.client.clone(), name);
        let mut sample_profiles = None;
        if writes_sample {
            let today = Utc::now().date_naive();
            sample_profiles = Some(sample::write(&dynamodb, &table, today).await?);
            note(true)?;
        }

        let (processed, embedded) = match engine {
            Some(engine) => {
                let indexed = engine.file.index_items(name);
                indexed.map_err(|error| StackError::Index(error.into()))?;
                let (processed, trimming) = engine.file.trim(name.clone());
                let embedded = Embedded {
                    service: engine.service,
                    trimming,
                    _temporary: engine.temporary,
                };
                (Some(processed), Some(embedded))
            }
            None => (None, None),
        };
        let settings = Settings {
            currency: options.currency,
            ..Settings::default()
        };
        let (watcher, set_aside) = SetAside::start(table.clone());
        let changes = Changes::default();
        let queue = folder.as_ref().map(Folder::queue);
        let queue = Queue::open(queue.as_deref(), template.queue_settings())?;
        let function = |name, definition| {
            let (watcher, changes) = (watcher.clone(), changes.clone());
            let observer = move |profile: &ProfileId, outcome: &Outcome| {
                changes.note();
                watcher.see(profile, outcome);
            };
            let table = table.clone();
            functions::recalculate_aggregations(name, definition, table, settings, &queue, observer)
        };
        let recalculate = function(
            "recalculate-aggregations",
            template.recalculate_aggregations(),
        );
        let repair = function("repair-aggregations", template.repair_aggregations());
        let repairs = QueueMapping::start(queue.clone(), repair, template.repair_concurrency());
        let mapping = StreamMapping::start(
            dynamodb.streams.clone(),
            stream_arn,
            recalculate,
            template.stream_settings()?,
            move |_shard, number| {
                if let Some(processed) = &processed {
                    processed.send_replace(number.to_owned());
                }
            },
        );
        let api = Api {
            template: &template,
            options: &options,
            dynamodb: &dynamodb,
            table,
            changes,
        };
        let api = api.start(listener)?;
        let stack = Self {
            http,
            dynamodb,
            table_name: options.table_name,
            sample_profiles,
            api,
            mapping,
            queue,
            repairs,
            set_aside,
            embedded,
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

    /// A few of the stored profiles, to look at.
    pub async fn glance(&self) -> Vec<Glance> {
        glance(&self.dynamodb, &self.table_name).await
    }

    /// Records of the stream that were given up since this start.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.mapping.dead_letters()
    }

    /// The queue of unfinished profiles.
    pub fn unfinished_profiles(&self) -> &Queue {
        &self.queue
    }

    /// Resolves when every stream record that was there at the time of the call is processed, in the queue of unfinished profiles, or
    /// in the dead letters.
    ///
    /// See [`StreamMapping::caught_up`] for how it knows.
    pub async fn caught_up(&self) {
        self.mapping.caught_up().await;
    }

    /// Stops everything: requests and the batch in hand are finished, nothing else is begun.
    pub async fn stop(self) {
        self.api.stop(PATIENCE).await;
        self.mapping.stop().await;
        self.repairs.stop().await;
        self.set_aside.stop(PATIENCE).await;
        if let Some(embedded) = self.embedded {
            embedded.trimming.stop(PATIENCE).await;
            embedded.service.stop(PATIENCE).await;
        }
        drop(self.folder);
    }
}

/// Refuses what others could reach, or what is not this machine's, unless that is permitted.
fn check_reach(options: &Options) -> Result<(), StackError> {
    check_loopback("--http", options.http, API_IS_OPEN)?;
    if options.allow_non_loopback {
        return Ok(());
    }
    if let Some(url) = &options.endpoint_url
        && !is_loopback_url(url)?
    {
        return Err(StackError::RemoteEndpoint(url.clone()));
    }
    check_loopback("--dynamodb", options.dynamodb, TABLE_IS_OPEN)
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
) -> Result<(Dynamodb, Option<Engine>), StackError> {
    if let Some(url) = &options.endpoint_url {
        return Ok((Dynamodb::at(url).await?, None));
    }
    let engine = Engine::start(options.dynamodb, folder).await?;
    Ok((Dynamodb::embedded(&engine), Some(engine)))
}
