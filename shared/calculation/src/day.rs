//! One shopping day: what all transactions of a UTC date come to.

use chrono::NaiveDate;
use indexmap::{IndexMap, IndexSet};
use smallvec::SmallVec;

use crate::money::Money;
use crate::set_aside::{Listed, ListedKey, SetAsideReason, list};
use crate::transaction::{Channel, Transaction};

/// Names by number: location ids, or brands.
pub(crate) type Dictionary = IndexSet<String>;

/// What all transactions of one date come to. Numbers of locations and brands point into the ledger's dictionaries.
#[derive(Clone, Debug, Eq, PartialEq)]
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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

    pub(crate) fn add_all(&mut self, other: Self) {
        self.point_of_sale |= other.point_of_sale;
        self.website |= other.website;
    }
}

/// All transactions of one date, as far as they were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct DayFold {
    net: Money,
    transactions: u64,
    shops: u64,
    /// Seconds since midnight; there are none before the first transaction.
    span: Option<(u32, u32)>,
    locations: IndexMap<String, Shops>,
    /// The second and id of the first purchase that has a location, and the location's place among `locations`.
    first_shop: Option<(u32, String, usize)>,
    channels: Channels,
    brands: IndexSet<String>,
    pub(crate) set_aside: u64,
    pub(crate) listed: Listed,
}

/// How many purchases, and how many of them name no channel.
#[derive(Clone, Copy, Debug, Default)]
struct Shops {
    shops: u64,
    unnamed: u64,
}

impl DayFold {
    /// Takes a transaction that cannot be counted.
    pub(crate) fn set_aside(&mut self, key: ListedKey, reason: SetAsideReason) {
        self.set_aside = self.set_aside.saturating_add(1);
        list(&mut self.listed, key, reason);
    }

    /// Takes a transaction that counts.
    pub(crate) fn add(&mut self, transaction: &Transaction<'_>) {
        let second = transaction.instant.second;
        self.net = self.net.plus(transaction.total);
        self.transactions = self.transactions.saturating_add(1);
        let (first, last) = self.span.unwrap_or((second, second));
        self.span = Some((first.min(second), last.max(second)));
        for brand in &transaction.brands {
            place_of(&mut self.brands, brand);
        }
        if !transaction.is_purchase() {
            return;
        }
        self.shops = self.shops.saturating_add(1);
        if let Some(channel) = transaction.channel {
            self.channels.add(channel);
        }
        let Some(location) = transaction.location else {
            return;
        };
        let place = match self.locations.get_index_of(location) {
            Some(place) => place,
            None => {
                self.locations
                    .insert_full(location.to_owned(), Shops::default())
                    .0
            }
        };
        if let Some((_, shops)) = self.locations.get_index_mut(place) {
            shops.shops = shops.shops.saturating_add(1);
            let unnamed = u64::from(transaction.channel.is_none());
            shops.unnamed = shops.unnamed.saturating_add(unnamed);
        }
        // Of two at the same instant, the one whose transaction id sorts first.
        let this = (second, transaction.id);
        let is_first = self
            .first_shop
            .as_ref()
            .is_none_or(|(second, id, _)| this < (*second, id.as_str()));
        if is_first {
            self.first_shop = Some((second, transaction.id.to_owned(), place));
        }
    }

    /// The day, with its names in the ledger's dictionaries; `None` if there is nothing to keep.
    pub(crate) fn day(
        &self,
        date: NaiveDate,
        locations: &mut Dictionary,
        brands: &mut Dictionary,
    ) -> Option<Day> {
        if self.transactions == 0 && self.set_aside == 0 {
            return None;
        }
        let (first, last) = self.span.unwrap_or_default();
        let mut visits: SmallVec<[Visits; 1]> = self
            .locations
            .iter()
            .map(|(location, shops)| Visits {
                location: number_of(locations, location),
                shops: shops.shops,
                unnamed: shops.unnamed,
            })
            .collect();
        let first_shop_location = self
            .first_shop
            .as_ref()
            .and_then(|(_, _, place)| Some(visits.get(*place)?.location));
        visits.sort_unstable_by_key(|visits| visits.location);
        let mut brands: SmallVec<[u32; 2]> = self
            .brands
            .iter()
            .map(|brand| number_of(brands, brand))
            .collect();
        brands.sort_unstable();
        Some(Day {
            date,
            net: self.net,
            transactions: self.transactions,
            shops: self.shops,
            first,
            last,
            visits,
            first_shop_location,
            channels: self.channels,
            brands,
            set_aside: self.set_aside,
        })
    }
}

/// The place of a name, which is added if it is new.
fn place_of(names: &mut IndexSet<String>, name: &str) -> usize {
    match names.get_index_of(name) {
        Some(place) => place,
        None => names.insert_full(name.to_owned()).0,
    }
}

/// A number of a dictionary as an index.
pub(crate) fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

/// The number of a name, which is added if it is new.
pub(crate) fn number_of(dictionary: &mut Dictionary, name: &str) -> u32 {
    // A dictionary of 2^32 names would not fit an item by far.
    u32::try_from(place_of(dictionary, name)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
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
            brands: vec!["Acme", "Acme", "Best"],
        }
    }

    fn fold(transactions: &[Transaction<'_>]) -> (Day, Dictionary) {
        let (mut locations, mut brands) = (Dictionary::new(), Dictionary::new());
        let mut fold = DayFold::default();
        for transaction in transactions {
            fold.add(transaction);
        }
        let day = fold.day(NaiveDate::default(), &mut locations, &mut brands);
        (day.unwrap(), locations)
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
