//! A part of the whole customer base: its profiles one after the other, verified or rebuilt, until the deadline. A state machine
//! (`infra/rebuild.asl.json`) invokes this again from where it stopped, and has the counts added up at the end.

use std::collections::BTreeSet;
use std::pin::pin;

use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use table::{Position, ProfileId, Segment, Task, Verified, work_through};
use telemetry::chain;
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use crate::measurements::Measurements;
use crate::queue::UnfinishedProfile;
use crate::{InvocationError, RecalculateAggregations};

/// So many failures in a row, and it is the table that fails rather than a profile.
const MAX_FAILURES_IN_A_ROW: usize = 32;

/// What to work on, and at the end of an invocation, how far it came: the next one takes the answer as it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentWork {
    /// The segment's number, from 0.
    pub segment: u32,
    /// How many segments there are.
    pub of: u32,
    /// Where to go on. In an event `None` is the beginning, in an answer it is the end: nothing is left.
    #[serde(default)]
    pub from: Option<Position>,
    /// Whether profiles are verified; they are rebuilt otherwise.
    #[serde(default)]
    pub verify: bool,
    /// What was counted so far.
    #[serde(default)]
    pub counts: Counts,
    /// Why no more is tried, as the state machine adds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
}

/// What a number of profiles came to.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Counts {
    /// Profiles that were worked on.
    pub profiles: u64,
    /// Of these, profiles whose derived items differ from a calculation from nothing.
    pub different: u64,
    /// Of these, profiles that could be neither verified nor rebuilt.
    pub failed: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        // They come from an event, so they may be anything.
        self.profiles = self.profiles.saturating_add(other.profiles);
        self.different = self.different.saturating_add(other.different);
        self.failed = self.failed.saturating_add(other.failed);
    }
}

/// The segments of a run, and what became of each: its last answer, or what failed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    segments: Vec<SegmentWork>,
    /// Whatever is none of a segment's tells that the segment is not finished.
    results: Vec<Value>,
}

/// What a run came to.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Total {
    /// How many segments it had.
    pub segments: usize,
    /// What was counted in all of them.
    pub counts: Counts,
    /// The segments that are not finished, each as the event that goes on with it.
    pub unfinished: Vec<SegmentWork>,
}

impl Run {
    /// Adds up what the segments came to.
    pub(crate) fn total(self) -> Total {
        let mut total = Total {
            segments: self.segments.len(),
            ..Total::default()
        };
        let results = self.results.into_iter();
        let results: Vec<_> = results
            .filter_map(|result| SegmentWork::deserialize(result).ok())
            .collect();
        let mut finished = BTreeSet::new();
        for result in &results {
            total.counts.add(result.counts);
            if result.error.is_none() && result.from.is_none() {
                finished.insert(result.segment);
            }
        }
        for segment in self.segments {
            if finished.contains(&segment.segment) {
                continue;
            }
            let mut stopped = results
                .iter()
                .filter(|result| result.segment == segment.segment);
            let mut left = stopped.next().cloned().unwrap_or(segment);
            // That is added up already.
            left.counts = Counts::default();
            // The name alone, as all of them go into one line.
            left.error = left
                .error
                .map(|error| error.get("Error").cloned().unwrap_or(error));
            total.unfinished.push(left);
        }
        total
    }
}

impl RecalculateAggregations {
    /// Works on a segment until it is finished, or until shortly before the deadline.
    pub(crate) async fn work_on_segment(
        &self,
        work: SegmentWork,
        deadline: Option<Instant>,
        measurements: &mut Measurements,
    ) -> Result<SegmentWork, InvocationError> {
        let segment = Segment::new(work.segment, work.of).ok_or(InvocationError::NoSegment {
            segment: work.segment,
            of: work.of,
        })?;
        let task = match work.verify {
            true => Task::Verify,
            false => Task::Rebuild,
        };
        let (began, counted) = (work.from.clone(), work.counts);
        let mut progress = Progress {
            function: self,
            work: SegmentWork {
                error: None,
                ..work
            },
            failures: Vec::new(),
        };
        let mut profiles = pin!(work_through(
            &self.table,
            &self.settings,
            task,
            segment,
            began.clone()
        ));
        let stopped = loop {
            let next = profiles.next();
            let next = match deadline {
                None => Ok(next.await),
                Some(deadline) => timeout_at(deadline, next).await,
            };
            match next {
                Err(_) => break InvocationError::OutOfTime,
                Ok(None) => {
                    if let Err(error) = progress.hand_over().await {
                        break error;
                    }
                    progress.work.from = None;
                    measurements.end_segment(counted, &progress.work);
                    return Ok(progress.work);
                }
                Ok(Some(Err(error))) => break error.into(),
                Ok(Some(Ok(done))) => match done.verified {
                    Verified::Failed(error) => {
                        warn!(error = chain(&error), "profile cannot be read or written");
                        progress.failures.push((done.profile, done.end));
                        if progress.failures.len() == MAX_FAILURES_IN_A_ROW {
                            break error.into();
                        }
                    }
                    verified => {
                        if let Err(error) = progress.hand_over().await {
                            break error;
                        }
                        progress.add(&verified, done.end);
                    }
                },
            }
        };
        measurements.end_segment(counted, &progress.work);
        // With nothing done, the same would happen again and again.
        if progress.work.from == began {
            return Err(stopped);
        }
        warn!(
            error = chain(&stopped),
            "stopped before the end of the segment"
        );
        Ok(progress.work)
    }
}

/// How far a segment is.
struct Progress<'a> {
    function: &'a RecalculateAggregations,
    work: SegmentWork,
    /// The profiles that failed since the last one that did not. If others follow that do not, these alone fail.
    failures: Vec<(ProfileId, Position)>,
}

impl Progress<'_> {
    /// Counts a profile that did not fail.
    fn add(&mut self, verified: &Verified, end: Position) {
        self.work.counts.add(Counts {
            profiles: 1,
            different: u64::from(matches!(verified, Verified::Differs(_))),
            failed: u64::from(matches!(verified, Verified::TooLarge | Verified::Failed(_))),
        });
        self.work.from = Some(end);
    }

    /// Counts the profiles that failed; those that were to be rebuilt go to the queue of unfinished profiles, by name.
    async fn hand_over(&mut self) -> Result<(), InvocationError> {
        let Some((_, end)) = self.failures.last() else {
            return Ok(());
        };
        if let (Some(queue), false) = (&self.function.queue, self.work.verify) {
            let profiles = self.failures.iter().map(|(profile, _)| profile.clone());
            let messages = profiles.map(|profile| UnfinishedProfile::whole(profile).message());
            let messages: Vec<String> = messages.collect();
            if !queue.send(&messages).await.is_empty() {
                return Err(InvocationError::QueueOutOfReach);
            }
        }
        let failed = u64::try_from(self.failures.len()).unwrap_or(u64::MAX);
        self.work.counts.add(Counts {
            profiles: failed,
            different: 0,
            failed,
        });
        self.work.from = Some(end.clone());
        self.failures.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_stop_at_the_largest_number() {
        let result =
            |profiles: u64| json!({"segment": 0, "of": 1, "counts": {"profiles": profiles}});
        let run = json!({"segments": [], "results": [result(u64::MAX), result(1)]});
        let total = Run::deserialize(run).unwrap().total();
        assert_eq!(total.counts.profiles, u64::MAX);
    }
}
