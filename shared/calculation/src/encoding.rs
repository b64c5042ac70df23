//! The ledger as bytes.
//!
//! ```text
//! version  1 byte, now 1
//! flags    1 byte: profile stored, join date, joined location, preferred location, country of the addresses
//! names    location ids, then brands, each sorted: count, column of lengths, the texts
//! profile  what the flags announce: days of the join date since 0001-01-01, numbers of locations, the country's code
//! days     count, first date, then columns: gaps between dates, net totals, transactions, shops, ...
//! aside    keys without a date: count, 8-byte fingerprints; listed ones: count, reason, length and text each
//! check    the low 4 bytes of XXH3-64 of everything before
//! ```
//!
//! Numbers are varints, columns are packed as `columns` says: a day with one shop at one location and one brand takes
//! about six bytes. The same content always gives the same bytes.

use chrono::{Datelike, NaiveDate};
use xxhash_rust::xxh3::xxh3_64;

use crate::columns::{Reader, Truncated, Writer};
use crate::country::Country;
use crate::day::{Channels, Day, Dictionary, Visits};
use crate::ledger::Ledger;
use crate::money::Money;
use crate::profile::Profile;
use crate::set_aside::{Reason, SetAside};

/// The one version that is written and read. A reader must understand a new version one release before it is written.
const VERSION: u8 = 1;
/// Days from 0001-01-01 to 9999-12-31, which no ledger can have more of.
const MAX_DAYS: u64 = 3_652_059;
const SECONDS_PER_DAY: u32 = 86_400;

const PROFILE: u8 = 1;
const JOIN_DATE: u8 = 1 << 1;
const JOINED_LOCATION: u8 = 1 << 2;
const PREFERRED_LOCATION: u8 = 1 << 3;
const ADDRESS_COUNTRY: u8 = 1 << 4;

/// Why bytes are no ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// The ledger was written by another release.
    #[error("ledger has the unknown version `{0}`")]
    UnknownVersion(u8),
    /// The bytes are not what was written.
    #[error("ledger is damaged")]
    Damaged,
}

impl From<Truncated> for LedgerError {
    fn from(_: Truncated) -> Self {
        Self::Damaged
    }
}

impl Ledger {
    /// The ledger as bytes; equal content gives equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let locations = Names::new(&self.locations, self.location_ids());
        let brands = Names::new(
            &self.brands,
            self.days
                .iter()
                .flat_map(|day| &day.brands)
                .filter_map(|brand| {
                    self.brands
                        .get_index(usize::try_from(*brand).ok()?)
                        .map(String::as_str)
                }),
        );
        let mut writer = Writer::default();
        writer.byte(VERSION);
        let profile = self.profile.as_ref();
        let join_date = profile.and_then(|profile| profile.join_date);
        let joined = profile.and_then(|profile| profile.joined_location.as_deref());
        let preferred = profile.and_then(|profile| profile.preferred_location.as_deref());
        let flag = |bit, set: bool| if set { bit } else { 0 };
        writer.byte(
            flag(PROFILE, profile.is_some())
                | flag(JOIN_DATE, join_date.is_some())
                | flag(JOINED_LOCATION, joined.is_some())
                | flag(PREFERRED_LOCATION, preferred.is_some())
                | flag(ADDRESS_COUNTRY, self.address_country.is_some()),
        );
        locations.write(&mut writer);
        brands.write(&mut writer);
        if let Some(date) = join_date {
            writer.varint(day_number(date));
        }
        for location in [joined, preferred].into_iter().flatten() {
            writer.varint(locations.number_of_name(location));
        }
        if let Some(country) = self.address_country {
            writer.bytes(&country.bytes());
        }
        write_days(&mut writer, &self.days, &locations, &brands);
        write_set_aside(&mut writer, &self.set_aside);

