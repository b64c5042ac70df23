//! How many customers are in which segment.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use indexmap::IndexMap;
use serde::Serialize;

use crate::base::Base;
use crate::codes::{FREQUENCIES, JOINS, RECENCIES, place};
use crate::problem::{Problem, document};
use crate::snapshot::Snapshot;

/// Codes, and how many customers have each.
type Counts<'a> = IndexMap<&'a str, u64>;

/// How many customers are in which segment.
#[derive(Debug, Serialize)]
struct Segments<'a> {
    as_of: NaiveDate,
    /// All that are stored, those without figures included.
    profiles: usize,
    unreadable: usize,
    read_at: String,
    dimension_frequency: Counts<'a>,
    dimension_recency: Counts<'a>,
    dimension_join: Counts<'a>,
    /// Those that have figures, and did not join.
    without_join: usize,
}

pub(crate) async fn answer(State(base): State<Arc<Base>>) -> Result<Response, Problem> {
    let snapshot = base.snapshot().await?;
    document(&Segments::of(&snapshot))
}

impl<'a> Segments<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let profiles = || snapshot.profiles.iter();
        let frequencies = profiles().filter_map(|profile| profile.dimension_frequency);
        let recencies = profiles().filter_map(|profile| profile.dimension_recency);
        let joins = profiles().filter_map(|profile| profile.dimension_join.as_deref());
        let without_join = profiles().filter(|profile| {
            profile.dimension_frequency.is_some() && profile.dimension_join.is_none()
        });
        Self {
            as_of: snapshot.as_of,
            profiles: snapshot.profiles.len(),
            unreadable: snapshot.unreadable(),
            read_at: snapshot.read_at(),
            dimension_frequency: counts(&FREQUENCIES, frequencies),
            dimension_recency: counts(&RECENCIES, recencies),
            dimension_join: counts(&JOINS, joins),
            without_join: without_join.count(),
        }
    }
}

/// Counts codes, in their order: `first` are the first ones.
fn counts<'a>(first: &[&str], codes: impl Iterator<Item = &'a str>) -> Counts<'a> {
    let mut counts = Counts::new();
    for code in codes {
        *counts.entry(code).or_default() += 1;
    }
    counts.sort_by_cached_key(|code, _| place(first, code));
    counts
}
