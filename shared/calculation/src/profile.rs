//! What the profile record and the addresses say.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::country::Country;
use crate::date::Instant;
use crate::transaction::location_id;
use crate::value::{Item, Value};

/// What the profile record says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Profile {
    /// The UTC date of `joined_at`.
    pub(crate) join_date: Option<NaiveDate>,
    /// The location where the customer joined.
    pub(crate) joined_location: Option<String>,
    /// The location that the customer prefers.
    pub(crate) preferred_location: Option<String>,
}

impl Profile {
    /// Reads a profile record; what it cannot read says nothing.
    pub(crate) fn read(item: &Item) -> Self {
        let location = |key| item.get(key).and_then(location_id).map(str::to_owned);
        Self {
            join_date: item
                .get("joined_at")
                .and_then(Value::as_text)
                .and_then(Instant::parse_spaced)
                .map(|instant| instant.date),
            joined_location: location("joined_location_id"),
            preferred_location: location("preferred_location_id"),
        }
    }
}

/// The country that a profile's addresses name.
///
/// That of the default address; of several defaults that are understood, the code that sorts first; without one, the
/// most common country, ties in alphabetical order.
pub(crate) fn country_of_addresses(addresses: &[Item]) -> Option<Country> {
    let understood = || {
        addresses
            .iter()
            .filter_map(|item| Some((item, Country::of_address(item)?)))
    };
    let default = understood()
        .filter(|(item, _)| item.get("is_default").is_some_and(Value::is_true))
        .map(|(_, country)| country)
        .min();
    default.or_else(|| {
        let mut counts = BTreeMap::<Country, usize>::new();
        for (_, country) in understood() {
            let count = counts.entry(country).or_default();
            *count = count.saturating_add(1);
        }
        most(counts)
    })
}

/// The country that counts most, by a measure that larger is more of; ties go to the code that sorts first.
pub(crate) fn most<M: Ord>(counts: impl IntoIterator<Item = (Country, M)>) -> Option<Country> {
    counts
        .into_iter()
        .max_by(|(left, left_count), (right, right_count)| {
            left_count.cmp(right_count).then_with(|| right.cmp(left))
        })
        .map(|(country, _)| country)
}
