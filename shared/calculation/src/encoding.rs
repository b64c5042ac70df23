#![doc = include_str!("encoding/format.md")]

mod archive;
mod aside;
mod closed;
mod days;
mod names;
mod numbers;
#[cfg(test)]
mod sample;

use std::collections::BTreeSet;

use xxhash_rust::xxh3::Xxh3;

use crate::closed::{Closed, Tag};
use crate::closing::by_year;
use crate::columns::{Reader, Truncated, Writer};
use crate::country::Country;
use crate::currency::Currency;
use crate::day::{Day, names_of};
use crate::ledger::Ledger;
use crate::past::Past;
use crate::profile::Profile;
pub(crate) use archive::content as days_content;
pub use archive::{ArchiveError, ArchiveItem};
use aside::{read_set_aside, write_set_aside};
use closed::{read_closed, write_items, write_past};
use days::{read_days, write_days};
use names::{Names, read_names};
use numbers::{date_of, day_number};

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
    /// get the tag `tag`. Equal content and tags give equal bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Ledger, Tag};
    ///
    /// let encoded = Ledger::default().encode("ada", Tag::default());
    /// assert_eq!(Ledger::decode("ada", &encoded.ledger), Ok(Ledger::default()));
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(calculation::Ledger::default().content(), calculation::Ledger::new(None).content());
    /// ```
    pub fn content(&self) -> Vec<u8> {
        self.write(&Closed::default(), &self.days)
    }

    fn write(&self, closed: &Closed, open_days: &[Day]) -> Vec<u8> {
        let locations = Names::new(&self.locations, self.location_ids());
        let of_days = self.days.iter().flat_map(|day| &day.brands);
        let of_past = self.closed.past.iter().flat_map(|past| &past.brands);
        let brands = names_of(&self.brands, of_days.chain(of_past).copied());
        let brands = Names::new(&self.brands, brands);
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
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Ledger, LedgerError, Tag};
    ///
    /// let encoded = Ledger::default().encode("ada", Tag::default());
    /// assert_eq!(Ledger::decode("grace", &encoded.ledger), Err(LedgerError::Damaged));
    /// ```
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
mod tests;
