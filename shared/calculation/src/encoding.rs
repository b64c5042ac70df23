//! The ledger as bytes: the format, as a stranger could decode it. `sample` holds a ledger and an archive item in it.
//!
//! | form | bytes |
//! |---|---|
//! | varint | a number of at most 64 bits, seven bits a byte, lowest first, in as few bytes as it takes; the high bit of a byte says that more follow |
//! | column of `n` numbers | nothing if `n` is 0; else the least of them (varint), `w`, the bits of the largest difference to it (1 byte, 0 to 64), and the `n` differences, `w` bits each, as one little-endian number filled up to whole bytes with zeros |
//! | date | varint: days since 0001-01-01, which is day 1; all dates and times are UTC |
//! | zigzag | a signed number of 128 bits, `2n` for `n >= 0` and `-2n - 1` for `n < 0`, as two varints, its lower and its upper 64 bits |
//! | money | zigzag, in units of 0.0001 |
//! | names | their count (varint), a column of their lengths in bytes, their UTF-8; sorted by bytes, each once, and only those that what follows refers to |
//! | place | varint: the position of a name among the names of the same ledger or archive item, from 0 |
//!
//! # The ledger
//!
//! | field | form | if | content |
//! |---|---|---|---|
//! | version | 1 byte | | 1 |
//! | flags | 1 byte | | see the column "if"; 1: a profile record is stored; 64: more keys without a date were set aside than have a fingerprint |
//! | currency | 3 bytes | flag 32 | ISO 4217 code of the deployment that folded the ledger, in capitals |
//! | locations, brands | names, names | | |
//! | join date | date | flag 2 | |
//! | joined location | place | flag 4 | |
//! | preferred location | place | flag 8 | |
//! | country | 2 bytes | flag 16 | that the addresses name, in capitals |
//! | since | date | flag 128 | the first date that is not closed |
//! | archive items | count (varint), column of their years, ascending; then 4 bytes each, the tags, big-endian | flag 128 | a year is the newest one in the item |
//! | past | see below | there are archive items | what the closed days come to |
//! | days | see below | | the days that are not closed |
//! | fingerprints | count (varint, at most 1,000), 8 bytes each, little-endian, ascending | | XXH3-64, seed 0, of the keys set aside whose first ten characters are no real date: in full, without `TXN#` |
//! | listed | count (varint, at most 100), entries | | the keys set aside that sort first, by bytes |
//! | check | 4 bytes, little-endian | | the low 32 bits of the XXH3-64, seed 0, of the profile's id in UTF-8, a zero byte, and all bytes before |
//!
//! An entry of **listed** is the reason (varint; 0: no total, 1: total not a number, 2: too many decimals, 3: too large, 4: no
//! instant, 5: no transaction id, 6: currency), the length of the text that follows (varint), the key without `TXN#`, or the
//! longest beginning of whole characters within 124 bytes, and a varint: 0, or, if the key was cut, its XXH3-64 as above. Two
//! keys that begin alike are two entries.
//!
//! # Days
//!
//! The count (varint), and if it is not 0:
//!
//! - the first date;
//! - `s` (1 byte): the largest number from 0 to 4 such that all net totals, in units of 0.0001, are multiples of 10^s;
//! - the least net total over 10^s (zigzag);
//! - for all days but the first a column of the days since the one before;
//! - for all days, in the order of their dates, a column each of
//!   1. transactions that count,
//!   2. shops among them: those with a total greater than 0,
//!   3. second of the first transaction since midnight, 0 if none counts,
//!   4. seconds from the first transaction to the last,
//!   5. channels that shops name: 1 point of sale, 2 website, 3 both, 0 none,
//!   6. transactions set aside whose key begins with the date,
//!   7. net total of all transactions that count over 10^s, less the least one: the lower 64 bits,
//!   8. its upper 64 bits,
//!   9. number of locations with shops,
//!   10. number of brands,
//!   11. which of the day's locations, counted from 1 in the order of their places, is that of the first shop that has one; 0
//!       for none;
//! - for all locations of the first day in the order of their places, then of the second, and so on, a column each of the
//!   location's place, its shops, and those of them that name no channel;
//! - in the same order a column of the places of the brands.
//!
//! # Past
//!
//! What the closed days come to, in this order:
//!
//! 1. transactions that count, shops, transactions set aside (3 varints),
//! 2. net total (money),
//! 3. channels that shops name (1 byte, as of a day),
//! 4. if a transaction counts, the first and the last one: a date and the second since midnight (varint) each,
//! 5. the number of dates with a shop (varint); if it is not 0, the first two of them and the last two, each pair ascending, or
//!    one of each if there is one; and the net total of the last date (money),
//! 6. the number of locations with shops (varint), and in the order of their places a column each of the location's place, its
//!    shops, those of them that name no channel, and the last date with a shop there (the number of the day),
//! 7. the place of the first shop's location plus 1, 0 for none (varint),
//! 8. the number of locations with shops on the last date on which a shop has a location (varint), and in the order of their
//!    places a column each of the location's place, its shops, and those of them that name no channel,
//! 9. the number of brands (varint), and in their order a column of their places.
//!
//! # An archive item
//!
//! The attribute `days` of `AGG#<year>`: the version, 1 (1 byte), names of its locations, names of its brands, its days, and a
//! check like that of the ledger, of the profile's id, a zero byte, the year in four digits, a zero byte, the tag in eight small
//! hexadecimal digits, a zero byte, and all bytes before.
//!
//! A day with one shop at one location and one brand takes about five bytes. Equal content gives equal bytes.
//!
//! # How the format may change
//!
//! It is frozen: what is stored can be read for ever. A change is a new version. A release reads it before the next one writes
//! it, since the functions of both run side by side during a deployment; until then each rebuilds what it cannot read.

