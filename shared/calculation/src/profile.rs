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

/// What a profile's addresses say of their country.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses {
    /// Of the default addresses, the code that sorts first.
    default: Option<Country>,
    /// How many addresses are in each country.
    counts: BTreeMap<Country, usize>,
}

impl Addresses {
    /// Takes the next address.
    pub(crate) fn add(&mut self, address: &Item) {
        let Some(country) = Country::of_address(address) else {
            return;
        };
        if address.get("is_default").is_some_and(Value::is_true) {
            let first = self.default.map_or(country, |first| first.min(country));
            self.default = Some(first);
        }
        let count = self.counts.entry(country).or_default();
        *count = count.saturating_add(1);
    }

    /// The country that the addresses name.
    ///
    /// That of the default address; of several defaults that are understood, the code that sorts first; without one, the
    /// most common country, ties in alphabetical order.
    pub(crate) fn country(self) -> Option<Country> {
        self.default.or_else(|| most(self.counts))
    }
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
