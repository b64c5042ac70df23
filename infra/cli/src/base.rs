//! `aggregations verify` and `aggregations rebuild`: the whole customer base, or some of it, against a calculation from nothing.

mod arguments;
mod checkpoint;
mod error;
mod report;
mod selection;

use std::collections::HashMap;
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
use selection::{Selected, Unnamed};

/// Profiles that are worked on side by side when they are named one by one.
const SIDE_BY_SIDE: usize = 32;
/// So many failures of a segment in a row, and it is the table that fails rather than a profile.
const MAX_FAILURES_IN_A_ROW: usize = 32;
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
    let target = Target::open(&arguments.place).await?;
    let settings = settings(task, &target, &arguments).await?;
    let mut report = Report::new(task, &target, arguments.quiet);
    report.begin(&settings);
    let selected = Selected::new(&arguments, sample, &target).await?;
    match selected {
        Selected::All => all(&target, &settings, &arguments, &mut report).await?,
        Selected::Named(profiles) => {
            let mut done = pin!(named(&target, &settings, task, profiles));
            while let Some(done) = done.next().await {
                match done {
                    Ok((profile, verified)) => report.add(&profile, &verified)?,
                    Err(Unnamed::Line(reason)) => report.refuse(&reason),
                    Err(Unnamed::Unreadable(error)) => return Err(BaseError::Input(error)),
                }
            }
        }
    }
    Ok(report.end())
}

/// The settings of the derived items: what the flags say, and for the rest what those that are stored say.
async fn settings(
    task: Task,
    target: &Target,
    arguments: &Arguments,
) -> Result<Settings, BaseError> {
    let stored = target.table.stored_settings().await;
    let stored = stored.map_err(BaseError::of(target))?;
    let currency = match arguments.currency {
        Some(given) => given.0,
        None => {
            let mut currencies = stored.currencies.iter().copied();
            let first = currencies.next();
            if currencies.next().is_some() {
                let found: Vec<String> = stored
                    .currencies
                    .iter()
                    .map(|currency| {
                        currency.map_or("none".to_owned(), |currency| currency.to_string())
                    })
                    .collect();
                let (target, found) = (target.to_string(), found.join(", "));
                return Err(BaseError::Currencies { target, found });
            }
            first.flatten()
        }
    };
    let store_figures = arguments.store_figures.unwrap_or(match task {
        // Some may be without them, and some still have them since the setting was another.
        Task::Verify => stored.without_figures == 0,
        Task::Rebuild => stored.with_figures > 0 || stored.without_figures == 0,
    });
    Ok(Settings {
        currency,
        store_figures,
        ..Settings::default()
    })
}

/// Works on profiles that are named, one by one.
fn named<'a>(
    target: &'a Target,
    settings: &'a Settings,
    task: Task,
    profiles: impl Stream<Item = Result<ProfileId, Unnamed>> + 'a,
) -> impl Stream<Item = Result<(ProfileId, Verified), Unnamed>> + 'a {
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
    let mut waiting = HashMap::<usize, Vec<Done>>::new();
    while let Some((index, done)) = receiver.recv().await {
        let waiting = waiting.entry(index).or_default();
        let is_finished = done.is_none();
        match done.transpose() {
            Ok(Some(done)) if matches!(done.verified, Verified::Failed(_)) => {
                // If others follow that do not fail, it is the profile that fails rather than the table.
                waiting.push(done);
                if waiting.len() < MAX_FAILURES_IN_A_ROW {
                    continue;
                }
                checkpoint.save(report.counts())?;
                for done in waiting.drain(..) {
                    report.add(&done.profile, &done.verified)?;
                }
                return Err(BaseError::Failing(MAX_FAILURES_IN_A_ROW));
            }
            Ok(done) => waiting.extend(done),
            Err(error) => {
                checkpoint.save(report.counts())?;
                return Err(BaseError::of(target)(error));
            }
        }
        for done in waiting.drain(..) {
            report.add(&done.profile, &done.verified)?;
            report.scan(done.items);
            checkpoint.reach(index, done.end);
        }
        if is_finished {
            checkpoint.finish(index);
        }
        checkpoint.save_now_and_then(report.counts())?;
    }
    if let Some(segment) = checkpoint.unfinished() {
        checkpoint.save(report.counts())?;
        return Err(BaseError::Segment(segment));
    }
    checkpoint.remove()
}
