//! Transactions that cannot be counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use xxhash_rust::xxh3::xxh3_64;

/// How many transactions that are set aside are listed by their key.
pub const LISTED: usize = 100;
/// Bytes of a key that are listed: 128 of the sort key, four of which are its prefix `TXN#`.
const LISTED_KEY_BYTES: usize = 124;
/// How many keys without a date are known by their fingerprint. A thousand take 8 KB of the ledger; a profile with more has
/// a broken writer, and no figure depends on them.
const MAX_UNDATED: usize = 1_000;

/// Why a transaction is set aside.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SetAsideReason {
    /// The item has no total.
    NoTotal,
    /// The total is no number.
    TotalNotANumber,
    /// The total has more than four decimals.
    TotalTooManyDecimals,
    /// The total is 10^12 or more from zero.
    TotalTooLarge,
    /// The key holds no instant `YYYY-MM-DDTHH:MM:SSZ`.
    NotAnInstant,
    /// The key holds no transaction id.
    NoTransactionId,
    /// The transaction is in another currency than the figures, and has no converted total that can be read.
    Currency,
}

impl SetAsideReason {
    /// All reasons; the place of each is its number in a ledger, so new ones go to the end.
    pub(crate) const ALL: [Self; 7] = [
        Self::NoTotal,
        Self::TotalNotANumber,
        Self::TotalTooManyDecimals,
        Self::TotalTooLarge,
        Self::NotAnInstant,
        Self::NoTransactionId,
        Self::Currency,
    ];
}

impl fmt::Display for SetAsideReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoTotal => "no total",
            Self::TotalNotANumber => "total is not a number",
            Self::TotalTooManyDecimals => "total has more than 4 decimals",
            Self::TotalTooLarge => "total is not between -10^12 and 10^12",
            Self::NotAnInstant => "key has no instant YYYY-MM-DDTHH:MM:SSZ",
            Self::NoTransactionId => "key has no transaction id",
            Self::Currency => "another currency without a total_converted",
        })
    }
}

/// A key of the list: as much of it as is listed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ListedKey {
    pub(crate) text: String,
    /// Tells keys apart that begin alike: the fingerprint of one that was cut, 0 of any other.
    pub(crate) fingerprint: u64,
}

impl ListedKey {
    pub(crate) fn new(key: &str) -> Self {
        if key.len() <= LISTED_KEY_BYTES {
            return Self {
                text: key.to_owned(),
                fingerprint: 0,
            };
        }
        let text = key.get(..key.floor_char_boundary(LISTED_KEY_BYTES));
        Self {
            text: text.unwrap_or_default().to_owned(),
            fingerprint: xxh3_64(key.as_bytes()),
        }
    }
}

/// The first of some keys, sorted, each with its reason.
pub(crate) type Listed = BTreeMap<ListedKey, SetAsideReason>;

/// Adds a key to a list that keeps the first [`LISTED`].
pub(crate) fn list(listed: &mut Listed, key: ListedKey, reason: SetAsideReason) {
    listed.insert(key, reason);
    if listed.len() > LISTED {
        listed.pop_last();
    }
}

/// What a ledger knows of the transactions that are set aside.
///
/// INVARIANT: `listed` holds the first [`LISTED`] of all keys set aside, unless [`Self::needs_everything`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SetAside {
    /// The first keys.
    pub(crate) listed: Listed,
    /// Fingerprints of keys that begin with no date, so that each can be replaced by itself; at most [`MAX_UNDATED`].
    pub(crate) undated: BTreeSet<u64>,
    /// Whether there are, or were, keys without a date beyond those in `undated`.
    pub(crate) more: bool,
    /// How many there are with a date; the days of the ledger know how many on each.
    pub(crate) dated: u64,
}

impl SetAside {
    /// How many transactions are known to be set aside; there are others if there are [`more`](Self::more).
    pub(crate) fn count(&self) -> u64 {
        self.dated
            .saturating_add(u64::try_from(self.undated.len()).unwrap_or(u64::MAX))
    }

    /// Whether keys were forgotten that are needed now: some that were listed are gone, and the ones that follow were never
    /// kept, or all known keys without a date are gone while there are more.
    pub(crate) fn needs_everything(&self) -> bool {
        (self.listed.len() < LISTED && self.has_unlisted())
            || (self.more && self.undated.is_empty())
    }

    fn has_unlisted(&self) -> bool {
        self.more || u64::try_from(self.listed.len()).is_ok_and(|listed| listed < self.count())
    }

    /// Replaces all keys of one date, of which `before` are set aside now, by `after` of which `found` are the first.
    pub(crate) fn replace_date(&mut self, date: NaiveDate, before: u64, after: u64, found: Listed) {
        if before == 0 && after == 0 {
            return;
        }
        let horizon = self.horizon();
        let date = date.to_string();
        self.listed.retain(|key, _| !key.text.starts_with(&date));
        self.dated = self.dated.saturating_sub(before).saturating_add(after);
        self.list(horizon, found);
    }

