//! What a request asks for.

use calculation::{Aggregations, FurtherAggregations, parse_date};
use chrono::{Days, Months, NaiveDate};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde::Serialize;
use table::{InvalidProfileId, ProfileId, printable};

use crate::authorization::Subject;
use crate::event::InvalidQuery;

/// Characters of the caller's input that an error repeats at most.
const REPEATED_INPUT: usize = 40;

/// Profiles that one request may ask for.
const MAX_PROFILES: usize = 100;
/// Dates that one history may have.
const MAX_DATES: usize = 400;

/// What a request asks for.
#[derive(Debug)]
pub(crate) enum Question {
    /// The document of a profile.
    Document(Subject, DocumentQuestion),
    /// The figures of a profile on several dates.
    History(Subject, HistoryQuestion),
    /// The document of a profile, calculated from its transactions.
    Calculate(Subject),
    /// The documents of several profiles.
    Many(Vec<ProfileId>, DocumentQuestion),
}

/// Which document is asked for.
#[derive(Debug)]
pub(crate) struct DocumentQuestion {
    pub(crate) as_of: NaiveDate,
    pub(crate) fields: Fields,
    pub(crate) explain: bool,
}

/// Which dates are asked for.
#[derive(Debug)]
pub(crate) struct HistoryQuestion {
    pub(crate) step: Step,
    /// INVARIANT: sorted, at least one.
    pub(crate) dates: Vec<NaiveDate>,
}

/// The time between two dates of a history.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    Day,
    Week,
    Month,
}

/// Which fields a response has.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) enum Fields {
    /// Those that every document has.
    #[default]
    Usual,
    /// The further ones too.
    All,
    /// Those with these names, beside the profile's id.
    Named(Vec<&'static str>),
}

