//! What each batch is measured by.

use telemetry::{Line, Measured};

use crate::now;
use crate::records::GroupedBatch;
use crate::segment::{Counts, SegmentWork};
use crate::stream::Report;

/// The line of metrics that ends a batch. What is no metric is there to search for.
#[derive(Debug, Default)]
pub(crate) struct Measurements {
    message: &'static str,
    function_request_id: String,
    records: usize,
    records_ignored: usize,
    records_unreadable: usize,
    profiles_recalculated: u64,
    /// Of a segment, as are the next two: a line of the stream has none of them.
    profiles_verified: Option<u64>,
    profiles_different: Option<u64>,
    /// Profiles that could be neither verified nor rebuilt.
    profiles_failed: Option<u64>,
    profiles_handed_over: usize,
    profiles_unfinished: usize,
    profiles_too_large: usize,
    lost_races: u32,
    transactions_set_aside: u64,
    /// Of what the stream delivered, at the time of its arrival.
    oldest_record_age: Option<u64>,
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

impl Measured for Measurements {
    fn describe<'a>(&'a self, line: &mut Line<'a>) {
        line.text("message", self.message);
        line.text("function_request_id", &self.function_request_id);
        line.count("Records", self.records);
        line.count("RecordsIgnored", self.records_ignored);
        line.count("RecordsUnreadable", self.records_unreadable);
        line.count("ProfilesRecalculated", self.profiles_recalculated);
        for (name, count) in [
            ("ProfilesVerified", self.profiles_verified),
            ("ProfilesDifferent", self.profiles_different),
            ("ProfilesFailed", self.profiles_failed),
        ] {
            if let Some(count) = count {
                line.count(name, count);
            }
        }
        line.count("ProfilesHandedOver", self.profiles_handed_over);
        line.count("ProfilesUnfinished", self.profiles_unfinished);
        line.count("ProfilesTooLarge", self.profiles_too_large);
        line.count("LostRaces", self.lost_races);
        line.count("TransactionsSetAside", self.transactions_set_aside);
        if let Some(age) = self.oldest_record_age {
            line.milliseconds("OldestRecordAge", age);
        }
        line.count("ColdStarts", self.cold_starts);
    }
}

/// Milliseconds since a moment in seconds since 1970; a clock that is behind makes nothing younger than new, and no moment,
/// however absurd, an age that is none.
fn age(created_at: f64) -> Option<u64> {
    let created_at = (created_at * 1_000.0) as i64;
    let age = now().timestamp_millis().saturating_sub(created_at);
    u64::try_from(age.max(0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_any_time_has_an_age() {
        assert_eq!(age(1e300), Some(0));
        assert_eq!(age(-1e300), Some(i64::MAX.unsigned_abs()));
    }
}
