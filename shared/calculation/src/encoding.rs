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

mod aside;
mod days;
mod names;

use xxhash_rust::xxh3::xxh3_64;

use crate::columns::{Reader, Truncated, Writer};
use crate::country::Country;
use crate::ledger::Ledger;
use crate::profile::Profile;
use aside::{read_set_aside, write_set_aside};
use days::{date_of, day_number, read_days, write_days};
use names::{Names, read_names};

/// The one version that is written and read. A reader must understand a new version one release before it is written.
const VERSION: u8 = 1;

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
        assert!(Ledger::decode(&ledger(vec![day(&[0])]).encode()).is_ok());
        for days in [
            // One date twice, one location a thousand times a day, a location that is not in the dictionary.
            vec![day(&[0]), day(&[0])],
            vec![day(&[0; 1000])],
            vec![day(&[7])],
        ] {
            assert_eq!(
                Ledger::decode(&ledger(days).encode()).err(),
                Some(LedgerError::Damaged)
            );
        }
    }
}