    /// Replaces what is known of one key that belongs to no date.
    pub(crate) fn replace_undated(&mut self, key: &str, reason: Option<SetAsideReason>) {
        let horizon = self.horizon();
        let fingerprint = xxh3_64(key.as_bytes());
        let key = ListedKey::new(key);
        self.listed.remove(&key);
        let Some(reason) = reason else {
            self.undated.remove(&fingerprint);
            return;
        };
        if self.undated.len() < MAX_UNDATED || self.undated.contains(&fingerprint) {
            self.undated.insert(fingerprint);
        } else {
            self.more = true;
        }
        self.list(horizon, Listed::from([(key, reason)]));
    }

    /// The key up to which the list knows every transaction; `None` when it knows all there are.
    fn horizon(&self) -> Option<ListedKey> {
        self.has_unlisted().then(|| {
            let last = self.listed.last_key_value();
            last.map_or_else(|| ListedKey::new(""), |(key, _)| key.clone())
        })
    }

    fn list(&mut self, horizon: Option<ListedKey>, found: Listed) {
        for (key, reason) in found {
            if horizon.as_ref().is_none_or(|horizon| key <= *horizon) {
                list(&mut self.listed, key, reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(range: std::ops::Range<u32>) -> Listed {
        range
            .map(|number| {
                let key = ListedKey::new(&format!("2026-01-01T{number:05}"));
                (key, SetAsideReason::NotAnInstant)
            })
            .collect()
    }

    fn date(text: &str) -> NaiveDate {
        crate::date::parse_date(text).unwrap()
    }

    fn is_listed(set_aside: &SetAside, key: &str) -> bool {
        set_aside.listed.contains_key(&ListedKey::new(key))
    }

    #[test]
    fn lists_the_first_and_counts_all() {
        let mut set_aside = SetAside::default();
        set_aside.replace_date(date("2026-01-01"), 0, 250, found(0..100));
        assert_eq!(set_aside.count(), 250);
        assert_eq!(set_aside.listed, found(0..100));
        set_aside.replace_undated("0", Some(SetAsideReason::NoTotal));
        set_aside.replace_undated("x", Some(SetAsideReason::NoTotal));
        assert_eq!(set_aside.count(), 252);
        assert_eq!(set_aside.listed.len(), LISTED);
        assert!(is_listed(&set_aside, "0"));
        assert!(!is_listed(&set_aside, "x"));
        assert!(!set_aside.needs_everything());
    }

    #[test]
    fn knows_when_the_list_misses_keys_it_never_kept() {
        let mut set_aside = SetAside::default();
        set_aside.replace_date(date("2026-01-01"), 0, 99, found(0..99));
        set_aside.replace_undated("x", Some(SetAsideReason::NoTotal));
        set_aside.replace_undated("y", Some(SetAsideReason::NoTotal));
        assert!(!set_aside.needs_everything());
        // `x` goes, `z` comes, and `y`, which stands between them, was never kept.
        set_aside.replace_undated("x", None);
        set_aside.replace_undated("z", Some(SetAsideReason::NoTotal));
        assert_eq!(set_aside.count(), 101);
        assert!(!is_listed(&set_aside, "z"));
        assert!(set_aside.needs_everything());
    }

    #[test]
    fn a_thousand_keys_without_a_date_are_known_and_that_there_are_more() {
        let mut set_aside = SetAside::default();
        let key = |number: usize| format!("soon {number:05}");
        for number in 0..MAX_UNDATED + 500 {
            set_aside.replace_undated(&key(number), Some(SetAsideReason::NotAnInstant));
        }
        assert_eq!((set_aside.count(), set_aside.more), (1_000, true));
        // Unknown ones come and go without a trace, known ones are counted.
        set_aside.replace_undated(&key(1_200), None);
        set_aside.replace_undated(&key(500), None);
        assert_eq!((set_aside.count(), set_aside.more), (999, true));
        assert!(!set_aside.needs_everything());
        set_aside.replace_undated(&key(7), None);
        assert!(set_aside.needs_everything());
    }

    #[test]
    fn the_last_known_key_without_a_date_does_not_hide_the_others() {
        let mut set_aside = SetAside::default();
        set_aside.replace_date(date("0001-01-01"), 0, 100, {
            let keys = (0..100).map(|number| ListedKey::new(&format!("0001-01-01T{number:03}")));
            keys.map(|key| (key, SetAsideReason::NotAnInstant))
                .collect()
        });
        for number in 0..=MAX_UNDATED {
            set_aside.replace_undated(&format!("x{number}"), Some(SetAsideReason::NotAnInstant));
        }
        for number in 0..MAX_UNDATED {
            assert!(!set_aside.needs_everything());
            set_aside.replace_undated(&format!("x{number}"), None);
        }
        assert!(set_aside.needs_everything());
    }

    #[test]
    fn long_keys_that_begin_alike_are_listed_apart() {
        let mut set_aside = SetAside::default();
        let key = |end: &str| format!("{}{end}", "é".repeat(200));
        set_aside.replace_undated(&key("a"), Some(SetAsideReason::NotAnInstant));
        set_aside.replace_undated(&key("b"), Some(SetAsideReason::NotAnInstant));
        assert_eq!(set_aside.listed.len(), 2);
        assert!(
            set_aside
                .listed
                .keys()
                .all(|key| key.text.len() <= LISTED_KEY_BYTES)
        );
        set_aside.replace_undated(&key("a"), None);
        assert_eq!(set_aside.listed.len(), 1);
    }
}
