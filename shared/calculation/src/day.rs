//! One shopping day: what all transactions of a UTC date come to.

use chrono::NaiveDate;
use indexmap::IndexSet;
use smallvec::SmallVec;

use crate::money::Money;
use crate::transaction::{Channel, Transaction};

/// Names by number: location ids, or brands.
pub(crate) type Dictionary = IndexSet<String>;

/// What all transactions of one date come to. Numbers of locations and brands point into the ledger's dictionaries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    /// Sum of the totals, returns subtracting.
    pub(crate) net: Money,
    /// Transactions that count; shops are among them.
    pub(crate) transactions: u64,
    pub(crate) shops: u64,
    /// Seconds since midnight of the first and last transaction; 0 if there is none.
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Shops by location, sorted by location, each location once.
    pub(crate) visits: SmallVec<[Visits; 1]>,
    /// The location of the first shop that has one; it is among the visits.
    pub(crate) first_shop_location: Option<u32>,
    /// Channels that shops name themselves.
    pub(crate) channels: Channels,
    /// Brands, sorted, each once.
    pub(crate) brands: SmallVec<[u32; 2]>,
    /// Transactions set aside whose key begins with this date.
    pub(crate) set_aside: u64,
}

/// The shops at one location on one date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Visits {
    pub(crate) location: u32,
    pub(crate) shops: u64,
    /// How many of the shops name no channel of their own, so that the location's type speaks for them.
    pub(crate) unnamed: u64,
}

/// A set of channels.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Channels {
    pub(crate) point_of_sale: bool,
    pub(crate) website: bool,
}

impl Channels {
    pub(crate) fn add(&mut self, channel: Channel) {
        match channel {
            Channel::PointOfSale => self.point_of_sale = true,
            Channel::Website => self.website = true,
        }
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        self.point_of_sale |= other.point_of_sale;
        self.website |= other.website;
    }
}

impl Day {
    /// Folds all transactions of one date, in any order. `None` if there is nothing to keep.
    pub(crate) fn fold<'a>(
        date: NaiveDate,
        transactions: impl IntoIterator<Item = Transaction<'a>>,
        set_aside: u64,
        locations: &mut Dictionary,
        brands: &mut Dictionary,
    ) -> Option<Self> {
        let mut day = Self {
            date,
            net: Money::ZERO,
            transactions: 0,
            shops: 0,
            first: u32::MAX,
            last: 0,
            visits: SmallVec::new(),
            first_shop_location: None,
            channels: Channels::default(),
            brands: SmallVec::new(),
            set_aside,
        };
        let mut first_shop: Option<(u32, &str)> = None;
        for transaction in transactions {
            let second = transaction.instant.second;
            day.net = day.net.plus(transaction.total);
            day.transactions = day.transactions.saturating_add(1);
            day.first = day.first.min(second);
            day.last = day.last.max(second);
            day.brands.extend(
                transaction
                    .brands
                    .iter()
                    .map(|brand| number_of(brands, brand)),
            );
            if !transaction.is_shop() {
                continue;
            }
            day.shops = day.shops.saturating_add(1);
            if let Some(channel) = transaction.channel {
                day.channels.add(channel);
            }
            if let Some(location) = transaction.location {
                let location = number_of(locations, location);
                day.visit(location, transaction.channel.is_none());
                // Of two at the same instant, the one whose transaction id sorts first.
                let this = (second, transaction.id);
                if first_shop.is_none_or(|first| this < first) {
                    first_shop = Some(this);
                    day.first_shop_location = Some(location);
                }
            }
        }
        if day.transactions == 0 && set_aside == 0 {
            return None;
        }
        day.first = day.first.min(day.last);
        day.visits.sort_unstable_by_key(|visits| visits.location);
        day.brands.sort_unstable();
        day.brands.dedup();
        Some(day)
    }

    fn visit(&mut self, location: u32, unnamed: bool) {
        let unnamed = u64::from(unnamed);
        if let Some(visits) = self
            .visits
            .iter_mut()
            .find(|visits| visits.location == location)
        {
            visits.shops = visits.shops.saturating_add(1);
            visits.unnamed = visits.unnamed.saturating_add(unnamed);
        } else {
            self.visits.push(Visits {
                location,
                shops: 1,
                unnamed,
            });
        }
    }
}

/// The number of a name, which is added if it is new.
fn number_of(dictionary: &mut Dictionary, name: &str) -> u32 {
    let index = match dictionary.get_index_of(name) {
        Some(index) => index,
        None => dictionary.insert_full(name.to_owned()).0,
    };
    // A dictionary of 2^32 names would not fit an item by far.
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::Instant;

    fn shop<'a>(id: &'a str, second: u32, location: &'a str) -> Transaction<'a> {
        let date = NaiveDate::default();
        Transaction {
            instant: Instant { date, second },
            id,
            total: Money(1),
            location: Some(location),
            channel: None,
            brands: vec!["Acme", "Acme", "Best"],
        }
    }

    fn fold(transactions: Vec<Transaction<'_>>) -> (Day, Dictionary) {
        let (mut locations, mut brands) = (Dictionary::new(), Dictionary::new());
        let day = Day::fold(
            NaiveDate::default(),
            transactions,
            0,
            &mut locations,
            &mut brands,
        );
        (day.unwrap(), locations)
    }

    #[test]
    fn every_brand_and_location_is_kept_once() {
        let (day, _) = fold(vec![
            shop("a", 5, "x"),
            shop("b", 6, "y"),
            shop("c", 7, "x"),
        ]);
        assert_eq!(day.brands.as_slice(), [0, 1]);
        let shops: Vec<u64> = day.visits.iter().map(|visits| visits.shops).collect();
        assert_eq!(shops, [2, 1]);
        assert_eq!((day.first, day.last), (5, 7));
    }

    #[test]
    fn of_shops_at_one_instant_the_id_that_sorts_first_is_the_first() {
        for order in [["a", "b"], ["b", "a"]] {
            let transactions =
                order.map(|id| shop(id, 5, if id == "a" { "first" } else { "other" }));
            let (day, locations) = fold(transactions.to_vec());
            let number = usize::try_from(day.first_shop_location.unwrap()).unwrap();
            assert_eq!(locations[number], "first");
        }
    }
}
