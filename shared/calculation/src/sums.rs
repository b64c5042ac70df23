//! What the days up to a date come to.

use chrono::NaiveDate;

use crate::date::{Instant, days_between, months_before};
use crate::day::{Channels, Day, index};
use crate::money::Money;

/// The longest window of any figure.
pub(crate) const LONGEST_WINDOW_MONTHS: u32 = 24;

/// What the days up to a date come to.
#[derive(Debug)]
pub(crate) struct Sums {
    pub(crate) net: Money,
    pub(crate) net_12m: Money,
    pub(crate) transactions: u64,
    pub(crate) shops: u64,
    pub(crate) shops_12m: u64,
    pub(crate) first: Option<Instant>,
    pub(crate) last: Option<Instant>,
    pub(crate) first_shop: Option<NaiveDate>,
    pub(crate) last_shop: Option<NaiveDate>,
    pub(crate) first_shop_location: Option<u32>,
    pub(crate) channels: Channels,
    /// By the location's number.
    pub(crate) visits: Vec<LocationVisits>,
    /// Whether each brand, by its number, was purchased.
    pub(crate) brands: Vec<bool>,
}

/// The purchases at one location.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LocationVisits {
    pub(crate) shops: u64,
    pub(crate) shops_24m: u64,
    pub(crate) shops_12m: u64,
    pub(crate) unnamed: u64,
    /// The last date with a purchase; days are taken in their order.
    pub(crate) last: Option<NaiveDate>,
}

impl Sums {
    /// Nothing yet, of so many locations and brands.
    pub(crate) fn new(locations: usize, brands: usize) -> Self {
        Self {
            net: Money::ZERO,
            net_12m: Money::ZERO,
            transactions: 0,
            shops: 0,
            shops_12m: 0,
            first: None,
            last: None,
            first_shop: None,
            last_shop: None,
            first_shop_location: None,
            channels: Channels::default(),
            visits: vec![LocationVisits::default(); locations],
            brands: vec![false; brands],
        }
    }

    /// Takes the next day.
    pub(crate) fn add(&mut self, day: &Day, in_12m: bool, in_24m: bool) {
        self.net = self.net.plus(day.net);
        self.transactions = self.transactions.saturating_add(day.transactions);
        self.shops = self.shops.saturating_add(day.shops);
        if in_12m {
            self.net_12m = self.net_12m.plus(day.net);
            self.shops_12m = self.shops_12m.saturating_add(day.shops);
        }
        if day.transactions > 0 {
            self.first = self.first.or(Some(Instant {
                date: day.date,
                second: day.first,
            }));
            self.last = Some(Instant {
                date: day.date,
                second: day.last,
            });
        }
        if day.shops > 0 {
            self.first_shop = self.first_shop.or(Some(day.date));
            self.last_shop = Some(day.date);
        }
        self.first_shop_location = self.first_shop_location.or(day.first_shop_location);
        self.channels.add_all(day.channels);
        for visits in &day.visits {
            let Some(sum) = index(visits.location).and_then(|place| self.visits.get_mut(place))
            else {
                continue;
            };
            sum.shops = sum.shops.saturating_add(visits.shops);
            if in_24m {
                sum.shops_24m = sum.shops_24m.saturating_add(visits.shops);
            }
            if in_12m {
                sum.shops_12m = sum.shops_12m.saturating_add(visits.shops);
            }
            sum.unnamed = sum.unnamed.saturating_add(visits.unnamed);
            sum.last = Some(day.date);
        }
        for brand in &day.brands {
            if let Some(purchased) = index(*brand).and_then(|place| self.brands.get_mut(place)) {
                *purchased = true;
            }
        }
    }

    /// A day that was taken is no longer in the last 12 months.
    pub(crate) fn leave_12m(&mut self, day: &Day) {
        self.net_12m = self.net_12m.minus(day.net);
        self.shops_12m = self.shops_12m.saturating_sub(day.shops);
        for visits in &day.visits {
            if let Some(sum) = index(visits.location).and_then(|place| self.visits.get_mut(place)) {
                sum.shops_12m = sum.shops_12m.saturating_sub(visits.shops);
            }
        }
    }

    /// A day that was taken is no longer in the last 24 months.
    pub(crate) fn leave_24m(&mut self, day: &Day) {
        for visits in &day.visits {
            if let Some(sum) = index(visits.location).and_then(|place| self.visits.get_mut(place)) {
                sum.shops_24m = sum.shops_24m.saturating_sub(visits.shops);
            }
        }
    }

    /// Days from the first to the last purchase, and how many gaps between purchases they hold; `None` under 2 purchases.
    fn gaps(&self) -> Option<(i64, i64)> {
        let gaps = i64::try_from(self.shops)
            .unwrap_or(i64::MAX)
            .saturating_sub(1);
        let days = days_between(self.first_shop?, self.last_shop?);
        (gaps > 0).then_some((days, gaps))
    }

    pub(crate) fn shop_days(&self) -> Option<i64> {
        let (days, gaps) = self.gaps()?;
        let whole = days.checked_div(gaps)?;
        let rest = days.checked_rem(gaps)?;
        Some(whole.saturating_add(i64::from(rest >= gaps.saturating_sub(rest))))
    }

    pub(crate) fn frequency(&self) -> &'static str {
        match (self.shops, self.gaps()) {
            (0, _) => "F0",
            (1, _) => "F1",
            (2, _) => "F2",
            (_, Some((days, gaps))) if days > gaps.saturating_mul(30) => "FL",
            _ => "FH",
        }
    }

    pub(crate) fn recency(&self, today: NaiveDate) -> &'static str {
        let Some(last) = self.last_shop else {
            return "R0";
        };
        [(3, "RC"), (6, "RS"), (12, "RA")]
            .into_iter()
            .find(|(months, _)| last >= months_before(today, *months))
            .map_or("RI", |(_, dimension)| dimension)
    }
}
