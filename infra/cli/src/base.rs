//! `aggregations verify` and `aggregations rebuild`: the whole customer base, or some of it, against a calculation from nothing.

mod arguments;
mod checkpoint;
mod error;
mod report;
mod selection;

use std::pin::pin;

use futures::{Stream, StreamExt, stream};
use table::{Done, ProfileId, Segment, Settings, Task, Verified, work_on, work_through};
use tokio::sync::mpsc;

pub use arguments::{Arguments, RebuildArguments, VerifyArguments};
pub use error::BaseError;
pub use report::Counts;

use crate::target::Target;
use checkpoint::Checkpoint;
use report::Report;
use selection::Selected;

/// Profiles that are worked on side by side when they are named one by one.
const SIDE_BY_SIDE: usize = 32;
/// What the segments may be ahead of what is told.
const AHEAD: usize = 64;

/// Compares profiles with a calculation from nothing; prints a line for each that differs.
///
/// # Errors
///
/// The table or a file cannot be used. What was printed and rebuilt before stays.
pub async fn verify(arguments: VerifyArguments) -> Result<Counts, BaseError> {
    let sample = arguments.sample;
    run(Task::Verify, arguments.common, sample).await
}

/// Calculates profiles from nothing; prints a line for each that could not be.
///
/// # Errors
///
/// The table or a file cannot be used. What was printed and rebuilt before stays.
pub async fn rebuild(arguments: RebuildArguments) -> Result<Counts, BaseError> {
    run(Task::Rebuild, arguments.common, None).await
}

async fn run(task: Task, arguments: Arguments, sample: Option<usize>) -> Result<Counts, BaseError> {
    let (endpoint, table) = (
        arguments.endpoint_url.as_deref(),
        arguments.table.as_deref(),
    );
    let target = Target::resolve(endpoint, table).await?;
    target.check().await?;
    let settings = settings(&target, &arguments).await?;
    let mut report = Report::new(task, &target, arguments.quiet);
    report.begin(&settings);
    let selected = Selected::new(&arguments, sample, &target.table).await?;
    match selected {
        Selected::All => all(&target, &settings, &arguments, &mut report).await?,
        Selected::Named(profiles) => {
            let mut done = pin!(named(&target, &settings, task, profiles));
            while let Some(done) = done.next().await {
                match done {
                    Ok((profile, verified)) => report.add(&profile, &verified)?,
                    Err(reason) => report.refuse(&reason),
                }
            }
        }
    }
    Ok(report.end())
}

/// The settings of the derived items: what the flags say, and what is stored for the rest.
async fn settings(target: &Target, arguments: &Arguments) -> Result<Settings, BaseError> {
    let stored = target
        .table
        .stored_settings()
        .await
        .map_err(BaseError::Table)?;
    let stored = stored.unwrap_or_default();
    Ok(Settings {
        currency: arguments.currency.map_or(stored.currency, |given| given.0),
        ..stored
    })
}

/// Works on profiles that are named, one by one.
fn named<'a>(
    target: &'a Target,
    settings: &'a Settings,
    task: Task,
    profiles: impl Stream<Item = Result<ProfileId, String>> + 'a,
) -> impl Stream<Item = Result<(ProfileId, Verified), String>> + 'a {
    profiles
        .map(move |profile| async move {
            let profile = profile?;
            let verified = work_on(&target.table, settings, task, &profile).await;
            Ok((profile, verified))
        })
        .buffer_unordered(SIDE_BY_SIDE)
}

/// Works on all profiles, segments side by side.
async fn all(
    target: &Target,
    settings: &Settings,
    arguments: &Arguments,
    report: &mut Report,
) -> Result<(), BaseError> {
    report.expect(target).await;
    let run = report.run(settings);
    let mut checkpoint = Checkpoint::open(arguments, run)?;
    report.go_on(checkpoint.counts());
    let (sender, mut receiver) = mpsc::channel(AHEAD);
    let of = checkpoint.segments();
    for (index, segment) in (0..).zip(Segment::all(of)) {
        let Some(from) = checkpoint.from(index) else {
            continue;
        };
        let (table, settings, sender) = (target.table.clone(), *settings, sender.clone());
        let task = report.task();
        tokio::spawn(async move {
            let done = work_through(&table, &settings, task, segment, from);
            let done = done.map(Some).chain(stream::iter([None]));
            let mut done = pin!(done);
            while let Some(done) = done.next().await {
                // Nobody listens any more once something failed.
                if sender.send((index, done)).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(sender);
    while let Some((index, done)) = receiver.recv().await {
        match done {
            Some(Ok(Done {
                profile,
                end,
                items,
                verified,
            })) => {
                report.add(&profile, &verified)?;
                report.scan(items);
                checkpoint.reach(index, end);
            }
            Some(Err(error)) => {
                checkpoint.save(report.counts())?;
                return Err(BaseError::Table(error));
            }
            None => checkpoint.finish(index),
        }
        checkpoint.save_now_and_then(report.counts())?;
    }
    checkpoint.remove()
}
