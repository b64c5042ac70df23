//! What the days up to a date come to.

use chrono::NaiveDate;

use crate::closing::{LONGEST_WINDOW_MONTHS, Past};
use crate::date::{Instant, days_between, months_before};
use crate::day::{Channels, Day};
use crate::ledger::Ledger;
use crate::money::Money;

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

/// The shops at one location.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LocationVisits {
    pub(crate) shops: u64,
    pub(crate) shops_24m: u64,
    pub(crate) shops_12m: u64,
    pub(crate) unnamed: u64,
    /// The last date with a shop; days are taken in their order.
    pub(crate) last: Option<NaiveDate>,
}

impl Sums {
    /// What the days of a ledger up to `today` come to. If that needs the archive, it was taken in.
    pub(crate) fn of(ledger: &Ledger, today: NaiveDate) -> Self {
        let mut sums = Self::new(ledger.locations.len(), ledger.brands.len());
        if let Some(past) = &ledger.closed.past {
            sums.begin(past);
        }
        let (start_12m, start_24m) = (
            months_before(today, 12),
            months_before(today, LONGEST_WINDOW_MONTHS),
        );
        for day in ledger.days.iter().take_while(|day| day.date <= today) {
            sums.add(day, day.date >= start_12m, day.date >= start_24m);
        }
        sums
    }

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

    /// Takes the closed days, all of which lie before every window.
    fn begin(&mut self, past: &Past) {
        self.net = past.net;
        self.transactions = past.transactions;
        self.shops = past.shops;
        (self.first, self.last) = past.span.unzip();
        self.first_shop = past.first_dates.first().copied();
        self.last_shop = past.last_dates.last().copied();
        self.first_shop_location = past.first_shop_location;
        self.channels = past.channels;
        for visits in &past.locations {
            if let Some(sum) = index(visits.location).and_then(|place| self.visits.get_mut(place)) {
                sum.shops = visits.shops;
                sum.unnamed = visits.unnamed;
                sum.last = Some(visits.last);
            }
        }
        for brand in &past.brands {
            if let Some(purchased) = index(*brand).and_then(|place| self.brands.get_mut(place)) {
                *purchased = true;
            }
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

    /// Days from the first to the last shop, and how many gaps between shops they hold; `None` under 2 shops.
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

/// A number of a dictionary as an index.
pub(crate) fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}
