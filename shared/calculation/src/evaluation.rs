//! A ledger as of a date, turned into the document.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::aggregations::{Aggregations, LocationReference};
use crate::country::Country;
use crate::date::{days_between, months_before};
use crate::day::index;
use crate::ledger::Ledger;
use crate::location::{Location, Locations};
use crate::profile::most;
use crate::sums::{LONGEST_WINDOW_MONTHS, LocationVisits, Sums};
use crate::transaction::Channel;

/// The document needs closed days, and the archive was not taken in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the document needs closed days")]
pub struct ArchiveNeeded;

/// The document of a profile at the end of the UTC date `today`; `None` when the profile has none.
///
/// Days after `today` do not exist yet. `locations` are the stored ones of [`Ledger::location_ids`].
///
/// # Errors
///
/// The document [needs the archive](Ledger::needs_archive).
///
/// # Examples
///
/// ```
/// use calculation::{Item, Locations, Rebuild, SourceKey, TransactionKey, Value, evaluate, parse_date};
///
/// let mut rebuild = Rebuild::new(None);
/// let key = SourceKey::Transaction(TransactionKey::parse("2026-01-31T10:00:00Z#order-1"));
/// rebuild.add(key, &Item::from([("total".to_owned(), Value::Number("49.90".to_owned()))]));
/// let ledger = rebuild.finish();
///
/// let today = parse_date("2026-02-01").unwrap();
/// let locations = Locations::new();
/// let document = evaluate(&ledger, "ada", today, &locations).unwrap().unwrap();
/// assert_eq!(document.shop_count, 1);
/// assert_eq!(document.spend_12m.to_string(), "49.9");
/// ```
pub fn evaluate<'a>(
    ledger: &'a Ledger,
    profile_id: &'a str,
    today: NaiveDate,
    locations: &'a Locations,
) -> Result<Option<Aggregations<'a>>, ArchiveNeeded> {
    let evaluation = Evaluation::new(ledger, today, locations)?;
    Ok(evaluation.map(|evaluation| evaluation.document(profile_id)))
}

/// A ledger at the end of a date: what its days up to then come to, and what its locations stand for.
#[derive(Debug)]
pub(crate) struct Evaluation<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) today: NaiveDate,
    pub(crate) sums: Sums,
    locations: &'a Locations,
    /// What is stored of each location of the ledger, by its number.
    records: Vec<Option<&'a Location>>,
}

impl<'a> Evaluation<'a> {
    /// `None` when the profile has no document.
    pub(crate) fn new(
        ledger: &'a Ledger,
        today: NaiveDate,
        locations: &'a Locations,
    ) -> Result<Option<Self>, ArchiveNeeded> {
        if ledger.needs_archive(today) {
            return Err(ArchiveNeeded);
        }
        let record = |id: &String| locations.get(id).map(AsRef::as_ref);
        Ok(ledger.exists().then(|| Self {
            ledger,
            today,
            sums: sums_of(ledger, today),
            locations,
            records: ledger.locations.iter().map(record).collect(),
        }))
    }

    pub(crate) fn document(&self, profile_id: &'a str) -> Aggregations<'a> {
        self.document_with(profile_id, self.purchased_brands())
    }

    /// The document with these brands.
    pub(crate) fn document_with(
        &self,
        profile_id: &'a str,
        purchased_brands: Vec<&'a str>,
    ) -> Aggregations<'a> {
        let sums = &self.sums;
        let country = self.likely_country();
        Aggregations {
            profile_id,
            shop_days: sums.shop_days(),
            spend_12m: sums.net_12m,
            spend_all: sums.net,
            spend_atv_12m: sums.net_12m.average(sums.shops_12m),
            spend_atv_all: sums.net.average(sums.shops),
            spend_first_date: sums.first,
            spend_last_date: sums.last,
            dimension_frequency: sums.frequency(),
            dimension_recency: sums.recency(self.today),
            dimension_join: self
                .ledger
                .profile
                .as_ref()
                .and_then(|profile| profile.join_date)
                .map(|date| join_dimension(date, self.today)),
            channel: self.channel(),
            shop_count: sums.shops,
            store_join: sums
                .first_shop_location
                .and_then(|number| self.reference(number)),
            likely_country: country.map(|(country, _)| country),
            likely_country_score: country.map(|(_, score)| score),
            purchased_brands,
            most_transacted_location: self
                .most_transacted()
                .and_then(|number| self.reference(number)),
        }
    }

