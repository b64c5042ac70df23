//! The stream's event source mapping, before the real stream function.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use recalculate_aggregations::RecalculateAggregations;
use table::{Settings, Table};
use tokio::sync::{Notify, watch};

use super::checkpoint::Checkpoints;
use super::connection::Connection;
use super::dead_letters::{DeadLetter, DeadLetters};
use super::delivery::{Delivery, Handler};
use super::error::UpError;
use super::filter::Filter;
use super::folder::Folder;
use super::invocation::Function;
use super::poller::{Poller, Progress, caught_up};
use super::rules::Rules;
use super::service::Service;
use super::template::Template;

/// What stopping may take beyond the time that the function has for the batch in hand.
const PATIENCE: Duration = Duration::from_secs(5);

/// The running mapping.
#[derive(Debug)]
pub(crate) struct Mapping {
    function: Function,
    progress: watch::Receiver<Progress>,
    wake: Arc<Notify>,
    dead_letters: Arc<DeadLetters>,
    poller: Service,
}

impl Mapping {
    /// Begins to hand records of the stream `stream_arn` to the function, from where an earlier start left off.
    pub(crate) fn start(
        template: &Template,
        connection: &Connection,
        stream_arn: String,
        table: Table,
        settings: Settings,
        folder: Option<&Folder>,
    ) -> Result<Self, UpError> {
        let filter = Filter::parse(template.mapping().patterns())?;
        let function = Function {
            name: "recalculate-aggregations",
            timeout: Duration::from_secs(template.recalculate_timeout()),
        };
        let folder = folder.map(Folder::path);
        let dead_letters = Arc::new(DeadLetters::new(folder));
        let delivery = Delivery {
            handler: handler(table, settings),
            function,
            rules: Rules::of(template.mapping()),
            stream_arn: stream_arn.clone(),
            dead_letters: Arc::clone(&dead_letters),
            began_at: SystemTime::now(),
        };
        let checkpoints = Mutex::new(Checkpoints::open(folder, &stream_arn));
        let client = connection.streams.clone();
        let (sender, progress) = watch::channel(Progress::default());
        let wake = Arc::new(Notify::new());
        let woken = Arc::clone(&wake);
        let poller = Service::start(|stop| {
            Poller {
                client,
                stream_arn,
                filter,
                delivery,
                checkpoints,
                progress: sender,
                wake: woken,
                stop,
            }
            .run()
        });
        Ok(Self {
            function,
            progress,
            wake,
            dead_letters,
            poller,
        })
    }

    /// Resolves when every record that was there at the time of the call is processed or given up.
    pub(crate) async fn caught_up(&self) {
        caught_up(self.progress.clone(), &self.wake).await;
    }

    /// Records that were given up.
    pub(crate) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.dead_letters.list()
    }

    /// Stops after the batch in hand.
    pub(crate) async fn stop(self) {
        self.poller.stop(self.function.timeout + PATIENCE).await;
    }
}

/// The real function.
fn handler(table: Table, settings: Settings) -> Handler {
    let function = Arc::new(RecalculateAggregations::new(table, settings));
    Arc::new(move |event| {
        let function = Arc::clone(&function);
        async move { Ok(function.handle(event).await?) }.boxed()
    })
}
