//! Which profiles are asked for.

use form_urlencoded::parse;
use table::{ProfileId, printable};

use crate::codes::{FREQUENCIES, RECENCIES, is_join};
use crate::profile::Profile;

/// Profiles of a page unless a number is asked for, and at most.
const PAGE: usize = 50;
const MAX_PAGE: usize = 200;
/// Characters of the caller's input that an error repeats at most.
const REPEATED_INPUT: usize = 40;

/// Which profiles are asked for.
#[derive(Debug)]
pub(crate) struct Question {
    /// In lower case.
    search: String,
    frequency: Option<String>,
    recency: Option<String>,
    join: Option<String>,
    pub(crate) limit: usize,
    /// The last id of the page before.
    pub(crate) after: Option<ProfileId>,
}

/// Why a query string is no question.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidQuestion {
    #[error("`{0}` appears more than once")]
    Repeated(&'static str),
    #[error("invalid `{name}` value `{}`: expected {expected}", shortened(value))]
    Value {
        name: &'static str,
        value: String,
        expected: String,
    },
    #[error("unknown parameter `{}`: expected search, frequency, recency, join, limit or after", shortened(.0))]
    Unknown(String),
}

impl Question {
    /// Reads a query string.
    pub(crate) fn parse(query: &str) -> Result<Self, InvalidQuestion> {
        let [mut search, mut frequency, mut recency] = [None, None, None];
        let [mut join, mut limit, mut after] = [None, None, None];
        for (name, value) in parse(query.as_bytes()) {
            let (name, given) = match &*name {
                "search" => ("search", &mut search),
                "frequency" => ("frequency", &mut frequency),
                "recency" => ("recency", &mut recency),
                "join" => ("join", &mut join),
                "limit" => ("limit", &mut limit),
                "after" => ("after", &mut after),
                _ => return Err(InvalidQuestion::Unknown(name.into_owned())),
            };
            if given.replace(value.into_owned()).is_some() {
                return Err(InvalidQuestion::Repeated(name));
            }
        }
        let is_join = |code: &String| is_join(code);
        Ok(Self {
            search: search.unwrap_or_default().to_ascii_lowercase(),
            frequency: one_of("frequency", frequency, &FREQUENCIES)?,
            recency: one_of("recency", recency, &RECENCIES)?,
            join: checked("join", join, "JN, JC, J1, J2 and so on", |code| {
                is_join(code).then(|| code.clone())
            })?,
            limit: checked("limit", limit, &format!("1 to {MAX_PAGE}"), |limit| {
                let limit = limit.parse().ok();
                limit.filter(|limit| (1..=MAX_PAGE).contains(limit))
            })?
            .unwrap_or(PAGE),
            after: checked("after", after, "the id of a profile", |id| {
                ProfileId::parse(id).ok()
            })?,
        })
    }

    /// Whether a profile is among those that are asked for, on whatever page.
    pub(crate) fn matches(&self, profile: &Profile) -> bool {
        let is_in = |asked: &Option<String>, code: Option<&str>| match asked {
            Some(asked) => code == Some(asked),
            None => true,
        };
        let id = profile.profile_id.as_str();
        is_in(&self.frequency, profile.dimension_frequency)
            && is_in(&self.recency, profile.dimension_recency)
            && is_in(&self.join, profile.dimension_join.as_deref())
            && (self.search.is_empty() || id.to_ascii_lowercase().contains(&self.search))
    }
}

/// A value that must be one of the `known` ones.
fn one_of(
    name: &'static str,
    value: Option<String>,
    known: &[&str],
) -> Result<Option<String>, InvalidQuestion> {
    let expected = format!("one of {}", known.join(", "));
    checked(name, value, &expected, |value| {
        known.contains(&value.as_str()).then(|| value.clone())
    })
}

/// What `read` makes of a value, if there is one.
fn checked<T>(
    name: &'static str,
    value: Option<String>,
    expected: &str,
    read: impl Fn(&String) -> Option<T>,
) -> Result<Option<T>, InvalidQuestion> {
    let Some(value) = value else { return Ok(None) };
    match read(&value) {
        Some(read) => Ok(Some(read)),
        None => Err(InvalidQuestion::Value {
            name,
            value,
            expected: expected.to_owned(),
        }),
    }
}

/// The beginning of the caller's input, with every character visible.
fn shortened(input: &str) -> String {
    match input.char_indices().nth(REPEATED_INPUT) {
        Some((end, _)) => format!("{}...", printable(input.get(..end).unwrap_or_default())),
        None => printable(input),
    }
}
