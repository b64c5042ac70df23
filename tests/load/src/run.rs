//! A run: writers, readers and probes at a stack, until everything is written, calculated and verified.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::arguments::Arguments;
use crate::error::LoadError;
use crate::lag::{Lag, Probe};
use crate::latency::Latency;
use crate::memory::{Memory, processor_time};
use crate::plan::{Plan, Profiles, Write};
use crate::progress::Progress;
use crate::questions::Questions;
use crate::reader::{Gets, Reader};
use crate::report::{Outcome, print};
use crate::stack_process::StackProcess;
use crate::transaction::Transaction;
use crate::verify::verify;
use crate::watch::Watch;
use crate::writer::{Sender, Writer};

/// Writes that wait for a writer.
const WAITING: usize = 100;

/// What the parts of a run share.
struct Run<'a> {
    arguments: &'a Arguments,
    profiles: Profiles,
    sender: Sender,
    questions: Questions,
    progress: Arc<Progress>,
    gets: Arc<Gets>,
    lag: Arc<Lag>,
    memory: Arc<Mutex<Memory>>,
}

/// Runs it, and says whether everything holds.
pub(crate) async fn run(arguments: &Arguments) -> Result<bool, LoadError> {
    let profiles = Profiles::new(arguments)?;
    let folder = (!arguments.in_memory).then(TempDir::new).transpose();
    let folder = folder.map_err(LoadError::Process)?;
    let data = folder.as_ref().map(|folder| folder.path().join("data"));
    let mut stack = StackProcess::start(data.as_deref()).await?;
    let progress = Arc::new(Progress::default());
    let run = Run {
        arguments,
        profiles,
        sender: Sender {
            client: stack.client(),
            table: stack.table.clone(),
            progress: Arc::clone(&progress),
        },
        questions: Questions::new(&stack.http_url)?,
        progress,
        gets: Arc::new(Gets {
            sent: Latency::new()?,
            due: Latency::new()?,
        }),
        lag: Arc::new(Lag::new(arguments.probes)?),
        memory: Arc::default(),
    };
    let (written, over) = (CancellationToken::new(), CancellationToken::new());
    let watch = Watch {
        process: stack.id(),
        every: arguments.every,
        progress: Arc::clone(&run.progress),
        gets: Arc::clone(&run.gets),
        lag: Arc::clone(&run.lag),
        memory: Arc::clone(&run.memory),
    };
    let watch = tokio::spawn(watch.run(written.clone(), over.clone()));
    let readers = run.readers(&written);
    let probes = run.probes(&written);

    let began = Instant::now();
    let transactions = run.write().await?;
    let writing = began.elapsed();
    written.cancel();
    stack.finished(arguments.patience).await?;
    let draining = began.elapsed() - writing;
    let worked = stack.id().and_then(processor_time).unwrap_or_default();
    try_join_all(readers).await?;
    for probe in probes {
        probe.await??;
    }
    over.cancel();
    watch.await??;
    // Once more: what the last readers and probes asked for was in use as well.
    let in_use = stack.finished(arguments.patience).await?.in_use;

    let began = Instant::now();
    let verified = verify(&run.questions, &run.progress, transactions, arguments).await;
    let verifying = began.elapsed();
    let finished = stack.finished(arguments.patience).await?;
    let memory = run
        .memory
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .verdict();
    let outcome = Outcome {
        writing,
        draining,
        verifying,
        given_up: finished.given_up,
        warnings: finished.warnings,
        in_use: [stack.in_use, in_use],
        worked,
        has_stopped: stack.stop().await?,
        memory,
        verified,
    };
    outcome.table(arguments, &run.progress, &run.gets, &run.lag)?;
    let failures = outcome.failures(arguments.lost_after, &run.progress);
    for failure in &failures {
        print(failure)?;
    }
    Ok(failures.is_empty())
}

impl Run<'_> {
    /// Writes everything; returns all transactions.
    async fn write(&self) -> Result<Vec<Transaction>, LoadError> {
        let (mut senders, mut writers) = (Vec::new(), Vec::new());
        for _ in 0..self.arguments.writers {
            let (sender, receiver) = mpsc::channel(WAITING);
            let writer = Writer {
                sender: self.sender.clone(),
                until: self.arguments.until,
                lag: Arc::clone(&self.lag),
                lag_limit: self.arguments.lag_limit,
                batch: Vec::new(),
            };
            senders.push(sender);
            writers.push(tokio::spawn(writer.run(receiver)));
        }
        let mut plan = Plan::new(self.arguments, self.profiles.clone());
        for (number, write) in (1..).zip(plan.by_ref()) {
            if self.arguments.lose_write == Some(number) {
                continue;
            }
            // Nobody receives once a writer has failed; it says why.
            if send(&senders, write).await.is_none() {
                break;
            }
        }
        drop(senders);
        for writer in writers {
            writer.await??;
        }
        Ok(plan.into_transactions())
    }

    fn readers(&self, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let readers = 0..self.arguments.readers;
        let readers = readers.map(|number| {
            let reader = Reader {
                questions: self.questions.clone(),
                profiles: self.profiles.clone(),
                random: Reader::random(self.arguments.seed, number),
                pause: Duration::from_secs(1) / self.arguments.gets,
                gets: Arc::clone(&self.gets),
                progress: Arc::clone(&self.progress),
            };
            tokio::spawn(reader.run(stop.clone()))
        });
        readers.collect()
    }

    fn probes(&self, stop: &CancellationToken) -> Vec<JoinHandle<Result<(), LoadError>>> {
        let probes = (0..self.arguments.probes).map(|number| {
            let probe = Probe {
                number,
                sender: self.sender.clone(),
                questions: self.questions.clone(),
                until: self.arguments.until,
                lag: Arc::clone(&self.lag),
                progress: Arc::clone(&self.progress),
                lost_after: Duration::from_secs(self.arguments.lost_after.into()),
                loses_first: self.arguments.lose_purchase,
                offset: f64::from(number) / f64::from(self.arguments.probes),
            };
            // Of its own: a probe that has lost a purchase stops alone.
            tokio::spawn(probe.run(stop.child_token()))
        });
        probes.collect()
    }
}

/// Hands a write to the writer of its profile.
async fn send(writers: &[mpsc::Sender<Write>], write: Write) -> Option<()> {
    let writer = write.transaction.profile as usize % writers.len();
    writers.get(writer)?.send(write).await.ok()
}
