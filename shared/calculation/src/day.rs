//! One shopping day: what all transactions of a UTC date come to.

use chrono::NaiveDate;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use smallvec::SmallVec;

use crate::money::Money;
use crate::set_aside::{Listed, ListedKey, SetAsideReason, list};
use crate::transaction::{Channel, Transaction};

/// Names by number: location ids, or brands.
pub(crate) type Dictionary = IndexSet<String, RandomState>;

/// What all transactions of one date come to. Numbers of locations and brands point into the ledger's dictionaries.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    /// Sum of the totals, returns subtracting.
    pub(crate) net: Money,
    /// Transactions that count; purchases are among them.
    pub(crate) transactions: u64,
    pub(crate) shops: u64,
    /// Seconds since midnight of the first and last transaction; 0 if there is none.
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Purchases by location, sorted by location, each location once.
    pub(crate) visits: SmallVec<[Visits; 1]>,
    /// The location of the first purchase that has one; it is among the visits.
    pub(crate) first_shop_location: Option<u32>,
    /// Channels that purchases name themselves.
    pub(crate) channels: Channels,
    /// Brands, sorted, each once.
    pub(crate) brands: SmallVec<[u32; 2]>,
    /// Transactions set aside whose key begins with this date.
    pub(crate) set_aside: u64,
}

/// The purchases at one location on one date.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Visits {
    pub(crate) location: u32,
    pub(crate) shops: u64,
    /// How many of the purchases name no channel of their own, so that the location's type speaks for them.
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

    /// As it is stored: 1 for the point of sale, 2 for the website, 3 for both.
    pub(crate) fn bits(self) -> u8 {
        u8::from(self.point_of_sale) | (u8::from(self.website) << 1)
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self {
            point_of_sale: bits & 1 != 0,
            website: bits & 2 != 0,
        }
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        self.point_of_sale |= other.point_of_sale;
        self.website |= other.website;
    }
}

/// All transactions of one date, as far as they were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct DayFold {
    /// What they come to so far; its numbers point into the two dictionaries.
    pub(crate) day: Day,
    pub(crate) locations: Dictionary,
    pub(crate) brands: Dictionary,
    /// The second and id of the first purchase that has a location.
    first_shop: Option<(u32, String)>,
    pub(crate) listed: Listed,
}

impl DayFold {
    pub(crate) fn new(date: NaiveDate) -> Box<Self> {
        let mut fold = Box::<Self>::default();
        fold.day.date = date;
        fold
    }

    /// Takes a transaction that cannot be counted.
    pub(crate) fn set_aside(&mut self, key: ListedKey, reason: SetAsideReason) {
        self.day.set_aside = self.day.set_aside.saturating_add(1);
        list(&mut self.listed, key, reason);
    }

    /// Takes a transaction that counts.
    pub(crate) fn add(&mut self, transaction: &Transaction<'_>) {
        let (day, second) = (&mut self.day, transaction.instant.second);
        day.net = day.net.plus(transaction.total);
        if day.transactions == 0 {
            (day.first, day.last) = (second, second);
        }
        (day.first, day.last) = (day.first.min(second), day.last.max(second));
        day.transactions = day.transactions.saturating_add(1);
        for brand in &transaction.brands {
            let brand = number_of(&mut self.brands, brand);
            if let Err(place) = day.brands.binary_search(&brand) {
                day.brands.insert(place, brand);
            }
        }
        if !transaction.is_purchase() {
            return;
        }
        day.shops = day.shops.saturating_add(1);
        if let Some(channel) = transaction.channel {
            day.channels.add(channel);
        }
        let Some(location) = transaction.location else {
            return;
        };
        let location = number_of(&mut self.locations, location);
        day.add_visit(location, transaction.channel.is_none());
        // Of two at the same instant, the one whose transaction id sorts first.
        let this = (second, transaction.id);
        let is_first = self
            .first_shop
            .as_ref()
            .is_none_or(|(second, id)| this < (*second, id.as_str()));
        if is_first {
            self.first_shop = Some((second, transaction.id.to_owned()));
            day.first_shop_location = Some(location);
        }
    }
}