        let mut bytes = writer.into_bytes();
        bytes.extend_from_slice(&check_of(&bytes));
        bytes
    }

    /// Reads a ledger.
    ///
    /// # Errors
    ///
    /// The bytes have another version, or are not what [`Ledger::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, LedgerError> {
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&version) => return Err(LedgerError::UnknownVersion(version)),
            None => return Err(LedgerError::Damaged),
        }
        let (content, check) = bytes.split_last_chunk::<4>().ok_or(LedgerError::Damaged)?;
        if check_of(content) != *check {
            return Err(LedgerError::Damaged);
        }
        let mut reader = Reader(content);
        reader.byte()?;
        let flags = reader.byte()?;
        let locations = read_names(&mut reader)?;
        let brands = read_names(&mut reader)?;
        let has = |bit: u8| flags & bit != 0;
        let join_date = has(JOIN_DATE)
            .then(|| date_of(reader.varint()?))
            .transpose()?;
        let mut location = |bit| {
            has(bit)
                .then(|| {
                    let number =
                        usize::try_from(reader.varint()?).map_err(|_| LedgerError::Damaged)?;
                    locations
                        .get_index(number)
                        .cloned()
                        .ok_or(LedgerError::Damaged)
                })
                .transpose()
        };
        let joined_location = location(JOINED_LOCATION)?;
        let preferred_location = location(PREFERRED_LOCATION)?;
        let address_country = has(ADDRESS_COUNTRY)
            .then(|| match *reader.bytes(2)? {
                [first, second] => Country::from_bytes([first, second]).ok_or(LedgerError::Damaged),
                _ => Err(LedgerError::Damaged),
            })
            .transpose()?;
        let days = read_days(&mut reader, locations.len(), brands.len())?;
        let set_aside = read_set_aside(&mut reader, &days)?;
        if !reader.0.is_empty() {
            return Err(LedgerError::Damaged);
        }
        let profile = has(PROFILE).then_some(Profile {
            join_date,
            joined_location,
            preferred_location,
        });
        Ok(Self {
            profile,
            address_country,
            locations,
            brands,
            days,
            set_aside,
        })
    }
}

fn check_of(bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = xxh3_64(bytes).to_le_bytes();
    [a, b, c, d]
}

/// Days since 0001-01-01, which is day 1.
fn day_number(date: NaiveDate) -> u64 {
    u64::try_from(date.num_days_from_ce()).unwrap_or(0)
}

fn date_of(number: u64) -> Result<NaiveDate, LedgerError> {
    i32::try_from(number)
        .ok()
        .filter(|_| (1..=MAX_DAYS).contains(&number))
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .ok_or(LedgerError::Damaged)
}

/// The names of a dictionary that are in use, sorted, and their new numbers.
struct Names<'a> {
    sorted: Vec<&'a str>,
    /// The new number of each old one.
    numbers: Vec<u64>,
}

impl<'a> Names<'a> {
    fn new(dictionary: &'a Dictionary, used: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sorted: Vec<&str> = used.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let number = |name: &String| {
            sorted
                .binary_search(&name.as_str())
                .map_or(u64::MAX, to_u64)
        };
        let numbers = dictionary.iter().map(number).collect();
        Self { sorted, numbers }
    }

    fn number(&self, old: u32) -> u64 {
        let place = usize::try_from(old).ok();
        place
            .and_then(|place| self.numbers.get(place))
            .copied()
            .unwrap_or(u64::MAX)
    }

    fn number_of_name(&self, name: &str) -> u64 {
        self.sorted.binary_search(&name).map_or(u64::MAX, to_u64)
    }

    fn write(&self, writer: &mut Writer) {
        writer.varint(to_u64(self.sorted.len()));
        let lengths: Vec<u64> = self.sorted.iter().map(|name| to_u64(name.len())).collect();
        writer.column(&lengths);
        for name in &self.sorted {
            writer.bytes(name.as_bytes());
        }
    }
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A count of things that take at least a byte each.
fn read_count(reader: &mut Reader<'_>) -> Result<usize, LedgerError> {
    let count = usize::try_from(reader.varint()?).map_err(|_| LedgerError::Damaged)?;
    if count > reader.0.len() {
        return Err(LedgerError::Damaged);
    }
    Ok(count)
}

fn read_text(reader: &mut Reader<'_>, length: u64) -> Result<String, LedgerError> {
    let length = usize::try_from(length).map_err(|_| LedgerError::Damaged)?;
    let text = std::str::from_utf8(reader.bytes(length)?).map_err(|_| LedgerError::Damaged)?;
    Ok(text.to_owned())
}

fn read_names(reader: &mut Reader<'_>) -> Result<Dictionary, LedgerError> {
    let count = read_count(reader)?;
    let lengths = reader.column(count)?;
    let mut names = Dictionary::with_capacity(count);
    for length in lengths {
        names.insert(read_text(reader, length)?);
    }
    if names.len() == count {
        Ok(names)
    } else {
        Err(LedgerError::Damaged)
    }
}