mod archive;
mod aside;
mod closed;
mod days;
mod names;
#[cfg(test)]
mod sample;

use std::collections::BTreeSet;

use xxhash_rust::xxh3::Xxh3;

use crate::closing::{Closed, Past, Tag, by_year};
use crate::columns::{Reader, Truncated, Writer};
use crate::country::Country;
use crate::currency::Currency;
use crate::day::Day;
use crate::ledger::Ledger;
use crate::profile::Profile;
use crate::sums::index;
pub use archive::{ArchiveError, ArchiveItem};
use aside::{read_set_aside, write_set_aside};
use closed::{read_closed, write_items, write_past};
use days::{date_of, day_number, read_days, write_days};
use names::{Names, read_names};

/// The one version that is written and read. A reader must understand a new version one release before it is written.
const VERSION: u8 = 1;

const PROFILE: u8 = 1;
const JOIN_DATE: u8 = 1 << 1;
const JOINED_LOCATION: u8 = 1 << 2;
const PREFERRED_LOCATION: u8 = 1 << 3;
const ADDRESS_COUNTRY: u8 = 1 << 4;
const CURRENCY: u8 = 1 << 5;
const MORE_UNDATED: u8 = 1 << 6;
const CLOSED: u8 = 1 << 7;

/// Bytes of a check.
const CHECK_BYTES: usize = 4;

/// A ledger as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Encoded {
    /// The ledger itself.
    pub ledger: Vec<u8>,
    /// The archive items that are new or changed. They must be written together with the ledger, or not at all.
    pub archive: Vec<ArchiveItem>,
    /// The years of all archive items that belong to the ledger. Whatever else there is must be deleted.
    pub years: BTreeSet<u16>,
}

/// Why bytes are no ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// The ledger was written by another release.
    #[error("ledger has the unknown version `{0}`")]
    UnknownVersion(u8),
    /// The bytes are not what was written for this profile.
    #[error("ledger is damaged")]
    Damaged,
}

impl From<Truncated> for LedgerError {
    fn from(_: Truncated) -> Self {
        Self::Damaged
    }
}

impl Ledger {
    /// The ledger as it is stored for the profile `profile_id`: its own bytes, and the archive items that it needs anew, which
    /// get the tag `tag`. Equal content gives equal bytes.
    pub fn encode(&self, profile_id: &str, tag: Tag) -> Encoded {
        let mut items = self.closed.items.clone();
        let mut archive = Vec::new();
        let mut past = self.closed.past.as_deref().cloned();
        let closed_days = self.closed_days();
        if past.is_none() {
            items.clear();
            for (year, days) in by_year(closed_days) {
                let content = archive::content(days, &self.locations, &self.brands);
                let stored = self.closed.items.get(&year);
                let unchanged = self.closed.taken_in.get(&year) == Some(&content);
                let tag = *stored.filter(|_| unchanged).unwrap_or(&tag);
                items.insert(year, tag);
                if !unchanged {
                    archive.push(ArchiveItem::new(profile_id, year, tag, &content));
                }
            }
            past = (!items.is_empty())
                .then(|| Past::fold(closed_days, self.locations.len(), self.brands.len()));
        }
        let years = items.keys().copied().collect();
        let closed = Closed {
            since: self.closed.since,
            items,
            past: past.map(Box::new),
            ..Closed::default()
        };
        let open_days = self.days.get(closed_days.len()..).unwrap_or_default();
        let mut ledger = self.write(&closed, open_days);
        let check = check_of(&[profile_id], &ledger);
        ledger.extend_from_slice(&check);
        Encoded {
            ledger,
            archive,
            years,
        }
    }

    /// What the ledger says, whatever days are closed: equal for ledgers of the same items. The archive must have been taken
    /// in.
    pub fn content(&self) -> Vec<u8> {
        self.write(&Closed::default(), &self.days)
    }

