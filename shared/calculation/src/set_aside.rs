//! Transactions that cannot be counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

/// How many transactions that are set aside are listed by their key.
pub const LISTED: usize = 100;

/// Why a transaction is set aside.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Reason {
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
}

impl Reason {
    /// All reasons; the place of each is its number in a ledger, so new ones go to the end.
    pub(crate) const ALL: [Self; 6] = [
        Self::NoTotal,
        Self::TotalNotANumber,
        Self::TotalTooManyDecimals,
        Self::TotalTooLarge,
        Self::NotAnInstant,
        Self::NoTransactionId,
    ];
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoTotal => "no total",
            Self::TotalNotANumber => "total is not a number",
            Self::TotalTooManyDecimals => "total has more than 4 decimals",
            Self::TotalTooLarge => "total is not between -10^12 and 10^12",
            Self::NotAnInstant => "key has no instant YYYY-MM-DDTHH:MM:SSZ",
            Self::NoTransactionId => "key has no transaction id",
        })
    }
}

/// What a ledger knows of the transactions that are set aside.
///
/// INVARIANT: `listed` holds the first [`LISTED`] of all keys set aside, unless [`Self::is_incomplete`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SetAside {
    /// The first keys, sorted, each with its reason.
    pub(crate) listed: BTreeMap<String, Reason>,
    /// Fingerprints of all keys that belong to no date, so that each can be replaced by itself.
    pub(crate) odd_keys: BTreeSet<u64>,
    /// How many there are with a date; the days of the ledger know how many on each.
    pub(crate) dated: u64,
}

impl SetAside {
    /// How many transactions are set aside in all.
    pub(crate) fn count(&self) -> u64 {
        self.dated
            .saturating_add(u64::try_from(self.odd_keys.len()).unwrap_or(u64::MAX))
    }

    /// Whether transactions that should be listed are not: some that were listed are gone, and the keys that
    /// follow were never kept. Only folding everything again tells them.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.listed.len() < LISTED && self.has_unlisted()
    }

    fn has_unlisted(&self) -> bool {
        u64::try_from(self.listed.len()).is_ok_and(|listed| listed < self.count())
    }

    /// Replaces all keys that begin with `prefix`, of which `before` are set aside now, by those of `found`.
    pub(crate) fn replace_date(
        &mut self,
        prefix: &str,
        before: u64,
        found: BTreeMap<String, Reason>,
    ) {
        let horizon = self.horizon();
        self.listed.retain(|key, _| !key.starts_with(prefix));
        let after = u64::try_from(found.len()).unwrap_or(u64::MAX);
        self.dated = self.dated.saturating_sub(before).saturating_add(after);
        self.list(horizon, found);
    }

    /// Replaces what is known of one key that belongs to no date.
    pub(crate) fn replace_odd_key(&mut self, key: &str, reason: Option<Reason>) {
        let horizon = self.horizon();
        self.listed.remove(key);
        let fingerprint = xxh3_64(key.as_bytes());
        if let Some(reason) = reason {
            self.odd_keys.insert(fingerprint);
            self.list(horizon, BTreeMap::from([(key.to_owned(), reason)]));
        } else {
            self.odd_keys.remove(&fingerprint);
        }
    }

    /// The key up to which the list knows every transaction; `None` when it knows all there are.
    fn horizon(&self) -> Option<String> {
        self.has_unlisted().then(|| {
            self.listed
                .last_key_value()
                .map_or_else(String::new, |(key, _)| key.clone())
        })
    }

    /// Adds what belongs to the list and cuts it to its length.
    fn list(&mut self, horizon: Option<String>, found: BTreeMap<String, Reason>) {
        let known = found
            .into_iter()
            .filter(|(key, _)| horizon.as_ref().is_none_or(|horizon| key <= horizon));
        self.listed.extend(known);
        while self.listed.len() > LISTED {
            self.listed.pop_last();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(range: std::ops::Range<u32>) -> BTreeMap<String, Reason> {
        range
            .map(|number| (format!("TXN#2026-01-01T{number:05}"), Reason::NotAnInstant))
            .collect()
    }

    #[test]
    fn lists_the_first_and_counts_all() {
        let mut set_aside = SetAside::default();
        set_aside.replace_date("TXN#2026-01-01", 0, found(0..250));
        assert_eq!(set_aside.count(), 250);
        assert_eq!(set_aside.listed, found(0..100));
        set_aside.replace_odd_key("TXN#0", Some(Reason::NoTotal));
        set_aside.replace_odd_key("TXN#x", Some(Reason::NoTotal));
        assert_eq!(set_aside.count(), 252);
        assert_eq!(set_aside.listed.len(), LISTED);
        assert!(set_aside.listed.contains_key("TXN#0"));
        assert!(!set_aside.listed.contains_key("TXN#x"));
        assert!(!set_aside.is_incomplete());
    }

    #[test]
    fn knows_when_the_list_misses_keys_it_never_kept() {
        let mut set_aside = SetAside::default();
        set_aside.replace_date("TXN#2026-01-01", 0, found(0..99));
        set_aside.replace_odd_key("TXN#x", Some(Reason::NoTotal));
        set_aside.replace_odd_key("TXN#y", Some(Reason::NoTotal));
        assert!(!set_aside.is_incomplete());
        // `TXN#x` goes, `TXN#z` comes, and `TXN#y`, which stands between them, was never kept.
        set_aside.replace_odd_key("TXN#x", None);
        set_aside.replace_odd_key("TXN#z", Some(Reason::NoTotal));
        assert_eq!(set_aside.count(), 101);
        assert!(!set_aside.listed.contains_key("TXN#z"));
        assert!(set_aside.is_incomplete());
    }
}
