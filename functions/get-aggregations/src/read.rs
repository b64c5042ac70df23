//! From a request to the document that answers it.

use std::error::Error;
use std::pin::pin;

use calculation::{Ledger, Locations, evaluate};
use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, stream};
use lambda_http::Request;
use serde_json::value::RawValue;
use table::{Derived, ProfileId, StoredLedger};

use crate::GetAggregations;
use crate::answer::{Answer, Documents, History, enveloped};
use crate::authorization::Subject;
use crate::problem::Problem;
use crate::question::{DocumentQuestion, HistoryQuestion, Question};
use crate::response::{Document, Trust};

/// Bytes that an answer may have.
const MAX_BYTES: usize = 5 * 1_000_000;
/// Bytes that it may have as the text of a JSON string, which is what Lambda gets: it takes 6 MB, headers included.
const MAX_ESCAPED_BYTES: usize = 6 * 1_000_000;

/// Ledgers that one request for many profiles evaluates together, with one read of their locations, while as many are being read.
/// So it never holds a hundred of them.
const LEDGERS_AT_ONCE: usize = 8;

/// What is stored of a profile.
struct Known {
    ledger: Box<Ledger>,
    trust: Trust,
}

impl Known {
    /// What answers a question about the profile, as JSON.
    fn answer(
        &self,
        question: &DocumentQuestion,
        profile: &ProfileId,
        locations: &Locations,
    ) -> Result<String, Problem> {
        let answer = Answer::to(question, profile.as_str(), &self.ledger, locations);
        let answer = answer.map_err(internal)?;
        let answer = answer.ok_or_else(|| absent(&self.trust.incomplete))?;
        answer.json(&question.fields).map_err(internal)
    }
}

impl GetAggregations {
    /// Answers a request at an instant.
    pub(crate) async fn document(
        &self,
        request: &Request,
        now: DateTime<Utc>,
    ) -> Result<Document, Problem> {
        match Question::of(request, now.date_naive())? {
            Question::Document(subject, question) => {
                let profile = self.permitted(request, subject)?;
                let known = known(self.table.derived_as_of(&profile, question.as_of).await?)?;
                self.one(&profile, &question, known, now).await
            }
            Question::Calculate(subject) => {
                let profile = self.permitted(request, subject)?;
                let ledger = self.table.calculated_now(&profile, self.currency).await?;
                let known = Known {
                    trust: Trust {
                        set_aside: ledger.set_aside_count(),
                        incomplete: None,
                        calculated_at: Some(now.format("%Y-%m-%d %H:%M:%S").to_string()),
                    },
                    ledger: Box::new(ledger),
                };
                let question = DocumentQuestion::usual(now.date_naive());
                self.one(&profile, &question, known, now).await
            }
            Question::History(subject, question) => {
                let profile = self.permitted(request, subject)?;
                self.history(&profile, &question, now).await
            }
            Question::Many(profiles, question) => {
                if !self.authorizer.permits_all(request, &self.claims) {
                    return Err(Problem::NotAService);
                }
                self.many(&profiles, &question, now).await
            }
        }
    }

    /// The profile that the caller may read when it asks for `subject`.
    fn permitted(&self, request: &Request, subject: Subject) -> Result<ProfileId, Problem> {
        let refusal = match subject {
            Subject::Own => Problem::NoOwnProfile(self.claims.profile.clone()),
            Subject::Profile(_) => Problem::Forbidden,
        };
        let profile = self.authorizer.permitted(request, &self.claims, subject);
        profile.ok_or(refusal)
    }

    async fn one(
        &self,
        profile: &ProfileId,
        question: &DocumentQuestion,
        known: Known,
        now: DateTime<Utc>,
    ) -> Result<Document, Problem> {
        let ids = known.ledger.location_ids();
        let found = self.memory.locations(&self.table, ids, now).await?;
        let json = known.answer(question, profile, &found.locations)?;
        let body = enveloped(json, self.envelope);
        Document::new(body, known.trust, found.fetched).map_err(internal)
    }

