//! The event source mapping of a DynamoDB stream: from the stream, through filter and batches, to the function.

mod batches;
mod checkpoint;
mod dead_letter;
mod poller;
mod record;
mod settings;
mod shards;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodbstreams::Client;
use tokio::sync::{Notify, watch};

use crate::function::Function;
use crate::service::Service;
use batches::Batches;
use checkpoint::Checkpoint;
pub use dead_letter::{Condition, DeadLetter};
use poller::{Poller, Progress};
pub use settings::StreamSettings;

/// What a stop may take beyond the time that the function has for the batch in hand.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running event source mapping of a DynamoDB stream.
#[derive(Debug)]
pub struct StreamMapping {
    batches: Arc<Batches>,
    progress: watch::Receiver<Progress>,
    wake: Arc<Notify>,
    poller: Service,
}

impl StreamMapping {
    /// Starts to read the stream `stream_arn`, and to invoke `function` with its records.
    ///
    /// It begins at the oldest record. With a `checkpoint`, a file, it writes there how far it has come, and another start
    /// goes on from there; a lost or damaged file means that records come once more.
    pub fn start(
        client: Client,
        stream_arn: String,
        function: Function,
        settings: StreamSettings,
        checkpoint: Option<PathBuf>,
    ) -> Self {
        let (sender, progress) = watch::channel(Progress::default());
        let checkpoint = Checkpoint::open(checkpoint, &stream_arn);
        let batches = Arc::new(Batches::new(function, settings));
        let wake = Arc::new(Notify::new());
        let poller = Service::start(|stop| {
            Poller {
                client,
                stream_arn,
                batches: Arc::clone(&batches),
                checkpoint,
                progress: sender,
                wake: Arc::clone(&wake),
                stop,
            }
            .run()
        });
        Self {
            batches,
            progress,
            wake,
            poller,
        }
    }

    /// Resolves when every record that the stream had at the time of the call is processed or given up: after two passes
    /// over all shards that began after the call and found nothing.
    ///
    /// That is certain for emulators of DynamoDB. AWS may answer with no records although there are more.
    pub async fn caught_up(&self) {
        poller::caught_up(self.progress.clone(), &self.wake).await;
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
