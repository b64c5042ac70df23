//! What is known of a profile without any of the code under test, and what readers may see of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Content, DATES};

/// So many sums may be possible that nothing is said of one.
const MAX_SUMS: usize = 20_000;

/// What a document says.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Sum {
    /// The net total.
    pub net: i64,
    /// That of the last 12 months.
    pub net_12m: i64,
    /// Purchases.
    pub shops: i64,
    /// The last date with a transaction.
    pub last: Option<&'static str>,
}

/// What one date adds to it.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
struct Day {
    net: i64,
    shops: i64,
    transactions: i64,
}

impl Sum {
    /// With another date, later than those before.
    fn with(self, date: &'static str, day: Day, start_12m: &str) -> Self {
        let net_12m = if date >= start_12m { day.net } else { 0 };
        let last = (day.transactions > 0).then_some(date);
        Self {
            net: self.net + day.net,
            net_12m: self.net_12m + net_12m,
            shops: self.shops + day.shops,
            last: last.or(self.last),
        }
    }
}

/// What is stored of a profile, by a count of our own.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    items: BTreeMap<String, Content>,
    /// Of each date, everything that it ever came to since the profile was settled.
    seen: BTreeMap<&'static str, BTreeSet<Day>>,
    /// The parts that had something for a document ever since then.
    always: BTreeSet<String>,
    /// How many items were put.
    pub puts: usize,
    /// How many were deleted.
    pub deletions: usize,
}

impl Stored {
    /// Takes in what became of an item.
    pub fn set(&mut self, sk: &str, content: Option<Content>) {
        match content {
            Some(content) => {
                self.puts += 1;
                self.items.insert(sk.to_owned(), content);
            }
            None => {
                self.deletions += 1;
                self.items.remove(sk);
            }
        }
        if let Some(date) = date_of(sk) {
            let day = self.day(date);
            let nothing = || BTreeSet::from([Day::default()]);
            self.seen.entry(date).or_insert_with(nothing).insert(day);
        }
        let part = part_of(sk);
        if !self.parts().any(|has| has == part) {
            self.always.remove(part);
        }
    }

    /// Everything so far is calculated, and nothing else is under way: no reader sees what was before.
    pub fn settled(&mut self) {
        self.always = self.parts().map(str::to_owned).collect();
        let dates = self.seen.keys();
        let days = dates.map(|date| (*date, BTreeSet::from([self.day(date)])));
        self.seen = days.collect();
    }

    /// The parts that have something for a document.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let items = self.items.iter();
        let items = items.filter(|(sk, content)| {
            *sk == "PROFILE" || (sk.starts_with("TXN#") && **content != Content::Void)
        });
        items.map(|(sk, _)| part_of(sk))
    }

    fn day(&self, date: &str) -> Day {
        let items = self.items.iter();
        let counted = items.filter(|(sk, _)| date_of(sk) == Some(date));
        counted.fold(Day::default(), |day, (_, content)| match content {
            Content::Total(total, _) => Day {
                net: day.net + i64::from(*total),
                shops: day.shops + i64::from(*total > 0),
                transactions: day.transactions + 1,
            },
            _ => day,
        })
    }

    /// What the document as of a date says.
    pub fn sum(&self, as_of: &str) -> Sum {
        let start_12m = year_before(as_of);
        let dates = DATES.into_iter().filter(|date| *date <= as_of);
        dates.fold(Sum::default(), |sum, date| {
            sum.with(date, self.day(date), &start_12m)
        })
    }

    /// Whether a document may say this as of a date: of each date what it came to at some moment. `None`: too much is possible to say.
    pub fn may_have_been(&self, as_of: &str, sum: Sum) -> Option<bool> {
        let start_12m = year_before(as_of);
        let dates = self.seen.iter().filter(|(date, _)| **date <= as_of);
        let mut possible = BTreeSet::from([Sum::default()]);
        for (date, seen) in dates {
            let next = possible.iter().flat_map(|sum| {
                let with = |day: &Day| sum.with(date, *day, &start_12m);
                seen.iter().map(with)
            });
            possible = next.collect();
            if possible.len() > MAX_SUMS {
                return None;
            }
        }
        Some(possible.contains(&sum))
    }

    /// Whether there may have been no document: each part had nothing for one at some moment.
    pub fn may_have_been_nothing(&self) -> bool {
        self.always.is_empty()
    }

    /// How many transactions cannot be counted.
    pub fn set_aside(&self) -> usize {
        let items = self.items.iter();
        let set_aside = items.filter(|(sk, content)| {
            let is_transaction = sk.starts_with("TXN#") && **content != Content::Void;
            is_transaction && (date_of(sk).is_none() || **content == Content::Unreadable)
        });
        set_aside.count()
    }

    /// Whether the profile has a document.
    pub fn has_document(&self) -> bool {
        self.parts().next().is_some()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// The date of a transaction whose instant and id can be read.
fn date_of(sk: &str) -> Option<&'static str> {
    let key = sk.strip_prefix("TXN#")?;
    let is_sound = key.ends_with(['a', 'b', 'c']) && !key.contains(":60Z");
    let mut dates = DATES.into_iter().filter(|_| is_sound);
    dates.find(|date| key.starts_with(date))
}

/// What is read at one moment: a date, or else a single item.
fn part_of(sk: &str) -> &str {
    let date = sk.strip_prefix("TXN#").and_then(|key| key.get(..10));
    let date = date.filter(|date| DATES.contains(date));
    date.unwrap_or(sk)
}

/// The first day of the 12 months up to a date.
fn year_before(date: &str) -> String {
    let (year, rest) = date.split_at(4);
    let year: u16 = year.parse().expect("a year");
    format!("{}{rest}", year - 1)
}
