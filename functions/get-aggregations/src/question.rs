//! What a request asks for.

use calculation::{Aggregations, FurtherAggregations, parse_date};
use chrono::NaiveDate;
use lambda_http::{Request, RequestExt};
use table::printable;

use crate::event::InvalidQuery;

/// Characters of the caller's input that an error repeats at most.
const REPEATED_INPUT: usize = 40;

/// What a request asks of a profile.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) as_of: NaiveDate,
    pub(crate) fields: Fields,
    pub(crate) explain: bool,
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
    Query(InvalidQuery),
    #[error("invalid `{name}` date `{}`: expected `YYYY-MM-DD`", shortened(date))]
    Date { name: &'static str, date: String },
    #[error("`{0}` appears {1} times: expected once")]
    Repeated(&'static str, usize),
    #[error("invalid `explain` value `{}`: expected `true` or `false`", shortened(.0))]
    Explain(String),
    #[error("unknown name `{}` in `fields`: expected `all` or names out of {}", shortened(.0), known().join(", "))]
    UnknownField(String),
    #[error("repeated name `{0}` in `fields`: expected each name once")]
    RepeatedField(&'static str),
}

impl Question {
    /// Reads the question of a request that is made on the UTC date `today`.
    pub(crate) fn of(request: &Request, today: NaiveDate) -> Result<Self, InvalidQuestion> {
        let as_of = match parameter(request, "as_of")? {
            None => today,
            Some(text) => parse_date(&text).ok_or(InvalidQuestion::Date {
                name: "as_of",
                date: text,
            })?,
        };
        let fields = match parameter(request, "fields")? {
            None => Fields::Usual,
            Some(text) => Fields::parse(&text)?,
        };
        let explain = match parameter(request, "explain")? {
            None => false,
            Some(text) => text.parse().map_err(|_| InvalidQuestion::Explain(text))?,
        };
        Ok(Self {
            as_of,
            fields,
            explain,
        })
    }
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
                return Err(InvalidQuestion::RepeatedField(name));
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

/// The value of a parameter that may be given once.
fn parameter(request: &Request, name: &'static str) -> Result<Option<String>, InvalidQuestion> {
    if let Some(invalid) = request.extensions().get::<InvalidQuery>() {
        return Err(InvalidQuestion::Query(invalid.clone()));
    }
    let parameters = request.query_string_parameters_ref();
    let given = parameters.and_then(|parameters| parameters.all(name));
    match given.as_deref() {
        None | Some([]) => Ok(None),
        Some([value]) => Ok(Some((*value).to_owned())),
        Some(more) => Err(InvalidQuestion::Repeated(name, more.len())),
    }
}

/// The beginning of the caller's input, with every character visible.
fn shortened(input: &str) -> String {
    match input.char_indices().nth(REPEATED_INPUT) {
        Some((end, _)) => format!("{}...", printable(input.get(..end).unwrap_or_default())),
        None => printable(input),
    }
}
