//! The document: the fields of the response, in their order.

use serde::ser::{Error as _, Serialize, Serializer};

use crate::country::Country;
use crate::date::Instant;
use crate::location::{Location, LocationRecord};
use crate::money::Money;
use crate::value::Item;

/// A profile's aggregations as of one date. Serializes to the response's JSON object, keys in the response's order.
#[derive(Debug, serde::Serialize)]
pub struct Aggregations<'a> {
    /// The profile's id, as asked.
    pub profile_id: &'a str,
    /// Average days between purchases, rounded half up; under 2 purchases there is none.
    pub shop_days: Option<i64>,
    /// Net total of the last 12 months.
    pub spend_12m: Money,
    /// Net total of all time.
    pub spend_all: Money,
    /// `spend_12m` over the purchases of the last 12 months, two decimals.
    pub spend_atv_12m: Option<Money>,
    /// `spend_all` over `shop_count`, two decimals.
    pub spend_atv_all: Option<Money>,
    /// The earliest transaction.
    pub spend_first_date: Option<Instant>,
    /// The latest transaction.
    pub spend_last_date: Option<Instant>,
    /// `F0`, `F1`, `F2`, `FL` or `FH`.
    pub dimension_frequency: &'static str,
    /// `R0`, `RC`, `RS`, `RA` or `RI`.
    pub dimension_recency: &'static str,
    /// `JN`, `JC`, `J1`, `J2` and so on.
    pub dimension_join: Option<String>,
    /// `CF`, `CO` or `CM`.
    pub channel: Option<&'static str>,
    /// Transactions with a total greater than 0.
    pub shop_count: u64,
    /// The location of the earliest purchase that has one.
    pub store_join: Option<LocationReference<'a>>,
    /// The country that most sources name.
    pub likely_country: Option<Country>,
    /// 1, all four sources agree, to 4, a single one speaks.
    pub likely_country_score: Option<u8>,
    /// Every brand purchased, sorted by code point.
    pub purchased_brands: Vec<&'a str>,
    /// The location with the most purchases in the last 24 months, or else of all time.
    pub most_transacted_location: Option<LocationReference<'a>>,
}

impl Aggregations<'_> {
    /// The keys of the JSON object, in the response's order.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Aggregations;
    ///
    /// assert_eq!(Aggregations::FIELDS.first(), Some(&"profile_id"));
    /// ```
    pub const FIELDS: [&'static str; 18] = [
        "profile_id",
        "shop_days",
        "spend_12m",
        "spend_all",
        "spend_atv_12m",
        "spend_atv_all",
        "spend_first_date",
        "spend_last_date",
        "dimension_frequency",
        "dimension_recency",
        "dimension_join",
        "channel",
        "shop_count",
        "store_join",
        "likely_country",
        "likely_country_score",
        "purchased_brands",
        "most_transacted_location",
    ];
}

/// How many of the fields are figures: all but the profile's id.
pub(crate) const FIGURES: usize = 17;

/// The names of the figures, in the order of the document.
pub(crate) fn figure_names() -> impl Iterator<Item = &'static str> {
    Aggregations::FIELDS.into_iter().skip(1)
}

impl Aggregations<'_> {
    /// Whether each figure is the same as in another document.
    pub(crate) fn equal_figures(&self, other: &Self) -> [bool; FIGURES] {
        [
            self.shop_days == other.shop_days,
            self.spend_12m == other.spend_12m,
            self.spend_all == other.spend_all,
            self.spend_atv_12m == other.spend_atv_12m,
            self.spend_atv_all == other.spend_atv_all,
            self.spend_first_date == other.spend_first_date,
            self.spend_last_date == other.spend_last_date,
            self.dimension_frequency == other.dimension_frequency,
            self.dimension_recency == other.dimension_recency,
            self.dimension_join == other.dimension_join,
            self.channel == other.channel,
            self.shop_count == other.shop_count,
            self.store_join == other.store_join,
            self.likely_country == other.likely_country,
            self.likely_country_score == other.likely_country_score,
            self.purchased_brands == other.purchased_brands,
            self.most_transacted_location == other.most_transacted_location,
        ]
    }
}

/// A location by its id, with its record if one is stored.
#[derive(Clone, Copy, Debug)]
pub struct LocationReference<'a> {
    /// The id that the transactions name.
    pub id: &'a str,
    /// What is stored of it.
    pub record: Option<&'a Location>,
}

impl PartialEq for LocationReference<'_> {
    /// Whether it is the same location; its record is that of its id.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Serialize for LocationReference<'_> {
    /// The stored record, or the id and nothing else known.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.record {
            Some(location) => location
                .json()
                .serialize(serializer)
                .map_err(S::Error::custom),
            None => LocationRecord {
                id: self.id,
                item: &Item::new(),
            }
            .serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use serde_json::value::RawValue;

    use crate::{Aggregations, Item, Locations, Rebuild, SourceKey, evaluate, parse_date};

    #[test]
    fn the_fields_are_the_keys_in_their_order() {
        let mut rebuild = Rebuild::new(None);
        rebuild.add(SourceKey::Profile, &Item::new());
        let (ledger, locations) = (rebuild.finish(), Locations::new());
        let today = parse_date("2026-01-31").unwrap();
        let document = evaluate(&ledger, "ada", today, &locations).unwrap();
        let json = serde_json::to_string(&document.unwrap()).unwrap();
        let object: IndexMap<&str, &RawValue> = serde_json::from_str(&json).unwrap();
        let keys: Vec<&str> = object.keys().copied().collect();
        assert_eq!(keys, Aggregations::FIELDS);
    }
}