impl Day {
    /// Whether there is nothing to keep.
    pub(crate) fn is_empty(&self) -> bool {
        self.transactions == 0 && self.set_aside == 0
    }

    fn add_visit(&mut self, location: u32, is_unnamed: bool) {
        let place = self
            .visits
            .binary_search_by_key(&location, |visits| visits.location);
        let place = place.unwrap_or_else(|place| {
            let visits = Visits {
                location,
                ..Visits::default()
            };
            self.visits.insert(place, visits);
            place
        });
        if let Some(visits) = self.visits.get_mut(place) {
            visits.shops = visits.shops.saturating_add(1);
            visits.unnamed = visits.unnamed.saturating_add(u64::from(is_unnamed));
        }
    }

    /// Gives locations and brands other numbers: each the one that stands in the place of its old one.
    pub(crate) fn renumber(&mut self, locations: &[u32], brands: &[u32]) {
        let renumber = |number: &mut u32, numbers: &[u32]| {
            if let Some(new) = index(*number).and_then(|place| numbers.get(place)) {
                *number = *new;
            }
        };
        for visits in &mut self.visits {
            renumber(&mut visits.location, locations);
        }
        self.visits.sort_unstable_by_key(|visits| visits.location);
        if let Some(location) = &mut self.first_shop_location {
            renumber(location, locations);
        }
        for brand in &mut self.brands {
            renumber(brand, brands);
        }
        self.brands.sort_unstable();
    }
}

/// The numbers that names of one dictionary have in another, to which they are added.
pub(crate) fn numbers_in(dictionary: &mut Dictionary, names: &Dictionary) -> Vec<u32> {
    names
        .iter()
        .map(|name| number_of(dictionary, name))
        .collect()
}

/// The names of a dictionary that have one of `numbers`.
pub(crate) fn names_of(
    dictionary: &Dictionary,
    numbers: impl Iterator<Item = u32>,
) -> impl Iterator<Item = &str> {
    let mut used = vec![false; dictionary.len()];
    for number in numbers {
        if let Some(used) = index(number).and_then(|place| used.get_mut(place)) {
            *used = true;
        }
    }
    let names = dictionary.iter().zip(used);
    names.filter_map(|(name, used)| used.then_some(name.as_str()))
}

/// A number of a dictionary as an index.
pub(crate) fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

/// The number of a name, which is added if it is new.
pub(crate) fn number_of(dictionary: &mut Dictionary, name: &str) -> u32 {
    let place = match dictionary.get_index_of(name) {
        Some(place) => place,
        None => dictionary.insert_full(name.to_owned()).0,
    };
    // A dictionary of 2^32 names would not fit an item by far.
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::date::Instant;

    fn purchase<'a>(id: &'a str, second: u32, location: &'a str) -> Transaction<'a> {
        let date = NaiveDate::default();
        Transaction {
            instant: Instant { date, second },
            id,
            total: Money(1),
            location: Some(location),
            channel: None,
            brands: smallvec!["Acme", "Acme", "Best"],
        }
    }

    fn fold(transactions: &[Transaction<'_>]) -> (Day, Dictionary) {
        let mut fold = DayFold::new(NaiveDate::default());
        for transaction in transactions {
            fold.add(transaction);
        }
        (fold.day, fold.locations)
    }

    #[test]
    fn every_brand_and_location_is_kept_once() {
        let (day, _) = fold(&[
            purchase("a", 5, "x"),
            purchase("b", 6, "y"),
            purchase("c", 7, "x"),
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
                order.map(|id| purchase(id, 5, if id == "a" { "first" } else { "other" }));
            let (day, locations) = fold(&transactions);
            let number = usize::try_from(day.first_shop_location.unwrap()).unwrap();
            assert_eq!(locations[number], "first");
        }
    }
}
