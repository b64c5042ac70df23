//! What is written, in which order: the same for the same seed.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};

use crate::arguments::Arguments;
use crate::error::LoadError;
use crate::transaction::{BRANDS, DAY, DAYS, STORES, Transaction};

/// The last profile of every so many has every transaction deleted in the end.
const EMPTIED: u32 = 100;
/// Half of the edits and deletions are of the latest so many transactions, which the stream may not have come to.
const LATEST: usize = 500;

/// A write of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Write {
    pub number: u32,
    pub transaction: Transaction,
    pub kind: Kind,
}

/// What a write does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    New,
    /// Puts it in its place.
    Edit,
    /// Puts it under its new key, and deletes the one of this second.
    Move(u32),
    Deletion,
}

/// Profiles, of which some are much likelier than others.
#[derive(Clone, Debug)]
pub(crate) struct Profiles {
    ranks: Zipf<f64>,
    by_rank: Arc<[u32]>,
}

impl Profiles {
    /// The profiles of a run: those who write and those who read have the same favourites.
    pub fn new(arguments: &Arguments) -> Result<Self, LoadError> {
        let count = arguments.profiles;
        let ranks = Zipf::new(count.into(), arguments.skew)
            .map_err(|error| LoadError::Flags(format!("--skew: {error}")))?;
        let mut by_rank: Vec<u32> = (0..count).collect();
        by_rank.shuffle(&mut StdRng::seed_from_u64(arguments.seed));
        let by_rank = by_rank.into();
        Ok(Self { ranks, by_rank })
    }

    /// One of them.
    pub fn one(&self, random: &mut StdRng) -> u32 {
        let rank = self.ranks.sample(random) as usize;
        let place = rank.saturating_sub(1);
        self.by_rank.get(place).copied().unwrap_or_default()
    }
}

/// The writes of a run, one after another, and what they come to.
#[derive(Debug)]
pub(crate) struct Plan {
    random: StdRng,
    profiles: Profiles,
    count: u32,
    edits: f64,
    deletions: f64,
    returns: f64,
    backdated: f64,
    transactions: Vec<Transaction>,
    /// Those that an edit made void.
    void: Vec<usize>,
    /// Where the search for transactions of the emptied profiles is.
    emptying: usize,
    /// Whether the next write may be an edit or a deletion: each new transaction can be followed by one of each.
    then_edit: bool,
    then_deletion: bool,
}

impl Plan {
    pub fn new(arguments: &Arguments, profiles: Profiles) -> Self {
        Self {
            // Another one than that of the order of profiles.
            random: StdRng::seed_from_u64(!arguments.seed),
            profiles,
            count: arguments.transactions,
            edits: arguments.edits / 100.0,
            deletions: arguments.deletions / 100.0,
            returns: arguments.returns / 100.0,
            backdated: arguments.backdated / 100.0,
            transactions: Vec::new(),
            void: Vec::new(),
            emptying: 0,
            then_edit: false,
            then_deletion: false,
        }
    }

    /// Every transaction there was, by its number.
    pub fn into_transactions(self) -> Vec<Transaction> {
        self.transactions
    }

    /// The day of the next transaction that is not backdated.
    fn today(&self) -> u32 {
        let number = self.transactions.len() as u64;
        (number * u64::from(DAYS) / u64::from(self.count)).min(u64::from(DAYS) - 1) as u32
    }

    fn add(&mut self) -> Write {
        let number = self.transactions.len() as u32;
        let today = self.today();
        let day = if self.chance(self.backdated) {
            self.random.random_range(0..=today)
        } else {
            today
        };
        let second = day * DAY + self.random.random_range(0..DAY);
        let transaction = Transaction {
            profile: self.profiles.one(&mut self.random),
            second,
            cents: self.cents(),
            store: self.random.random_range(0..STORES),
            brand: self.random.random_range(0..BRANDS),
            is_void: false,
            is_stored: true,
        };
        self.transactions.push(transaction);
        self.then_edit = self.chance(self.edits);
        self.then_deletion = self.chance(self.deletions);
        Write {
            number,
            transaction,
            kind: Kind::New,
        }
    }

    /// A stored transaction, unless several looks find only deleted ones.
    fn stored(&mut self) -> Option<usize> {
        let count = self.transactions.len();
        let from = if self.chance(0.5) {
            count.saturating_sub(LATEST)
        } else {
            0
        };
        for _ in 0..8 {
            let number = self.random.random_range(from..count);
            if self.is_stored(number) {
                return Some(number);
            }
        }
        None
    }

    /// Changes one thing: in every second edit the amount.
    fn edit(&mut self) -> Option<Write> {
        let void = self.chance(0.05).then(|| self.void.pop()).flatten();
        let number = void.or_else(|| self.stored())?;
        let before = *self.transactions.get(number)?;
        let (mut after, mut kind) = (before, Kind::Edit);
        match self.random.random_range(0..10) {
            _ if !before.is_stored => return None,
            _ if before.is_void => after.is_void = false,
            0 => after.store = self.random.random_range(0..STORES),
            1 => after.brand = self.random.random_range(0..BRANDS),
            2 => {
                after.is_void = true;
                self.void.push(number);
            }
            3 | 4 => {
                // To any moment before the date of the latest transactions, or on it.
                after.second = self.random.random_range(0..(self.today() + 1) * DAY);
                if after.second != before.second {
                    kind = Kind::Move(before.second);
                }
            }
            _ => after.cents = self.cents(),
        }
        self.set(number, after, kind)
    }

    fn delete(&mut self, number: usize) -> Option<Write> {
        let mut transaction = *self.transactions.get(number)?;
        transaction.is_stored = false;
        self.set(number, transaction, Kind::Deletion)
    }

    fn set(&mut self, number: usize, transaction: Transaction, kind: Kind) -> Option<Write> {
        *self.transactions.get_mut(number)? = transaction;
        Some(Write {
            number: number as u32,
            transaction,
            kind,
        })
    }

    /// Deletes the next transaction of the profiles that are to have none.
    fn empty(&mut self) -> Option<Write> {
        while let Some(transaction) = self.transactions.get(self.emptying) {
            let number = self.emptying;
            self.emptying += 1;
            if transaction.is_stored && transaction.profile % EMPTIED == EMPTIED - 1 {
                return self.delete(number);
            }
        }
        None
    }

    fn is_stored(&self, number: usize) -> bool {
        self.transactions
            .get(number)
            .is_some_and(|transaction| transaction.is_stored)
    }

    fn cents(&mut self) -> i32 {
        let cents = self.random.random_range(100..50_000);
        if self.chance(self.returns) {
            -cents
        } else {
            cents
        }
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability.clamp(0.0, 1.0))
    }
}

impl Iterator for Plan {
    type Item = Write;

    fn next(&mut self) -> Option<Write> {
        if std::mem::take(&mut self.then_edit)
            && let Some(write) = self.edit()
        {
            return Some(write);
        }
        if std::mem::take(&mut self.then_deletion)
            && let Some(number) = self.stored()
            && let Some(write) = self.delete(number)
        {
            return Some(write);
        }
        if self.transactions.len() < self.count as usize {
            return Some(self.add());
        }
        self.empty()
    }
}

#[cfg(test)]
mod tests;
