//! Readers: each asks for the documents of favourite profiles, so many times a second.

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;

use crate::latency::Latency;
use crate::plan::Profiles;
use crate::progress::Progress;
use crate::questions::Questions;
use crate::transaction::profile_id;

/// How long GETs take.
#[derive(Debug)]
pub(crate) struct Gets {
    /// From the sending.
    pub sent: Latency,
    /// From when they were due: a reader that waits for an answer sends the next ones late.
    pub due: Latency,
}

/// A reader.
#[derive(Debug)]
pub(crate) struct Reader {
    pub questions: Questions,
    pub profiles: Profiles,
    pub random: StdRng,
    pub pause: Duration,
    pub gets: Arc<Gets>,
    pub progress: Arc<Progress>,
}

impl Reader {
    /// A source of random numbers of the reader with this number.
    pub fn random(seed: u64, number: u32) -> StdRng {
        StdRng::seed_from_u64(seed.wrapping_add(1 + u64::from(number)))
    }

    /// Asks until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut due = interval(self.pause);
        while let Some(due) = stop.run_until_cancelled(due.tick()).await {
            let profile = profile_id(self.profiles.one(&mut self.random));
            let sent = Instant::now();
            match self.questions.ask(&profile, "").await {
                Ok(document) => {
                    self.gets.sent.record(sent.elapsed());
                    self.gets.due.record(due.elapsed());
                    self.progress.not_found.add(document.is_none().into());
                }
                Err(error) => self.progress.fail(error),
            }
        }
    }
}
