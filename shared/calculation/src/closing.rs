//! Closed days: which days leave the ledger's own item, and when.
//!
//! A ledger has every day from its date `since` on. The days before it are closed: they are in archive items by year, and the
//! ledger knows only a summary of them, the past, and which archive items there are. A question whose windows reach
//! back before `since`, and a change before it, take the archive in first.

use chrono::{Datelike, NaiveDate};

use crate::closed::Tag;
use crate::date::months_before;
use crate::day::Day;
use crate::ledger::Ledger;
use crate::part::Part;
use crate::sums::LONGEST_WINDOW_MONTHS;

/// Archive items that a profile has at most; the first one holds all earlier years. With the ledger's own item they stay far
/// within the 100 actions of a transaction.
pub(crate) const MAX_ARCHIVE_ITEMS: usize = 40;

/// When days are closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closing {
    /// Days are old enough when they lie more than so many months before today.
    pub months: u32,
    /// Days are closed when so many of them, at least, are old enough.
    pub days: usize,
    /// Days are closed when the ledger's item has more bytes than these.
    pub bytes: usize,
}

/// The longest window, and a month in which a question about a past day is still answered without the archive.
const CLOSED_AFTER_MONTHS: u32 = LONGEST_WINDOW_MONTHS + 1;
/// A closing costs about as much as three purchases of a daily customer: once a month is seldom enough.
const CLOSED_AT_ONCE: usize = 32;
/// One write unit: a smaller item would not be cheaper.
const CLOSED_ABOVE_BYTES: usize = 1_024;

impl Default for Closing {
    fn default() -> Self {
        Self {
            months: CLOSED_AFTER_MONTHS,
            days: CLOSED_AT_ONCE,
            bytes: CLOSED_ABOVE_BYTES,
        }
    }
}

impl Ledger {
    /// Whether a document as of `date` needs the closed days, which are in archive items.
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
    /// let ledger = Ledger::decode("ada", &encoded.ledger).unwrap();
    /// assert!(!ledger.needs_archive(today));
    /// assert!(ledger.needs_archive(parse_date("2020-12-31").unwrap()));
    /// ```
    pub fn needs_archive(&self, date: NaiveDate) -> bool {
        let begins = months_before(date, LONGEST_WINDOW_MONTHS);
        self.closed.past.is_some() && self.closed.since.is_some_and(|since| begins < since)
    }

    /// Whether replacing one of `parts` needs the closed days, which are in archive items.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Ledger, Part};
    ///
    /// assert!(!Ledger::default().parts_need_archive(&[Part::Profile]));
    /// ```
    pub fn parts_need_archive<'a>(&self, parts: impl IntoIterator<Item = &'a Part>) -> bool {
        let is_closed = |part: &Part| match (part, self.closed.since) {
            (Part::Date(date), Some(since)) => *date < since,
            _ => false,
        };
        parts.into_iter().any(is_closed)
    }

    /// Whether the ledger knows of closed days no more than their summary.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Ledger;
    ///
    /// assert!(!Ledger::default().has_unread_archive());
    /// ```
    pub fn has_unread_archive(&self) -> bool {
        self.closed.past.is_some()
    }

    /// The archive items that belong to the ledger: the newest year in each, and its tag.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Ledger;
    ///
    /// assert_eq!(Ledger::default().archive().count(), 0);
    /// ```
    pub fn archive(&self) -> impl Iterator<Item = (u16, Tag)> {
        self.closed.items.iter().map(|(year, tag)| (*year, *tag))
    }

    /// How many days `close` would close.
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
    /// assert_eq!(ledger.closable(&Closing::default(), today), 1);
    /// ```
    pub fn closable(&self, closing: &Closing, today: NaiveDate) -> usize {
        let until = self.closable_until(closing, today);
        let hot = self.days.iter().filter(|day| {
            self.closed.since.is_none_or(|since| day.date >= since) && day.date < until
        });
        hot.count()
    }

    /// Closes all days that are old enough, if there are any. Takes effect when the ledger is encoded. The archive must have
    /// been taken in; without it nothing is closed.
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
    /// assert_eq!(encoded.archive.len(), 1);
    /// ```
    pub fn close(&mut self, closing: &Closing, today: NaiveDate) {
        if !self.has_unread_archive() && self.closable(closing, today) > 0 {
            self.closed.since = Some(self.closable_until(closing, today));
        }
    }

    /// The first date that is not old enough. A clock that is ahead must not close days that questions of tomorrow are about,
    /// so today is no later than the newest purchase. (It still may if a purchase is dated in the future, too; then figures are
    /// exact, but take the archive.)
    fn closable_until(&self, closing: &Closing, today: NaiveDate) -> NaiveDate {
        let newest = self.days.iter().rfind(|day| day.shops > 0);
        let newest = newest.or(self.days.last()).map_or(today, |day| day.date);
        months_before(today.min(newest), closing.months)
    }

    /// The days that are closed, of those that the ledger has itself.
    pub(crate) fn closed_days(&self) -> &[Day] {
        let since = self.closed.since.filter(|_| !self.has_unread_archive());
        let open = since.map_or(0, |since| self.days.partition_point(|day| day.date < since));
        self.days.get(..open).unwrap_or_default()
    }
}