fn write_days(writer: &mut Writer, days: &[Day], locations: &Names<'_>, brands: &Names<'_>) {
    writer.varint(to_u64(days.len()));
    let mut column = |value: &dyn Fn(&Day) -> u64| {
        let values: Vec<u64> = days.iter().map(value).collect();
        writer.column(&values);
    };
    let mut date_before = 0;
    let gaps: Vec<u64> = days
        .iter()
        .map(|day| {
            let date = day_number(day.date);
            date.saturating_sub(std::mem::replace(&mut date_before, date))
        })
        .collect();
    let scale = scale_of(days);
    column(&|day| day.transactions);
    column(&|day| day.shops);
    column(&|day| u64::from(day.first));
    column(&|day| u64::from(day.last.saturating_sub(day.first)));
    column(&|day| u64::from(day.channels.point_of_sale) | (u64::from(day.channels.website) << 1));
    column(&|day| day.set_aside);
    column(&|day| zigzag_halves(day.net, scale).0);
    column(&|day| zigzag_halves(day.net, scale).1);
    column(&|day| to_u64(day.visits.len()));
    column(&|day| to_u64(day.brands.len()));
    // The place among the day's visits, counted from 1; 0 for none.
    let visits_of = |day: &Day| {
        let mut visits: Vec<(u64, u64, u64)> = day
            .visits
            .iter()
            .map(|visits| {
                (
                    locations.number(visits.location),
                    visits.shops,
                    visits.unnamed,
                )
            })
            .collect();
        visits.sort_unstable();
        visits
    };
    column(&|day| {
        day.first_shop_location.map_or(0, |location| {
            let number = locations.number(location);
            let place = visits_of(day)
                .iter()
                .position(|(visited, ..)| *visited == number);
            place.map_or(0, |place| to_u64(place).saturating_add(1))
        })
    });
    if let Some((first, rest)) = gaps.split_first() {
        writer.varint(*first);
        writer.column(rest);
        writer.byte(scale);
    }
    let visits: Vec<_> = days.iter().flat_map(visits_of).collect();
    writer.column(&visits.iter().map(|visits| visits.0).collect::<Vec<_>>());
    writer.column(&visits.iter().map(|visits| visits.1).collect::<Vec<_>>());
    writer.column(&visits.iter().map(|visits| visits.2).collect::<Vec<_>>());
    let mut day_brands = Vec::new();
    for day in days {
        let start = day_brands.len();
        day_brands.extend(day.brands.iter().map(|brand| brands.number(*brand)));
        if let Some(of_day) = day_brands.get_mut(start..) {
            of_day.sort_unstable();
        }
    }
    writer.column(&day_brands);
}

/// The power of ten, up to 4, that divides every net total: most shops' prices have two decimals or none.
fn scale_of(days: &[Day]) -> u8 {
    let divides = |scale: &u8| {
        let divisor = 10_i128.saturating_pow(u32::from(*scale));
        days.iter()
            .all(|day| day.net.0.checked_rem(divisor) == Some(0))
    };
    (0..=4).rev().find(divides).unwrap_or(0)
}

/// A net total over ten to the power of `scale`, signs folded to the lowest bit, as its low and high 64 bits.
fn zigzag_halves(net: Money, scale: u8) -> (u64, u64) {
    let scaled = net
        .0
        .checked_div(10_i128.saturating_pow(u32::from(scale)))
        .unwrap_or(0);
    let zigzag = (scaled.wrapping_shl(1) ^ scaled.wrapping_shr(127)).cast_unsigned();
    let low = u64::try_from(zigzag & u128::from(u64::MAX)).unwrap_or(0);
    (low, u64::try_from(zigzag.wrapping_shr(64)).unwrap_or(0))
}

fn net_of(low: u64, high: u64, scale: u8) -> Result<Money, LedgerError> {
    let zigzag = u128::from(high).wrapping_shl(64) | u128::from(low);
    let scaled = zigzag.wrapping_shr(1).cast_signed() ^ (zigzag & 1).cast_signed().wrapping_neg();
    let factor = 10_i128.saturating_pow(u32::from(scale));
    scaled
        .checked_mul(factor)
        .map(Money)
        .ok_or(LedgerError::Damaged)
}