    fn write(&self, closed: &Closed, open_days: &[Day]) -> Vec<u8> {
        let locations = Names::new(&self.locations, self.location_ids());
        let of_days = self.days.iter().flat_map(|day| &day.brands);
        let of_past = self.closed.past.iter().flat_map(|past| &past.brands);
        let brands = of_days
            .chain(of_past)
            .filter_map(|brand| self.brands.get_index(index(*brand)?));
        let brands = Names::new(&self.brands, brands.map(String::as_str));
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
                | flag(ADDRESS_COUNTRY, self.address_country.is_some())
                | flag(CURRENCY, self.currency.is_some())
                | flag(MORE_UNDATED, self.set_aside.more)
                | flag(CLOSED, closed.since.is_some()),
        );
        if let Some(currency) = self.currency {
            writer.bytes(&currency.bytes());
        }
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
        if let Some(since) = closed.since {
            writer.varint(day_number(since));
            write_items(&mut writer, &closed.items);
        }
        if let Some(past) = &closed.past {
            write_past(&mut writer, past, &locations, &brands);
        }
        write_days(&mut writer, open_days, &locations, &brands);
        write_set_aside(&mut writer, &self.set_aside);
        writer.into_bytes()
    }

    /// Reads the ledger of the profile `profile_id`.
    ///
    /// # Errors
    ///
    /// The bytes have another version, or are not what [`Ledger::encode`] wrote for this profile.
    pub fn decode(profile_id: &str, bytes: &[u8]) -> Result<Self, LedgerError> {
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&version) => return Err(LedgerError::UnknownVersion(version)),
            None => return Err(LedgerError::Damaged),
        }
        let (content, check) = bytes.split_last_chunk().ok_or(LedgerError::Damaged)?;
        if check_of(&[profile_id], content) != *check {
            return Err(LedgerError::Damaged);
        }
        let mut reader = Reader(content);
        reader.byte()?;
        let flags = reader.byte()?;
        let has = |bit: u8| flags & bit != 0;
        let currency = has(CURRENCY)
            .then(|| read_code(&mut reader, Currency::from_bytes))
            .transpose()?;
        let locations = read_names(&mut reader)?;
        let brands = read_names(&mut reader)?;
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
            .then(|| read_code(&mut reader, Country::from_bytes))
            .transpose()?;
        let (location_count, brand_count) = (locations.len(), brands.len());
        let closed = if has(CLOSED) {
            read_closed(&mut reader, location_count, brand_count)?
        } else {
            Closed::default()
        };
        let days = read_days(&mut reader, location_count, brand_count)?;
        if days
            .first()
            .is_some_and(|day| Some(day.date) < closed.since)
        {
            return Err(LedgerError::Damaged);
        }
        let mut set_aside = read_set_aside(&mut reader, &days, has(MORE_UNDATED))?;
        let in_past = closed.past.as_ref().map_or(0, |past| past.set_aside);
        set_aside.dated = set_aside.dated.saturating_add(in_past);
        if !reader.0.is_empty() {
            return Err(LedgerError::Damaged);
        }
        let profile = has(PROFILE).then_some(Profile {
            join_date,
            joined_location,
            preferred_location,
        });
        Ok(Self {
            currency,
            profile,
            address_country,
            locations,
            brands,
            days,
            closed,
            set_aside,
        })
    }
}

/// Takes a code of `N` capitals.
fn read_code<C, const N: usize>(
    reader: &mut Reader<'_>,
    code: fn([u8; N]) -> Option<C>,
) -> Result<C, LedgerError> {
    let letters = reader.bytes(N)?.try_into().ok();
    letters.and_then(code).ok_or(LedgerError::Damaged)
}

/// The check of bytes that are bound to some texts.
fn check_of(bound_to: &[&str], bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hash = Xxh3::new();
    for text in bound_to {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    hash.update(bytes);
    let [a, b, c, d, ..] = hash.digest().to_le_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::day::{Channels, Day, Visits};
    use crate::money::Money;

    fn day(locations: &[u32]) -> Day {
        let visits = |location: &u32| Visits {
            location: *location,
            shops: 1,
            unnamed: 1,
        };
        Day {
            date: NaiveDate::default(),
            net: Money(1),
            transactions: 1,
            shops: 1,
            first: 0,
            last: 0,
            visits: locations.iter().map(visits).collect(),
            first_shop_location: None,
            channels: Channels::default(),
            brands: [].into_iter().collect(),
            set_aside: 0,
        }
    }

    fn ledger(days: Vec<Day>) -> Ledger {
        let locations = ["a".to_owned()].into_iter().collect();
        Ledger {
            days,
            locations,
            ..Ledger::default()
        }
    }

    #[test]
    fn days_that_no_ledger_has_are_damage() {
        assert!(
            Ledger::decode(
                "p",
                &ledger(vec![day(&[0])]).encode("p", Tag::default()).ledger
            )
            .is_ok()
        );
        for days in [
            // One date twice, one location a thousand times a day, a location that is not in the dictionary.
            vec![day(&[0]), day(&[0])],
            vec![day(&[0; 1000])],
            vec![day(&[7])],
        ] {
            assert_eq!(
                Ledger::decode("p", &ledger(days).encode("p", Tag::default()).ledger).err(),
                Some(LedgerError::Damaged)
            );
        }
    }
}
