//! The body of a response.

use calculation::{
    Aggregations, ArchiveNeeded, Explanation, FurtherAggregations, Ledger, Locations, evaluate,
    evaluate_further, explain,
};
use chrono::NaiveDate;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::envelope::Envelope;
use crate::question::{DocumentQuestion, Fields, Step};

/// What is answered of a profile.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<'a> {
    #[serde(flatten)]
    document: Aggregations<'a>,
    #[serde(flatten)]
    further: Option<FurtherAggregations<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation<'a>>,
}

impl<'a> Answer<'a> {
    /// Answers a question from a ledger; `None` when the profile has no document.
    pub(crate) fn to(
        question: &DocumentQuestion,
        profile_id: &'a str,
        ledger: &'a Ledger,
        locations: &'a Locations,
    ) -> Result<Option<Self>, ArchiveNeeded> {
        let as_of = question.as_of;
        let Some(document) = evaluate(ledger, profile_id, as_of, locations)? else {
            return Ok(None);
        };
        let further = match question.fields {
            Fields::Usual => None,
            Fields::All | Fields::Named(_) => evaluate_further(ledger, as_of, locations)?,
        };
        let explanation = match question.explain {
            true => explain(ledger, as_of, locations)?,
            false => None,
        };
        Ok(Some(Self {
            document,
            further,
            explanation,
        }))
    }

    /// The JSON object, with the fields that are asked for.
    pub(crate) fn json(&self, fields: &Fields) -> serde_json::Result<String> {
        let json = match (&self.further, &self.explanation) {
            // The usual way, which flattening would make slower.
            (None, None) => serde_json::to_string(&self.document)?,
            _ => serde_json::to_string(self)?,
        };
        let Fields::Named(names) = fields else {
            return Ok(json);
        };
        let mut members: IndexMap<&str, &RawValue> = serde_json::from_str(&json)?;
        members
            .retain(|name, _| ["profile_id", "explanation"].contains(name) || names.contains(name));
        serde_json::to_string(&members)
    }
}

/// The figures of a profile on some dates.
#[derive(Debug, Serialize)]
pub(crate) struct History<'a> {
    profile_id: &'a str,
    step: Step,
    history: Vec<Entry>,
}

/// The figures of a date.
#[derive(Debug, Serialize)]
struct Entry {
    as_of: NaiveDate,
    #[serde(flatten)]
    figures: IndexMap<String, Box<RawValue>>,
}

impl<'a> History<'a> {
    /// Without a date yet.
    pub(crate) fn new(profile_id: &'a str, step: Step) -> Self {
        let history = Vec::new();
        Self {
            profile_id,
            step,
            history,
        }
    }

    /// Adds the figures of the next date, and returns how many bytes they have.
    pub(crate) fn add(
        &mut self,
        as_of: NaiveDate,
        document: &Aggregations<'_>,
    ) -> serde_json::Result<usize> {
        let json = serde_json::to_string(document)?;
        let mut figures: IndexMap<String, _> = serde_json::from_str(&json)?;
        figures.shift_remove("profile_id");
        self.history.push(Entry { as_of, figures });
        Ok(json.len())
    }
}

/// The documents of some profiles.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Documents<'a> {
    /// In the order in which they were asked for.
    pub(crate) aggregations: Vec<Box<RawValue>>,
    pub(crate) not_found: Vec<&'a str>,
}

/// A JSON text in the envelope of the API.
pub(crate) fn enveloped(json: String, envelope: Envelope) -> String {
    match envelope {
        Envelope::None => json,
        Envelope::Data => format!(r#"{{"data":{json}}}"#),
    }
}