/// Why a query string is no question.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum InvalidQuestion {
    #[error(transparent)]
    ProfileId(#[from] InvalidProfileId),
    #[error(transparent)]
    Query(InvalidQuery),
    #[error("missing parameter `{0}`")]
    Missing(&'static str),
    #[error("invalid `{name}` date `{}`: expected `YYYY-MM-DD`", shortened(date))]
    Date { name: &'static str, date: String },
    #[error("`{0}` appears {1} times: expected once")]
    Repeated(&'static str, usize),
    #[error("invalid `explain` value `{}`: expected `true` or `false`", shortened(.0))]
    Explain(String),
    #[error("`from` {0} is after `to` {1}")]
    FromAfterTo(NaiveDate, NaiveDate),
    #[error("a history has at most {MAX_DATES} dates: ask for fewer, or for a longer step")]
    TooManyDates,
    #[error("invalid `step` value `{}`: expected `day`, `week` or `month`", shortened(.0))]
    Step(String),
    #[error("`me` is not allowed among several profiles")]
    Own,
    /// What another path takes, so that nobody takes the answer for one that it is not.
    #[error("`{0}` is not a parameter of this path")]
    Parameter(&'static str),
    #[error("{0} profiles are too many: expected at most {MAX_PROFILES}")]
    TooManyProfiles(usize),
    #[error("unknown name `{}` in `fields`: expected `all` or names out of {}", shortened(.0), known().join(", "))]
    UnknownField(String),
    #[error("repeated name `{name}` in `fields`: expected each once out of {}", known().join(", "))]
    RepeatedField { name: &'static str },
}

impl Question {
    /// Reads the question of a request that is made on the UTC date `today`.
    pub(crate) fn of(request: &Request, today: NaiveDate) -> Result<Self, InvalidQuestion> {
        let parameters = request.path_parameters_ref();
        let Some(id) = parameters.and_then(|parameters| parameters.first("profileId")) else {
            let profiles = profiles(request)?;
            refuse(request, &["explain"])?;
            return Ok(Self::Many(profiles, DocumentQuestion::of(request, today)?));
        };
        let subject = Subject::parse(id)?;
        Ok(match last_segment(request) {
            "history" => {
                refuse(request, &["as_of", "fields", "explain"])?;
                Self::History(subject, HistoryQuestion::of(request)?)
            }
            "calculate" => {
                refuse(request, &["as_of", "fields", "explain"])?;
                Self::Calculate(subject)
            }
            _ => Self::Document(subject, DocumentQuestion::of(request, today)?),
        })
    }
}

impl DocumentQuestion {
    /// The usual document as of a date.
    pub(crate) fn usual(as_of: NaiveDate) -> Self {
        Self {
            as_of,
            fields: Fields::Usual,
            explain: false,
        }
    }

    fn of(request: &Request, today: NaiveDate) -> Result<Self, InvalidQuestion> {
        let fields = match parameter(request, "fields")? {
            None => Fields::Usual,
            Some(text) => Fields::parse(&text)?,
        };
        let explain = match parameter(request, "explain")? {
            None => false,
            Some(text) => text.parse().map_err(|_| InvalidQuestion::Explain(text))?,
        };
        Ok(Self {
            as_of: date(request, "as_of")?.unwrap_or(today),
            fields,
            explain,
        })
    }
}

impl HistoryQuestion {
    fn of(request: &Request) -> Result<Self, InvalidQuestion> {
        let required = |name| date(request, name)?.ok_or(InvalidQuestion::Missing(name));
        let (from, to) = (required("from")?, required("to")?);
        let step = match parameter(request, "step")?.as_deref() {
            None | Some("day") => Step::Day,
            Some("week") => Step::Week,
            Some("month") => Step::Month,
            Some(other) => return Err(InvalidQuestion::Step(other.to_owned())),
        };
        if from > to {
            return Err(InvalidQuestion::FromAfterTo(from, to));
        }
        let dates = (0..).map_while(|number| step.after(from, number));
        let dates = dates.take_while(|date| *date <= to).take(MAX_DATES + 1);
        let dates: Vec<_> = dates.collect();
        if dates.len() > MAX_DATES {
            return Err(InvalidQuestion::TooManyDates);
        }
        Ok(Self { step, dates })
    }
}

impl Step {
    /// The date a number of steps after `from`; a month's day is clamped from the day of `from`.
    fn after(self, from: NaiveDate, number: u32) -> Option<NaiveDate> {
        match self {
            Self::Day => from.checked_add_days(Days::new(number.into())),
            Self::Week => from.checked_add_days(Days::new(u64::from(number) * 7)),
            Self::Month => from.checked_add_months(Months::new(number)),
        }
    }
}

/// The last segment of the path, which tells the routes of one profile apart.
fn last_segment(request: &Request) -> &str {
    let path = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.path.as_deref(),
        _ => None,
    };
    path.and_then(|path| path.rsplit('/').next())
        .unwrap_or_default()
}

/// The profiles that are asked for, each once.
fn profiles(request: &Request) -> Result<Vec<ProfileId>, InvalidQuestion> {
    let given = values(request, "profile_id")?;
    if given.is_empty() {
        return Err(InvalidQuestion::Missing("profile_id"));
    }
    let mut profiles = Vec::new();
    for id in given {
        let Subject::Profile(profile) = Subject::parse(id)? else {
            return Err(InvalidQuestion::Own);
        };
        if !profiles.contains(&profile) {
            profiles.push(profile);
        }
    }
    if profiles.len() > MAX_PROFILES {
        return Err(InvalidQuestion::TooManyProfiles(profiles.len()));
    }
    Ok(profiles)
}

impl Fields {
    fn parse(text: &str) -> Result<Self, InvalidQuestion> {
        if text == "all" {
            return Ok(Self::All);
        }
        let known = known();
        let mut named = Vec::new();
        for name in text.split(',') {
            let Some(name) = known.iter().find(|known| **known == name) else {
                return Err(InvalidQuestion::UnknownField(name.to_owned()));
            };
            if named.contains(name) {
                return Err(InvalidQuestion::RepeatedField { name });
            }
            named.push(*name);
        }
        Ok(Self::Named(named))
    }
}

/// All names of fields, in the order of the response.
fn known() -> Vec<&'static str> {
    let usual = Aggregations::FIELDS.into_iter();
    usual.chain(FurtherAggregations::FIELDS).collect()
}

/// Refuses what other paths take and this one does not.
fn refuse(request: &Request, names: &[&'static str]) -> Result<(), InvalidQuestion> {
    for name in names {
        if !values(request, name)?.is_empty() {
            return Err(InvalidQuestion::Parameter(name));
        }
    }
    Ok(())
}

/// The date that a parameter names.
fn date(request: &Request, name: &'static str) -> Result<Option<NaiveDate>, InvalidQuestion> {
    let date = parameter(request, name)?;
    date.map(|date| parse_date(&date).ok_or(InvalidQuestion::Date { name, date }))
        .transpose()
}

/// The value of a parameter that may be given once.
fn parameter(request: &Request, name: &'static str) -> Result<Option<String>, InvalidQuestion> {
    match values(request, name)?.as_slice() {
        [] => Ok(None),
        [value] => Ok(Some((*value).to_owned())),
        more => Err(InvalidQuestion::Repeated(name, more.len())),
    }
}

/// The values of a parameter.
fn values<'a>(request: &'a Request, name: &str) -> Result<Vec<&'a str>, InvalidQuestion> {
    if let Some(invalid) = request.extensions().get::<InvalidQuery>() {
        return Err(InvalidQuestion::Query(invalid.clone()));
    }
    let parameters = request.query_string_parameters_ref();
    let given = parameters.and_then(|parameters| parameters.all(name));
    Ok(given.unwrap_or_default())
}

/// The beginning of the caller's input, with every character visible.
fn shortened(input: &str) -> String {
    match input.char_indices().nth(REPEATED_INPUT) {
        Some((end, _)) => format!("{}...", printable(input.get(..end).unwrap_or_default())),
        None => printable(input),
    }
}
