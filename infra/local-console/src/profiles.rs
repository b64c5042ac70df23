//! The list of profiles.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde::Serialize;
use table::ProfileId;

use crate::base::Base;
use crate::problem::{Problem, document};
use crate::profile::Profile;
use crate::question::Question;
use crate::snapshot::Snapshot;

/// A page of the list.
#[derive(Debug, Serialize)]
struct List<'a> {
    profiles: Vec<&'a Profile>,
    /// How many the question is for, on whatever page.
    matching: usize,
    stored: usize,
    /// How many of those that are stored.
    unreadable: usize,
    /// What to ask for the next page after, if there is one.
    next: Option<&'a ProfileId>,
    read_at: String,
}

pub(crate) async fn answer(State(base): State<Arc<Base>>, uri: Uri) -> Result<Response, Problem> {
    let question = Question::parse(uri.query().unwrap_or_default())?;
    let snapshot = base.snapshot().await?;
    document(&List::of(&snapshot, &question))
}

impl<'a> List<'a> {
    fn of(snapshot: &'a Snapshot, question: &Question) -> Self {
        let profiles = snapshot.profiles.iter();
        let matching: Vec<_> = profiles
            .filter(|profile| question.matches(profile))
            .collect();
        let begin = match &question.after {
            Some(after) => matching.partition_point(|profile| profile.profile_id <= *after),
            None => 0,
        };
        let rest = matching.get(begin..).unwrap_or_default();
        let page = rest.split_at_checked(question.limit);
        let (page, later) = page.unwrap_or((rest, &[]));
        Self {
            profiles: page.to_vec(),
            matching: matching.len(),
            stored: snapshot.profiles.len(),
            unreadable: snapshot.unreadable(),
            next: page
                .last()
                .filter(|_| !later.is_empty())
                .map(|last| &last.profile_id),
            read_at: snapshot.read_at(),
        }
    }
}
