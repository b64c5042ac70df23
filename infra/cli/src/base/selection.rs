//! Which profiles a run is about.

use std::io;

use futures::stream::{self, BoxStream, StreamExt};
use table::{ProfileId, printable};
use tokio::sync::mpsc;

use super::arguments::Arguments;
use super::error::BaseError;
use crate::target::Target;

/// Lines that are read ahead of what is worked on.
const AHEAD: usize = 64;

/// The profiles that the flags select.
pub(super) enum Selected {
    /// All that the table has.
    All,
    /// Those named, one by one.
    Named(BoxStream<'static, Result<ProfileId, Unnamed>>),
}

/// Why there is no profile where one should be named.
pub(super) enum Unnamed {
    /// A line names none; the text says which and why.
    Line(String),
    /// There is no next line.
    Unreadable(io::Error),
}

impl Selected {
    pub(super) async fn new(
        arguments: &Arguments,
        sample: Option<usize>,
        target: &Target,
    ) -> Result<Self, BaseError> {
        if let Some(count) = sample {
            let profiles = target.table.random_profiles(count).await;
            let profiles = profiles.map_err(BaseError::of(target))?;
            return Ok(Self::Named(stream::iter(profiles).map(Ok).boxed()));
        }
        if arguments.all {
            return Ok(Self::All);
        }
        if arguments.stdin {
            return Ok(Self::Named(lines().boxed()));
        }
        let profiles = arguments.profile.clone();
        Ok(Self::Named(stream::iter(profiles).map(Ok).boxed()))
    }
}

/// The profiles on the standard input, as they come.
fn lines() -> impl stream::Stream<Item = Result<ProfileId, Unnamed>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        for (number, line) in (1..).zip(io::stdin().lines()) {
            let is_broken = line.is_err();
            let profile = line.map_err(Unnamed::Unreadable);
            let profile = profile.and_then(|line| named(number, &line));
            let is_over = match profile.transpose() {
                Some(profile) => sender.blocking_send(profile).is_err(),
                None => false,
            };
            if is_over || is_broken {
                return;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async {
        Some((receiver.recv().await?, receiver))
    })
}

/// The profile that a line names, if it is not empty.
fn named(number: u64, line: &str) -> Result<Option<ProfileId>, Unnamed> {
    let Some(id) = line.split_whitespace().next() else {
        return Ok(None);
    };
    match ProfileId::parse(id) {
        Ok(profile) => Ok(Some(profile)),
        Err(error) => {
            let id = printable(id);
            Err(Unnamed::Line(format!("line {number}, `{id}`: {error}")))
        }
    }
}