fn read_days(
    reader: &mut Reader<'_>,
    locations: usize,
    brands: usize,
) -> Result<Vec<Day>, LedgerError> {
    let count = reader.varint()?;
    if count > MAX_DAYS {
        return Err(LedgerError::Damaged);
    }
    let count = usize::try_from(count).map_err(|_| LedgerError::Damaged)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let transactions = reader.column(count)?;
    let shops = reader.column(count)?;
    let firsts = reader.column(count)?;
    let spans = reader.column(count)?;
    let channels = reader.column(count)?;
    let set_aside = reader.column(count)?;
    let lows = reader.column(count)?;
    let highs = reader.column(count)?;
    let visit_counts = reader.column(count)?;
    let brand_counts = reader.column(count)?;
    let first_shops = reader.column(count)?;
    let mut number = reader.varint()?;
    let gaps = reader.column(count.saturating_sub(1))?;
    let scale = reader.byte()?;
    let visits = total(&visit_counts, count, reader)?;
    let visit_locations = reader.column(visits)?;
    let visit_shops = reader.column(visits)?;
    let visit_unnamed = reader.column(visits)?;
    let brand_count = total(&brand_counts, count, reader)?;
    let brand_numbers = reader.column(brand_count)?;

    let mut visits = visit_locations
        .into_iter()
        .zip(visit_shops)
        .zip(visit_unnamed);
    let mut brand_numbers = brand_numbers.into_iter();
    let mut gaps = gaps.into_iter();
    let second = |value: u64| {
        u32::try_from(value)
            .ok()
            .filter(|second| *second < SECONDS_PER_DAY)
            .ok_or(LedgerError::Damaged)
    };
    let within = |value: u64, length: usize| {
        u32::try_from(value)
            .ok()
            .filter(|_| value < to_u64(length))
            .ok_or(LedgerError::Damaged)
    };
    let mut days = Vec::with_capacity(count);
    let columns = transactions
        .into_iter()
        .zip(shops)
        .zip(firsts)
        .zip(spans)
        .zip(channels)
        .zip(set_aside);
    let more = lows
        .into_iter()
        .zip(highs)
        .zip(visit_counts)
        .zip(brand_counts)
        .zip(first_shops);
    for (
        (((((transactions, shops), first), span), channels), set_aside),
        ((((low, high), visit_count), brand_count), first_shop),
    ) in columns.zip(more)
    {
        let of_day = visits
            .by_ref()
            .take(usize::try_from(visit_count).map_err(|_| LedgerError::Damaged)?)
            .map(|((location, shops), unnamed)| {
                Ok(Visits {
                    location: within(location, locations)?,
                    shops,
                    unnamed,
                })
            })
            .collect::<Result<smallvec::SmallVec<[Visits; 1]>, LedgerError>>()?;
        let first_shop_location = match first_shop.checked_sub(1) {
            None => None,
            Some(place) => {
                let place = usize::try_from(place).map_err(|_| LedgerError::Damaged)?;
                Some(of_day.get(place).ok_or(LedgerError::Damaged)?.location)
            }
        };
        days.push(Day {
            date: date_of(number)?,
            net: net_of(low, high, scale)?,
            transactions,
            shops,
            first: second(first)?,
            last: second(first.saturating_add(span))?,
            visits: of_day,
            first_shop_location,
            channels: Channels {
                point_of_sale: channels & 1 != 0,
                website: channels & 2 != 0,
            },
            brands: brand_numbers
                .by_ref()
                .take(usize::try_from(brand_count).map_err(|_| LedgerError::Damaged)?)
                .map(|brand| within(brand, brands))
                .collect::<Result<_, _>>()?,
            set_aside,
        });
        if let Some(gap) = gaps.next() {
            number = number
                .checked_add(gap)
                .filter(|_| gap > 0)
                .ok_or(LedgerError::Damaged)?;
        }
    }
    Ok(days)
}

/// The sum of counts by day, bounded by what the bytes can hold: a day's locations and brands are distinct, so either
/// no day has two of them or each takes a bit at least.
fn total(counts: &[u64], days: usize, reader: &Reader<'_>) -> Result<usize, LedgerError> {
    let bound = reader.0.len().saturating_mul(8).max(days);
    counts
        .iter()
        .try_fold(0_u64, |sum, count| sum.checked_add(*count))
        .and_then(|total| usize::try_from(total).ok())
        .filter(|total| *total <= bound)
        .ok_or(LedgerError::Damaged)
}

fn write_set_aside(writer: &mut Writer, set_aside: &SetAside) {
    writer.varint(to_u64(set_aside.odd_keys.len()));
    for fingerprint in &set_aside.odd_keys {
        writer.bytes(&fingerprint.to_le_bytes());
    }
    writer.varint(to_u64(set_aside.listed.len()));
    for (key, reason) in &set_aside.listed {
        let number = Reason::ALL
            .iter()
            .position(|known| known == reason)
            .map_or(u64::MAX, to_u64);
        writer.varint(number);
        writer.varint(to_u64(key.len()));
        writer.bytes(key.as_bytes());
    }
}

fn read_set_aside(reader: &mut Reader<'_>, days: &[Day]) -> Result<SetAside, LedgerError> {
    let mut set_aside = SetAside::default();
    for _ in 0..read_count(reader)? {
        let fingerprint = reader
            .bytes(8)?
            .try_into()
            .map_err(|_| LedgerError::Damaged)?;
        set_aside.odd_keys.insert(u64::from_le_bytes(fingerprint));
    }
    for _ in 0..read_count(reader)? {
        let number = usize::try_from(reader.varint()?).map_err(|_| LedgerError::Damaged)?;
        let reason = Reason::ALL
            .get(number)
            .copied()
            .ok_or(LedgerError::Damaged)?;
        let length = reader.varint()?;
        set_aside.listed.insert(read_text(reader, length)?, reason);
    }
    set_aside.dated = days
        .iter()
        .fold(0, |sum: u64, day| sum.saturating_add(day.set_aside));
    Ok(set_aside)
}
