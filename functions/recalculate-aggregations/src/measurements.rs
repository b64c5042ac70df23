//! What each batch is measured by.

use metrique::unit::{Count, Millisecond};
use metrique::unit_of_work::metrics;

use crate::now;
use crate::records::GroupedBatch;
use crate::segment::{Counts, SegmentWork};
use crate::stream::Report;

/// The line of metrics that ends a batch. What is no metric is there to search for.
#[metrics(rename_all = "PascalCase")]
#[derive(Debug, Default)]
pub(crate) struct Measurements {
    #[metrics(name = "message")]
    message: &'static str,
    #[metrics(name = "function_request_id")]
    function_request_id: String,
    #[metrics(unit = Count)]
    records: usize,
    #[metrics(unit = Count)]
    records_ignored: usize,
    #[metrics(unit = Count)]
    records_unreadable: usize,
    #[metrics(unit = Count)]
    profiles_recalculated: u64,
    /// Of a segment, as are the next two: a line of the stream has none of them.
    #[metrics(unit = Count)]
    profiles_verified: Option<u64>,
    #[metrics(unit = Count)]
    profiles_different: Option<u64>,
    /// Profiles that could be neither verified nor rebuilt.
    #[metrics(unit = Count)]
    profiles_failed: Option<u64>,
    #[metrics(unit = Count)]
    profiles_handed_over: usize,
    #[metrics(unit = Count)]
    profiles_unfinished: usize,
    #[metrics(unit = Count)]
    profiles_too_large: usize,
    #[metrics(unit = Count)]
    lost_races: u32,
    #[metrics(unit = Count)]
    transactions_set_aside: u64,
    /// Of what the stream delivered, at the time of its arrival.
    #[metrics(unit = Millisecond)]
    oldest_record_age: Option<u64>,
    #[metrics(unit = Count)]
    cold_starts: u64,
}

impl Measurements {
    /// Of an invocation that begins now.
    pub(crate) fn new(function_request_id: String, is_cold: bool) -> Self {
        Self {
            message: "batch done",
            function_request_id,
            cold_starts: u64::from(is_cold),
            ..Self::default()
        }
    }

    /// What arrived.
    pub(crate) fn begin(&mut self, batch: &GroupedBatch) {
        self.records = batch.records;
        self.records_ignored = batch.ignored.count;
        self.records_unreadable = batch.unreadable.count;
        self.oldest_record_age = batch.oldest.and_then(age);
    }

    /// That the event was no batch.
    pub(crate) fn refuse(&mut self) {
        self.message = "event refused";
    }

    /// What it came to.
    pub(crate) fn end(&mut self, report: &Report) {
        self.profiles_recalculated = report.recalculated;
        self.profiles_handed_over = report.handed_over;
        self.profiles_unfinished = report.unfinished;
        self.profiles_too_large = report.too_large;
        self.lost_races = report.lost_races;
        self.transactions_set_aside = report.newly_set_aside;
    }

    /// What a segment came to so far.
    pub(crate) fn end_segment(&mut self, began: Counts, work: &SegmentWork) {
        self.message = "segment stopped";
        let profiles = work.counts.profiles - began.profiles;
        match work.verify {
            true => self.profiles_verified = Some(profiles),
            false => self.profiles_recalculated = profiles,
        }
        self.profiles_different = Some(work.counts.different - began.different);
        self.profiles_failed = Some(work.counts.failed - began.failed);
    }

    /// That the event had only to be added up.
    pub(crate) fn add_up(&mut self) {
        self.message = "segments added up";
    }

    /// What messages of unfinished profiles came to.
    pub(crate) fn end_repair(&mut self, report: &Report) {
        self.message = "repair done";
        self.end(report);
    }
}

/// Milliseconds since a moment in seconds since 1970; a clock that is behind makes nothing younger than new.
fn age(created_at: f64) -> Option<u64> {
    let age = now().timestamp_millis() - (created_at * 1_000.0) as i64;
    u64::try_from(age.max(0)).ok()
}
