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
    Edit,
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
            emptying: 0,
            then_edit: false,
            then_deletion: false,
        }
    }

    /// Every transaction there was, by its number.
    pub fn into_transactions(self) -> Vec<Transaction> {
        self.transactions
    }

    fn add(&mut self) -> Write {
        let number = self.transactions.len() as u32;
        let today = (u64::from(number) * u64::from(DAYS) / u64::from(self.count)) as u32;
        let day = if self.chance(self.backdated) {
            self.random.random_range(0..=today)
        } else {
            today
        };
        let transaction = Transaction {
            profile: self.profiles.one(&mut self.random),
            second: day * DAY + self.random.random_range(0..DAY),
            cents: self.cents(),
            store: self.random.random_range(0..STORES),
            brand: self.random.random_range(0..BRANDS),
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

    /// Changes a stored transaction, unless several looks find only deleted ones.
    fn change(&mut self, kind: Kind) -> Option<Write> {
        let count = self.transactions.len();
        let from = if self.chance(0.5) {
            count.saturating_sub(LATEST)
        } else {
            0
        };
        let cents = self.cents();
        for _ in 0..8 {
            let number = self.random.random_range(from..count);
            if self.is_stored(number) {
                return self.changed(number, kind, cents);
            }
        }
        None
    }

    fn changed(&mut self, number: usize, kind: Kind, cents: i32) -> Option<Write> {
        let transaction = self.transactions.get_mut(number)?;
        match kind {
            Kind::Deletion => transaction.is_stored = false,
            Kind::New | Kind::Edit => transaction.cents = cents,
        }
        Some(Write {
            number: number as u32,
            transaction: *transaction,
            kind,
        })
    }

    /// Deletes the next transaction of the profiles that are to have none.
    fn empty(&mut self) -> Option<Write> {
        while let Some(transaction) = self.transactions.get(self.emptying) {
            let number = self.emptying;
            self.emptying += 1;
            if transaction.is_stored && transaction.profile % EMPTIED == EMPTIED - 1 {
                return self.changed(number, Kind::Deletion, 0);
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
            && let Some(write) = self.change(Kind::Edit)
        {
            return Some(write);
        }
        if std::mem::take(&mut self.then_deletion)
            && let Some(write) = self.change(Kind::Deletion)
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
mod tests {
    use clap::Parser;

    use super::*;

    fn plan(seed: &str) -> Plan {
        plan_of(&format!(
            "--transactions 20000 --profiles 1000 --seed {seed}"
        ))
    }

    fn plan_of(flags: &str) -> Plan {
        let arguments = Arguments::parse_from(["load"].into_iter().chain(flags.split(' ')));
        let profiles = Profiles::new(&arguments).unwrap();
        Plan::new(&arguments, profiles)
    }

    #[test]
    fn the_same_seed_makes_the_same_writes() {
        let first: Vec<Write> = plan("7").collect();
        assert_eq!(first, plan("7").collect::<Vec<_>>());
        assert_ne!(first, plan("8").collect::<Vec<_>>());
    }

    #[test]
    fn there_are_as_many_of_each_kind_as_the_flags_say() {
        let writes: Vec<Write> = plan("1").collect();
        let of = |kind| writes.iter().filter(|write| write.kind == kind).count();
        assert_eq!(of(Kind::New), 20_000);
        assert!((900..1_100).contains(&of(Kind::Edit)));
        // The emptied profiles come on top.
        assert!((400..1_000).contains(&of(Kind::Deletion)));
        let returns = writes
            .iter()
            .filter(|write| !write.transaction.is_purchase());
        assert!((900..1_200).contains(&returns.count()));
    }

    #[test]
    fn profiles_are_skewed_and_some_end_with_nothing() {
        let mut plan = plan("1");
        plan.by_ref().for_each(drop);
        let transactions = plan.into_transactions();
        let of = |profile| {
            let all = transactions.iter();
            let all = all.filter(move |transaction| transaction.profile == profile);
            (all.clone().count(), all.filter(|one| one.is_stored).count())
        };
        let counts: Vec<_> = (0..1_000).map(of).collect();
        assert!(counts.iter().any(|(all, _)| *all > 400));
        assert!(counts.iter().any(|(all, _)| *all < 20));
        let emptied = counts.iter().skip(99).step_by(100);
        assert!(emptied.clone().all(|(_, stored)| *stored == 0));
        assert!(emptied.clone().any(|(all, _)| *all > 0));
    }

    #[test]
    fn a_single_profile_keeps_transactions() {
        let mut plan = plan_of("--transactions 200 --profiles 1");
        plan.by_ref().for_each(drop);
        let transactions = plan.into_transactions();
        assert!(transactions.iter().filter(|one| one.is_stored).count() > 100);
    }
}
