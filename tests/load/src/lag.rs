//! The lag of the stream: how long a purchase that is written waits until a GET shows it.
//!
//! Each probe writes a purchase every two seconds into a profile of its own and asks for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::NaiveDate;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::error::LoadError;
use crate::latency::Latency;
use crate::progress::Progress;
use crate::questions::Questions;
use crate::transaction::{DAY, DAYS, instant, key};
use crate::writer::Sender;

/// Time between two purchases of a probe.
const PAUSE: Duration = Duration::from_secs(2);
/// A probe asks again after a twentieth of the time that it has waited for so far, within these bounds.
const LOOKS: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(500)];

/// How far the stream is behind.
#[derive(Debug)]
pub(crate) struct Lag {
    /// How long purchases waited.
    pub waited: Latency,
    /// For how many milliseconds each probe has been waiting.
    waiting: Vec<AtomicU64>,
}

impl Lag {
    pub fn new(probes: u32) -> Result<Self, LoadError> {
        Ok(Self {
            waited: Latency::new()?,
            waiting: (0..probes).map(|_| AtomicU64::new(0)).collect(),
        })
    }

    /// The longest time for which a purchase has been waiting.
    pub fn now(&self) -> Duration {
        let waiting = self.waiting.iter().map(|one| one.load(Ordering::Relaxed));
        Duration::from_millis(waiting.max().unwrap_or_default())
    }

    fn waits(&self, probe: u32, time: Duration) {
        if let Some(waiting) = self.waiting.get(probe as usize) {
            waiting.store(time.as_millis() as u64, Ordering::Relaxed);
        }
    }
}

/// A probe.
#[derive(Debug)]
pub(crate) struct Probe {
    pub number: u32,
    pub sender: Sender,
    pub questions: Questions,
    pub until: NaiveDate,
    pub lag: Arc<Lag>,
    pub progress: Arc<Progress>,
    /// When a purchase that does not show is lost.
    pub lost_after: Duration,
    /// Whether to leave out the first purchase.
    pub loses_first: bool,
    /// Where in the pause between two purchases the first one is, from 0 to 1.
    pub offset: f64,
}

impl Probe {
    /// Writes until it is told to stop or has lost a purchase, and asks until everything shows or is lost.
    pub async fn run(self, stop: CancellationToken) -> Result<(), LoadError> {
        let profile = format!("probe-{}", self.number);
        let (mut written, mut shown) = (0, 0);
        let mut open: VecDeque<Instant> = VecDeque::new();
        let mut next = Instant::now() + PAUSE.mul_f64(self.offset);
        loop {
            if !stop.is_cancelled() && next <= Instant::now() {
                next += PAUSE;
                if written > 0 || !self.loses_first {
                    self.write(&profile, written).await?;
                }
                written += 1;
                open.push_back(Instant::now());
            }
            if !open.is_empty() {
                let count = self.count(&profile).await.unwrap_or(shown);
                // After a loss the later purchases show one place too early, and the last one never.
                let more = count.saturating_sub(shown) as usize;
                for since in open.drain(..more.min(open.len())) {
                    self.lag.waited.record(since.elapsed());
                }
                shown = shown.max(count);
            }
            while open
                .pop_front_if(|since| since.elapsed() >= self.lost_after)
                .is_some()
            {
                self.progress.lost.add(1);
                stop.cancel();
            }
            let waits = open.front().map(Instant::elapsed);
            self.lag.waits(self.number, waits.unwrap_or_default());
            let until_next = next.saturating_duration_since(Instant::now());
            match waits {
                None if stop.is_cancelled() => return Ok(()),
                None => drop(stop.run_until_cancelled(sleep(until_next)).await),
                Some(time) => {
                    let [shortest, longest] = LOOKS;
                    sleep((time / 20).clamp(shortest, longest)).await;
                }
            }
        }
    }

    /// A purchase on a date of its own, as long as there are some.
    async fn write(&self, profile: &str, number: u64) -> Result<(), LoadError> {
        let days = u64::from(DAYS);
        let second = (number % days) as u32 * DAY + (number / days) as u32;
        let id = format!("p{number}");
        let mut item = key(profile, instant(second, self.until), &id);
        item.insert("total".to_owned(), AttributeValue::N("1".to_owned()));
        self.sender.put(item).await
    }

    /// How many purchases show.
    async fn count(&self, profile: &str) -> Option<u64> {
        match self.questions.ask(profile, "?fields=shop_count").await {
            Ok(document) => {
                let count = document.as_ref().and_then(|all| all.get("shop_count"));
                count.and_then(|count| count.get().parse().ok())
            }
            Err(error) => {
                self.progress.fail(error);
                None
            }
        }
    }
}
