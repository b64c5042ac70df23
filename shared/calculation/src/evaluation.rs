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
    if ledger.needs_archive(today) {
        return Err(ArchiveNeeded);
    }
    if !ledger.exists() {
        return Ok(None);
    }
    let sums = sums_of(ledger, today);
    let record = |id: &str| locations.get(id).map(AsRef::as_ref);
    let records: Vec<_> = ledger.locations.iter().map(|id| record(id)).collect();
    let reference = |number: u32| {
        let place = index(number)?;
        Some(LocationReference {
            id: ledger.locations.get_index(place)?,
            record: records.get(place).copied().flatten(),
        })
    };
    let recent_country = recent_country(&sums, &records);
    let (likely_country, likely_country_score) =
        likely_country(ledger, recent_country, &record).unzip();
    Ok(Some(Aggregations {
        profile_id,
        shop_days: sums.shop_days(),
        spend_12m: sums.net_12m,
        spend_all: sums.net,
        spend_atv_12m: sums.net_12m.average(sums.shops_12m),
        spend_atv_all: sums.net.average(sums.shops),
        spend_first_date: sums.first,
        spend_last_date: sums.last,
        dimension_frequency: sums.frequency(),
        dimension_recency: sums.recency(today),
        dimension_join: ledger
            .profile
            .as_ref()
            .and_then(|profile| profile.join_date)
            .map(|date| join_dimension(date, today)),
        channel: channel(&sums, &records),
        shop_count: sums.shops,
        store_join: sums.first_shop_location.and_then(reference),
        likely_country,
        likely_country_score,
        purchased_brands: purchased_brands(ledger, &sums),
        most_transacted_location: most_transacted(ledger, &sums).and_then(reference),
    }))
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

fn channel(sums: &Sums, records: &[Option<&Location>]) -> Option<&'static str> {
    let mut channels = sums.channels;
    for (visits, record) in sums.visits.iter().zip(records) {
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
fn most_transacted(ledger: &Ledger, sums: &Sums) -> Option<u32> {
    let most_by = |shops: fn(&LocationVisits) -> u64| {
        (0_u32..)
            .zip(ledger.locations.iter().zip(&sums.visits))
            .filter(|(_, (_, visits))| shops(visits) > 0)
            .max_by(|(_, (left_id, left)), (_, (right_id, right))| {
                (shops(left), left.last)
                    .cmp(&(shops(right), right.last))
                    .then_with(|| right_id.cmp(left_id))
            })
            .map(|(number, _)| number)
    };
    most_by(|visits| visits.shops_24m).or_else(|| most_by(|visits| visits.shops))
}

fn purchased_brands<'a>(ledger: &'a Ledger, sums: &Sums) -> Vec<&'a str> {
    let purchased = ledger
        .brands
        .iter()
        .zip(&sums.brands)
        .filter(|(_, purchased)| **purchased);
    let mut brands: Vec<&str> = purchased.map(|(brand, _)| brand.as_str()).collect();
    brands.sort_unstable();
    brands
}

/// The country that most of the four sources name, and the score: 5 less the number of sources that name it.
fn likely_country<'a>(
    ledger: &Ledger,
    recent_country: Option<Country>,
    record: &impl Fn(&str) -> Option<&'a Location>,
) -> Option<(Country, u8)> {
    let country_of = |id: &str| record(id).and_then(|location| location.country);
    let profile = ledger.profile.as_ref();
    let preferred = profile.and_then(|profile| profile.preferred_location.as_deref());
    let joined = profile.and_then(|profile| profile.joined_location.as_deref());
    let sources = [
        recent_country,
        ledger.address_country,
        preferred.and_then(country_of),
        joined.and_then(country_of),
    ];
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
fn recent_country(sums: &Sums, records: &[Option<&Location>]) -> Option<Country> {
    let mut countries = BTreeMap::<Country, (u64, Option<NaiveDate>)>::new();
    for (visits, record) in sums.visits.iter().zip(records) {
        if visits.shops_12m > 0
            && let Some(country) = record.and_then(|location| location.country)
        {
            let (shops, last) = countries.entry(country).or_default();
            *shops = shops.saturating_add(visits.shops_12m);
            *last = (*last).max(visits.last);
        }
    }
    most(countries)
}
