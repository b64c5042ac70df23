//! The event source mapping of a DynamoDB stream: from the stream, through filter and batches, to the function.

mod batches;
mod dead_letter;
mod poller;
mod record;
mod settings;
mod shards;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodbstreams::Client;
use tokio::sync::watch;

use crate::function::Function;
use crate::service::Service;
use batches::Batches;
pub use dead_letter::{Condition, DeadLetter};
use poller::{Poller, Progress, Waiting};
pub use settings::StreamSettings;

/// What a stop may take beyond the time that the function has for the batch in hand.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running event source mapping of a DynamoDB stream.
#[derive(Debug)]
pub struct StreamMapping {
    batches: Arc<Batches>,
    progress: watch::Receiver<Progress>,
    waiting: watch::Sender<Waiting>,
    poller: Service,
}

impl StreamMapping {
    /// Starts to read the stream `stream_arn`, and to invoke `function` with its records.
    ///
    /// It begins at the oldest record. `processed` is told, with a shard and a sequence number, up to where everything of the
    /// shard is processed or given up; whoever can drop those records from the stream saves the next start from reading them again.
    pub fn start(
        client: Client,
        stream_arn: String,
        function: Function,
        settings: StreamSettings,
        processed: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> Self {
        let (sender, progress) = watch::channel(Progress::default());
        let batches = Arc::new(Batches::new(function, settings));
        let (waiting, waiting_receiver) = watch::channel(Waiting::default());
        let poller = Service::start(|stop| {
            Poller {
                client,
                stream_arn,
                batches: Arc::clone(&batches),
                processed: Box::new(processed),
                progress: sender,
                waiting: waiting_receiver,
                stop,
            }
            .run()
        });
        Self {
            batches,
            progress,
            waiting,
            poller,
        }
    }

    /// Resolves when every record that the stream had at the time of the call is processed or given up: after a
    /// listing of the shards, and two reads of each of them, that began after the call and found nothing.
    ///
    /// That is certain for emulators of DynamoDB. AWS may answer with no records although there are more.
    pub async fn caught_up(&self) {
        poller::caught_up(self.progress.clone(), &self.waiting).await;
    }

    /// The records that were given up since the start.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.batches.dead_letters()
    }

    /// Stops after the batch in hand.
    pub async fn stop(self) {
        let patience = self.batches.function.timeout() + PATIENCE;
        self.poller.stop(patience).await;
    }
}
