//! A transaction as the driver remembers it, in 16 bytes, and as it is written.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// Days of the dates.
pub(crate) const DAYS: u32 = 3 * 365;
/// Seconds of a day.
pub(crate) const DAY: u32 = 86_400;
/// Stores, from 0 on. In the first one purchases are made on the website.
pub(crate) const STORES: u8 = 20;
/// Brands, from 0 on.
pub(crate) const BRANDS: u8 = 12;

/// A transaction as the driver remembers it. Its number, which is its id, is its place among all of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Transaction {
    pub profile: u32,
    /// Seconds since the begin of the [first date](first_date).
    pub second: u32,
    pub cents: i32,
    pub store: u8,
    pub brand: u8,
    pub is_void: bool,
    /// Whether it is stored, or was deleted.
    pub is_stored: bool,
}

impl Transaction {
    /// Whether it is a purchase, and no return.
    pub fn is_purchase(&self) -> bool {
        self.cents > 0
    }

    /// Whether it counts: it is stored and not void.
    pub fn counts(&self) -> bool {
        self.is_stored && !self.is_void
    }

    pub fn is_on_website(&self) -> bool {
        self.store == 0
    }

    /// When it took place.
    pub fn instant(&self, until: NaiveDate) -> NaiveDateTime {
        instant(self.second, until)
    }

    /// The key of the item.
    pub fn key(&self, number: u32, until: NaiveDate) -> HashMap<String, AttributeValue> {
        let id = format!("t{number}");
        key(&profile_id(self.profile), self.instant(until), &id)
    }

    /// The item, key included.
    pub fn item(&self, number: u32, until: NaiveDate) -> HashMap<String, AttributeValue> {
        let line = [
            ("brand", AttributeValue::S(brand(self.brand))),
            ("quantity", AttributeValue::N("1".to_owned())),
        ];
        let line = line.map(|(name, value)| (name.to_owned(), value));
        let channel = if self.is_on_website() {
            "website"
        } else {
            "pos"
        };
        let mut item = self.key(number, until);
        item.extend(
            [
                ("total", AttributeValue::N(money(self.cents.into()))),
                ("location_id", AttributeValue::S(store(self.store))),
                ("channel", AttributeValue::S(channel.to_owned())),
                (
                    "items",
                    AttributeValue::L(vec![AttributeValue::M(line.into())]),
                ),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if self.is_void {
            item.insert("is_void".to_owned(), AttributeValue::Bool(true));
        }
        item
    }
}

/// The key of a transaction.
pub(crate) fn key(
    profile: &str,
    instant: NaiveDateTime,
    id: &str,
) -> HashMap<String, AttributeValue> {
    let instant = instant.format("%Y-%m-%dT%H:%M:%SZ");
    HashMap::from([
        (
            "pk".to_owned(),
            AttributeValue::S(format!("PROFILE#{profile}")),
        ),
        (
            "sk".to_owned(),
            AttributeValue::S(format!("TXN#{instant}#{id}")),
        ),
    ])
}

/// The first date of those that end at `until`.
pub(crate) fn first_date(until: NaiveDate) -> NaiveDate {
    until - Days::new(u64::from(DAYS) - 1)
}

/// The instant so many seconds after the begin of the first date.
pub(crate) fn instant(second: u32, until: NaiveDate) -> NaiveDateTime {
    first_date(until).and_time(NaiveTime::MIN) + TimeDelta::seconds(second.into())
}

/// The id of a profile.
pub(crate) fn profile_id(profile: u32) -> String {
    format!("customer-{profile}")
}

/// The id of a store.
pub(crate) fn store(store: u8) -> String {
    format!("store-{store}")
}

/// The name of a brand.
pub(crate) fn brand(brand: u8) -> String {
    format!("brand-{brand}")
}

/// An amount in its shortest exact form.
pub(crate) fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    match rest {
        0 => format!("{sign}{whole}"),
        tens if tens % 10 == 0 => format!("{sign}{whole}.{}", tens / 10),
        _ => format!("{sign}{whole}.{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_its_shortest_form() {
        let amounts = [
            (0, "0"),
            (5, "0.05"),
            (-5, "-0.05"),
            (50, "0.5"),
            (-1_250, "-12.5"),
            (200_000, "2000"),
        ];
        for (cents, text) in amounts {
            assert_eq!(money(cents), text);
        }
    }

    #[test]
    fn many_transactions_take_little_memory() {
        assert_eq!(size_of::<Transaction>(), 16);
    }
}
