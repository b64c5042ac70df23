//! The past: what closed days come to.

use chrono::NaiveDate;

use crate::date::Instant;
use crate::day::{Channels, Day, Visits, index};
use crate::money::Money;
use crate::sums::Sums;

/// What the closed days come to: all that figures need of days before every window.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Past {
    pub(crate) net: Money,
    pub(crate) transactions: u64,
    pub(crate) shops: u64,
    pub(crate) set_aside: u64,
    /// The first and the last transaction that counts.
    pub(crate) span: Option<(Instant, Instant)>,
    /// Dates with at least one purchase: how many, the first two, the last two, and the net total of the last.
    pub(crate) shopping_dates: u64,
    pub(crate) first_dates: Vec<NaiveDate>,
    pub(crate) last_dates: Vec<NaiveDate>,
    pub(crate) last_net: Money,
    pub(crate) first_shop_location: Option<u32>,
    /// The visits of the last date on which a purchase has a location.
    pub(crate) last_visits: Vec<Visits>,
    pub(crate) channels: Channels,
    /// All locations of purchases, by number.
    pub(crate) locations: Vec<PastVisits>,
    /// All brands, by number.
    pub(crate) brands: Vec<u32>,
}

/// The purchases at one location on closed days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PastVisits {
    pub(crate) location: u32,
    pub(crate) shops: u64,
    pub(crate) unnamed: u64,
    /// The last date with a purchase there.
    pub(crate) last: NaiveDate,
}

impl Past {
    /// Folds the closed days; the one place where a past comes from.
    pub(crate) fn fold(days: &[Day], locations: usize, brands: usize) -> Self {
        let mut sums = Sums::new(locations, brands);
        for day in days {
            sums.add(day, false, false);
        }
        let numbers = || 0_u32..;
        let shopping = || days.iter().filter(|day| day.shops > 0);
        let mut last_dates: Vec<_> = shopping().rev().take(2).map(|day| day.date).collect();
        last_dates.reverse();
        let last_visits = days.iter().rfind(|day| !day.visits.is_empty());
        Self {
            net: sums.net,
            transactions: sums.transactions,
            shops: sums.shops,
            set_aside: days
                .iter()
                .fold(0, |sum, day| sum.saturating_add(day.set_aside)),
            span: sums.first.zip(sums.last),
            shopping_dates: u64::try_from(shopping().count()).unwrap_or(u64::MAX),
            first_dates: shopping().take(2).map(|day| day.date).collect(),
            last_dates,
            last_net: shopping().next_back().map_or(Money::ZERO, |day| day.net),
            first_shop_location: sums.first_shop_location,
            last_visits: last_visits.map_or_else(Vec::new, |day| day.visits.to_vec()),
            channels: sums.channels,
            locations: numbers()
                .zip(&sums.visits)
                .filter_map(|(location, visits)| {
                    Some(PastVisits {
                        location,
                        shops: visits.shops,
                        unnamed: visits.unnamed,
                        last: visits.last?,
                    })
                })
                .collect(),
            brands: numbers()
                .zip(&sums.brands)
                .filter_map(|(brand, purchased)| purchased.then_some(brand))
                .collect(),
        }
    }

    /// Sums that begin with the closed days, all of which lie before every window.
    pub(crate) fn sums(&self, locations: usize, brands: usize) -> Sums {
        let mut sums = Sums::new(locations, brands);
        sums.net = self.net;
        sums.transactions = self.transactions;
        sums.shops = self.shops;
        (sums.first, sums.last) = self.span.unzip();
        sums.first_shop = self.first_dates.first().copied();
        sums.last_shop = self.last_dates.last().copied();
        sums.first_shop_location = self.first_shop_location;
        sums.channels = self.channels;
        for visits in &self.locations {
            if let Some(sum) = index(visits.location).and_then(|place| sums.visits.get_mut(place)) {
                sum.shops = visits.shops;
                sum.unnamed = visits.unnamed;
                sum.last = Some(visits.last);
            }
        }
        for brand in &self.brands {
            if let Some(purchased) = index(*brand).and_then(|place| sums.brands.get_mut(place)) {
                *purchased = true;
            }
        }
        sums
    }
}
