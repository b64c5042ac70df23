//! Archive items: the closed days of a year.

use std::collections::BTreeMap;

use super::days::{MAX_DAYS, read_days, write_days};
use super::names::{Names, read_names};
use super::{CHECK_BYTES, LedgerError, VERSION, check_of};
use crate::closed::Tag;
use crate::columns::{Reader, Writer};
use crate::day::{Day, Dictionary, names_of, numbers_in};
use crate::ledger::Ledger;

/// The closed days of a year, and in the first item of all earlier ones, as they are stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchiveItem {
    /// The newest year in it.
    pub year: u16,
    /// Of which version of the ledger it is.
    pub tag: Tag,
    /// The days.
    pub days: Vec<u8>,
}

/// Why closed days cannot be taken in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ArchiveError {
    /// An archive item is missing, or is of another version of the ledger.
    #[error("archive item of {0} does not belong to the ledger")]
    Mismatch(u16),
    /// The days are not what was written for this profile, year and tag.
    #[error("archive item of {0} is damaged")]
    Damaged(u16),
}

/// Days as they are stored, but for the check that binds them to an item.
pub(crate) fn content(days: &[Day], locations: &Dictionary, brands: &Dictionary) -> Vec<u8> {
    let visits = days.iter().flat_map(|day| &day.visits);
    let visited = names_of(locations, visits.map(|visits| visits.location));
    let purchased = days.iter().flat_map(|day| &day.brands);
    let purchased = names_of(brands, purchased.copied());
    let locations = Names::new(locations, visited);
    let brands = Names::new(brands, purchased);
    let mut writer = Writer::default();
    writer.byte(VERSION);
    locations.write(&mut writer);
    brands.write(&mut writer);
    write_days(&mut writer, days, &locations, &brands);
    writer.into_bytes()
}

impl ArchiveItem {
    /// Binds content to the item of a profile.
    pub(crate) fn new(profile_id: &str, year: u16, tag: Tag, content: &[u8]) -> Self {
        let check = Self::check(profile_id, year, tag, content);
        Self {
            year,
            tag,
            days: [content, &check].concat(),
        }
    }

    fn check(profile_id: &str, year: u16, tag: Tag, content: &[u8]) -> [u8; CHECK_BYTES] {
        check_of(
            &[profile_id, &format!("{year:04}"), &tag.to_string()],
            content,
        )
    }

    /// The content, if it was written for this profile, year and tag.
    fn content(&self, profile_id: &str) -> Result<&[u8], ArchiveError> {
        let damaged = ArchiveError::Damaged(self.year);
        let (content, check) = self.days.split_last_chunk().ok_or(damaged)?;
        if Self::check(profile_id, self.year, self.tag, content) == *check {
            Ok(content)
        } else {
            Err(damaged)
        }
    }
}