    fn record(&self, id: &str) -> Option<&'a Location> {
        self.locations.get(id).map(AsRef::as_ref)
    }

    /// The channel of a location.
    pub(crate) fn channel_of(&self, id: &str) -> Option<Channel> {
        self.record(id).and_then(|location| location.channel)
    }

    /// What is said of a location, by its number.
    pub(crate) fn reference(&self, number: u32) -> Option<LocationReference<'a>> {
        let place = index(number)?;
        Some(LocationReference {
            id: self.ledger.locations.get_index(place)?,
            record: self.records.get(place).copied().flatten(),
        })
    }

    /// The locations of purchases, each with its number, its id and what its visits come to.
    pub(crate) fn visited(&self) -> impl Iterator<Item = (u32, &'a str, &LocationVisits)> {
        (0..)
            .zip(self.ledger.locations.iter().zip(&self.sums.visits))
            .map(|(number, (id, visits))| (number, id.as_str(), visits))
            .filter(|(_, _, visits)| visits.shops > 0)
    }

    fn channel(&self) -> Option<&'static str> {
        let mut channels = self.sums.channels;
        for (visits, record) in self.sums.visits.iter().zip(&self.records) {
            if visits.unnamed > 0
                && let Some(channel) = record.and_then(|location| location.channel)
            {
                channels.add(channel);
            }
        }
        match (channels.point_of_sale, channels.website) {
            (true, true) => Some("CM"),
            (true, false) => Some("CF"),
            (false, true) => Some("CO"),
            (false, false) => None,
        }
    }

    /// The location with the most purchases in the last 24 months, or, if no purchase of them has a location, of all time.
    fn most_transacted(&self) -> Option<u32> {
        let most_by = |shops: fn(&LocationVisits) -> u64| {
            self.visited()
                .filter(|(_, _, visits)| shops(visits) > 0)
                .max_by(|(_, left_id, left), (_, right_id, right)| {
                    (shops(left), left.last)
                        .cmp(&(shops(right), right.last))
                        .then_with(|| right_id.cmp(left_id))
                })
                .map(|(number, _, _)| number)
        };
        most_by(|visits| visits.shops_24m).or_else(|| most_by(|visits| visits.shops))
    }

    fn purchased_brands(&self) -> Vec<&'a str> {
        let brands = self.ledger.brands.iter().zip(&self.sums.brands);
        let purchased = brands.filter(|(_, purchased)| **purchased);
        let mut brands: Vec<&str> = purchased.map(|(brand, _)| brand.as_str()).collect();
        brands.sort_unstable();
        brands
    }

    /// What the four sources say about the country: recent purchases, addresses, preferred location, joined location.
    pub(crate) fn countries(&self) -> [Option<Country>; 4] {
        let country_of = |id: &str| self.record(id).and_then(|location| location.country);
        let profile = self.ledger.profile.as_ref();
        let preferred = profile.and_then(|profile| profile.preferred_location.as_deref());
        let joined = profile.and_then(|profile| profile.joined_location.as_deref());
        [
            self.recent_country(),
            self.ledger.address_country,
            preferred.and_then(country_of),
            joined.and_then(country_of),
        ]
    }

    /// The country that most of the four sources name, and the score: 5 less the number of sources that name it.
    fn likely_country(&self) -> Option<(Country, u8)> {
        let sources = self.countries();
        let votes = |country: Country| {
            sources
                .iter()
                .filter(|source| **source == Some(country))
                .count()
        };
        // Of the countries with the most votes, the one whose source stands first.
        let likely = sources
            .iter()
            .flatten()
            .rev()
            .max_by_key(|country| votes(**country))?;
        let score = 5_u8.saturating_sub(u8::try_from(votes(*likely)).unwrap_or(u8::MAX));
        Some((*likely, score))
    }

    /// The country with the most purchases of the last 12 months; ties: later last shopping date, then code.
    fn recent_country(&self) -> Option<Country> {
        most(self.recent_countries())
    }

    /// The countries of the purchases of the last 12 months: how many there were, and when the last.
    pub(crate) fn recent_countries(&self) -> BTreeMap<Country, (u64, Option<NaiveDate>)> {
        let mut countries = BTreeMap::<Country, (u64, Option<NaiveDate>)>::new();
        for (visits, record) in self.sums.visits.iter().zip(&self.records) {
            if visits.shops_12m > 0
                && let Some(country) = record.and_then(|location| location.country)
            {
                let (shops, last) = countries.entry(country).or_default();
                *shops = shops.saturating_add(visits.shops_12m);
                *last = (*last).max(visits.last);
            }
        }
        countries
    }
}

/// What the days of a ledger up to `today` come to.
fn sums_of(ledger: &Ledger, today: NaiveDate) -> Sums {
    let (locations, brands) = (ledger.locations.len(), ledger.brands.len());
    let mut sums = match &ledger.closed.past {
        Some(past) => past.sums(locations, brands),
        None => Sums::new(locations, brands),
    };
    let start_12m = months_before(today, 12);
    let start_24m = months_before(today, LONGEST_WINDOW_MONTHS);
    for day in ledger.days.iter().take_while(|day| day.date <= today) {
        sums.add(day, day.date >= start_12m, day.date >= start_24m);
    }
    sums
}

fn join_dimension(joined: NaiveDate, today: NaiveDate) -> String {
    match days_between(joined, today) {
        ..=90 => "JN".to_owned(),
        91..=365 => "JC".to_owned(),
        // 366 to 730 days are `J1`, and one more for every 365 days.
        days => format!("J{}", days.saturating_sub(1).checked_div(365).unwrap_or(0)),
    }
}