/// Closed days as they go into archive items, each with the newest year in it.
pub(crate) fn by_year(days: &[Day]) -> Vec<(u16, &[Day])> {
    let year = |day: &Day| u16::try_from(day.date.year()).unwrap_or(0);
    let starts: Vec<usize> = (0_usize..)
        .zip(days)
        .filter(|(place, day)| {
            let before = place.checked_sub(1).and_then(|before| days.get(before));
            before.is_none_or(|before| year(before) != year(day))
        })
        .map(|(place, _)| place)
        .collect();
    // The first item holds all years that would be too many.
    let merged = starts.len().saturating_sub(MAX_ARCHIVE_ITEMS);
    let mut starts: Vec<usize> = starts.get(merged..).unwrap_or_default().to_vec();
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    let ends = starts.iter().skip(1).copied().chain([days.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| {
            let group = days.get(*start..end)?;
            Some((year(group.last()?), group))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::parse_date;

    fn days(years: impl IntoIterator<Item = i32>) -> Vec<Day> {
        let day = |year| {
            Some(Day {
                date: NaiveDate::from_ymd_opt(year, 6, 1)?,
                set_aside: 1,
                ..Day::default()
            })
        };
        years.into_iter().filter_map(day).collect()
    }

    #[test]
    fn years_have_an_item_each_and_the_first_all_earlier_ones() {
        let days = days(1980..2026);
        let items = by_year(&days);
        assert_eq!(items.len(), MAX_ARCHIVE_ITEMS);
        assert_eq!((items[0].0, items[0].1.len()), (1986, 7));
        assert_eq!((items[1].0, items[1].1.len()), (1987, 1));
        assert_eq!(items.last().map(|(year, _)| *year), Some(2025));
        assert!(by_year(&[]).is_empty());
    }

    #[test]
    fn today_for_closing_is_no_later_than_the_newest_purchase() {
        let mut ledger = Ledger::new(None);
        ledger.days = days(2015..2026);
        let closing = Closing::default();
        let far = parse_date("2126-01-01").unwrap();
        ledger.close(&closing, far);
        assert_eq!(ledger.closed.since, parse_date("2023-05-01"));
        // And never goes back.
        ledger.close(&closing, parse_date("2020-01-01").unwrap());
        assert_eq!(ledger.closed.since, parse_date("2023-05-01"));
    }

    #[test]
    fn months_are_taken_off_the_date_that_is_asked_for() {
        let mut ledger = Ledger::new(None);
        ledger.closed.since = parse_date("2020-02-29");
        ledger.closed.past = Some(Box::default());
        // The window of 2022-02-28 begins on 2020-02-28, a day before; so does no other's.
        assert!(ledger.needs_archive(parse_date("2022-02-28").unwrap()));
        assert!(!ledger.needs_archive(parse_date("2022-03-01").unwrap()));
    }
}