    async fn history(
        &self,
        profile: &ProfileId,
        question: &HistoryQuestion,
        now: DateTime<Utc>,
    ) -> Result<Document, Problem> {
        // The earliest date asks for the most of the archive.
        let first = question.dates.first().copied().unwrap_or(NaiveDate::MIN);
        let derived = self.table.derived_as_of(profile, first).await?;
        let Known { ledger, trust } = known(derived)?;
        let ids = ledger.location_ids();
        let found = self.memory.locations(&self.table, ids, now).await?;
        let mut history = History::new(profile.as_str(), question.step);
        let mut bytes = 0;
        for as_of in &question.dates {
            let document = evaluate(&ledger, profile.as_str(), *as_of, &found.locations);
            let document = document.map_err(internal)?;
            let document = document.ok_or_else(|| absent(&trust.incomplete))?;
            bytes += history.add(*as_of, &document).map_err(internal)?;
            if bytes > MAX_BYTES {
                return Err(Problem::TooLongHistory);
            }
        }
        let json = serde_json::to_string(&history).map_err(internal)?;
        if is_too_large(&json) {
            return Err(Problem::TooLongHistory);
        }
        let body = enveloped(json, self.envelope);
        Document::new(body, trust, found.fetched).map_err(internal)
    }

    async fn many(
        &self,
        profiles: &[ProfileId],
        question: &DocumentQuestion,
        now: DateTime<Utc>,
    ) -> Result<Document, Problem> {
        let derived = self.table.many_derived_as_of(profiles, question.as_of);
        let read = stream::iter(profiles).zip(derived.await?);
        let mut groups = pin!(read.chunks(LEDGERS_AT_ONCE));
        let mut documents = Documents::default();
        let mut trust = Trust::default();
        let (mut bytes, mut fetched) = (0, 0);
        while let Some(group) = groups.next().await {
            let mut stored = Vec::new();
            for (profile, derived) in group {
                stored.push((profile, known(derived?)));
            }
            let ledgers = stored.iter().filter_map(|(_, known)| known.as_ref().ok());
            let ids = ledgers.flat_map(|known| known.ledger.location_ids());
            let found = self.memory.locations(&self.table, ids.collect(), now);
            let found = found.await?;
            fetched = found.fetched.saturating_add(fetched);
            for (profile, known) in stored {
                let answered = known.and_then(|known| {
                    let json = known.answer(question, profile, &found.locations)?;
                    Ok((json, known.trust))
                });
                let (json, of_one) = match answered {
                    Ok(answered) => answered,
                    Err(Problem::NotFound) => {
                        documents.not_found.push(profile.as_str());
                        continue;
                    }
                    Err(problem) => return Err(problem.of(profile)),
                };
                bytes += json.len();
                if bytes > MAX_BYTES {
                    return Err(Problem::TooManyDocuments);
                }
                let json = RawValue::from_string(json).map_err(internal)?;
                documents.aggregations.push(json);
                trust.set_aside = trust.set_aside.saturating_add(of_one.set_aside);
                trust.incomplete = trust.incomplete.or(of_one.incomplete);
            }
        }
        let json = serde_json::to_string(&documents).map_err(internal)?;
        if is_too_large(&json) {
            return Err(Problem::TooManyDocuments);
        }
        let body = enveloped(json, self.envelope);
        Document::new(body, trust, fetched).map_err(internal)
    }
}

/// Whether Lambda would refuse an answer, or it is larger than what is promised.
fn is_too_large(json: &str) -> bool {
    let escaped = json.bytes().filter(|byte| matches!(byte, b'"' | b'\\'));
    json.len() > MAX_BYTES || json.len() + escaped.count() > MAX_ESCAPED_BYTES
}

/// What is stored of a profile, if its ledger can be read.
fn known(derived: Option<Derived>) -> Result<Known, Problem> {
    let derived = derived.ok_or(Problem::NotFound)?;
    match derived.ledger {
        StoredLedger::Usable(ledger) => Ok(Known {
            trust: Trust {
                set_aside: ledger.set_aside_count(),
                incomplete: derived.incomplete,
                calculated_at: derived.calculated_at,
            },
            ledger,
        }),
        StoredLedger::None => Err(absent(&derived.incomplete)),
        StoredLedger::Unusable(error) => Err(Problem::Ledger(error)),
    }
}

/// Why a profile has no document.
fn absent(incomplete: &Option<String>) -> Problem {
    match incomplete {
        Some(reason) => Problem::Incomplete(reason.clone()),
        None => Problem::NotFound,
    }
}

fn internal(error: impl Error + Send + Sync + 'static) -> Problem {
    Problem::Internal(Box::new(error))
}
