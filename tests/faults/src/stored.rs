//! What is known of a profile without any of the code under test, and what readers may see of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Content, DATES};

/// A net total, and a number of purchases.
pub type Sum = (i64, i64);

/// What is stored of a profile, by a count of our own.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    items: BTreeMap<String, Content>,
    /// Of each date, every sum that it ever had.
    seen: BTreeMap<String, BTreeSet<Sum>>,
}

impl Stored {
    /// Takes in what became of an item.
    pub fn set(&mut self, sk: &str, content: Option<Content>) {
        match content {
            Some(content) => self.items.insert(sk.to_owned(), content),
            None => self.items.remove(sk),
        };
        if let Some(date) = date_of(sk) {
            let sum = self.sum_of(date);
            let seen = self.seen.entry(date.to_owned()).or_default();
            seen.insert((0, 0));
            seen.insert(sum);
        }
    }

    fn sum_of(&self, date: &str) -> Sum {
        let counted = self
            .items
            .iter()
            .filter(|(sk, _)| date_of(sk) == Some(date));
        counted.fold((0, 0), |(net, shops), (_, content)| match content {
            Content::Total(total, _) => (net + i64::from(*total), shops + i64::from(*total > 0)),
            _ => (net, shops),
        })
    }

    /// What the document as of a date says.
    pub fn sum(&self, as_of: &str) -> Sum {
        let dates = DATES.into_iter().filter(|date| *date <= as_of);
        let sums = dates.map(|date| self.sum_of(date));
        sums.fold((0, 0), |all, sum| (all.0 + sum.0, all.1 + sum.1))
    }

    /// Whether a document may say this as of a date: of each date a sum that it had at some moment.
    pub fn may_have_been(&self, as_of: &str, sum: Sum) -> bool {
        let dates = self.seen.iter().filter(|(date, _)| date.as_str() <= as_of);
        let mut possible = BTreeSet::from([(0, 0)]);
        for (_, seen) in dates {
            let next = possible.iter().flat_map(|all| {
                let with = move |sum: &Sum| (all.0 + sum.0, all.1 + sum.1);
                seen.iter().map(with)
            });
            possible = next.collect();
            // So many that nothing could be said.
            if possible.len() > 20_000 {
                return true;
            }
        }
        possible.contains(&sum)
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
        let mut items = self.items.iter();
        items.any(|(sk, content)| {
            sk == "PROFILE" || (sk.starts_with("TXN#") && *content != Content::Void)
        })
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// The date of a transaction whose instant and id can be read.
fn date_of(sk: &str) -> Option<&str> {
    let key = sk.strip_prefix("TXN#")?;
    let date = key.get(..10)?;
    let is_sound = DATES.contains(&date) && key.ends_with(['a', 'b', 'c']) && !key.contains(":60Z");
    is_sound.then_some(date)
}