impl Ledger {
    /// Takes the archive in, so that the ledger has its closed days itself. Items that do not belong to it are ignored.
    ///
    /// # Errors
    ///
    /// An item that belongs to the ledger is missing, of another version, or damaged. The ledger is then as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use calculation::{Rebuild, SourceKey, TransactionKey, Item, Value};
    /// # let mut rebuild = Rebuild::new(None);
    /// # let key = SourceKey::Transaction(TransactionKey::parse("2020-01-31T10:00:00Z#order-1"));
    /// # rebuild.add(key, &Item::from([("total".to_owned(), Value::Number("49.90".to_owned()))]));
    /// # let mut ledger = rebuild.finish();
    /// use calculation::{Closing, Ledger, Tag, parse_date};
    ///
    /// // A ledger with one purchase in 2020, and one in 2026.
    /// # let key = SourceKey::Transaction(TransactionKey::parse("2026-01-31T10:00:00Z#order-2"));
    /// # let mut fold = calculation::Fold::new(key.part(), None);
    /// # fold.add(key, &Item::from([("total".to_owned(), Value::Number("1".to_owned()))]));
    /// # ledger.replace(fold);
    /// let today = parse_date("2026-01-31").unwrap();
    /// ledger.close(&Closing::default(), today);
    /// let encoded = ledger.encode("ada", Tag::default());
    ///
    /// let mut stored = Ledger::decode("ada", &encoded.ledger).unwrap();
    /// assert!(stored.has_unread_archive());
    /// stored.take_in("ada", encoded.archive).unwrap();
    /// assert!(!stored.has_unread_archive());
    /// ```
    pub fn take_in(
        &mut self,
        profile_id: &str,
        items: impl IntoIterator<Item = ArchiveItem>,
    ) -> Result<(), ArchiveError> {
        if !self.has_unread_archive() {
            return Ok(());
        }
        let mut closed = self.closed.clone();
        closed.past = None;
        closed.taken_in = own_content(&self.closed.items, profile_id, items)?;
        let mut taken = self.clone();
        let mut days: Vec<Day> = Vec::new();
        for (year, content) in &closed.taken_in {
            let read = taken.read_content(content);
            let read = read.map_err(|_| ArchiveError::Damaged(*year))?;
            let before = days.last().map(|day| day.date);
            let follows = read
                .first()
                .is_some_and(|day| before.is_none_or(|before| before < day.date));
            let is_closed = read.last().is_some_and(|day| Some(day.date) < closed.since);
            let are_too_many = days.len().saturating_add(read.len()) > MAX_DAYS;
            if !follows || !is_closed || are_too_many {
                return Err(ArchiveError::Damaged(*year));
            }
            days.extend(read);
        }
        days.append(&mut taken.days);
        taken.days = days;
        taken.closed = closed;
        *self = taken;
        Ok(())
    }

    /// Makes a ledger that was made from nothing keep the archive items of the one before it, which named `before`, whose days
    /// did not change.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use calculation::Ledger;
    ///
    /// let mut rebuilt = Ledger::default();
    /// rebuilt.keep_archive_of(&BTreeMap::new(), "ada", Vec::new());
    /// assert_eq!(rebuilt.archive().count(), 0);
    /// ```
    pub fn keep_archive_of(
        &mut self,
        before: &BTreeMap<u16, Tag>,
        profile_id: &str,
        items: impl IntoIterator<Item = ArchiveItem>,
    ) {
        if let Ok(content) = own_content(before, profile_id, items) {
            self.closed.items = before.clone();
            self.closed.taken_in = content;
        }
    }

    /// Reads the days of an archive item, with their names in the ledger's dictionaries.
    fn read_content(&mut self, content: &[u8]) -> Result<Vec<Day>, LedgerError> {
        let mut reader = Reader(content);
        match reader.byte()? {
            VERSION => {}
            version => return Err(LedgerError::UnknownVersion(version)),
        }
        let locations = read_names(&mut reader)?;
        let brands = read_names(&mut reader)?;
        let mut days = read_days(&mut reader, locations.len(), brands.len())?;
        if !reader.0.is_empty() {
            return Err(LedgerError::Damaged);
        }
        let locations = numbers_in(&mut self.locations, &locations);
        let brands = numbers_in(&mut self.brands, &brands);
        for day in &mut days {
            day.renumber(&locations, &brands);
        }
        Ok(days)
    }
}

/// The content of the archive items that a ledger names.
fn own_content(
    named: &BTreeMap<u16, Tag>,
    profile_id: &str,
    items: impl IntoIterator<Item = ArchiveItem>,
) -> Result<BTreeMap<u16, Vec<u8>>, ArchiveError> {
    let mut found: BTreeMap<u16, ArchiveItem> =
        items.into_iter().map(|item| (item.year, item)).collect();
    named
        .iter()
        .map(|(year, tag)| {
            let item = found.remove(year).filter(|item| item.tag == *tag);
            let item = item.ok_or(ArchiveError::Mismatch(*year))?;
            Ok((*year, item.content(profile_id)?.to_vec()))
        })
        .collect()
}
