//! Bytes that no ledger has.

use chrono::NaiveDate;

use super::*;
use crate::day::{Channels, Day, Visits};
use crate::money::Money;

fn day(locations: &[u32]) -> Day {
    let visits = |location: &u32| Visits {
        location: *location,
        shops: 1,
        unnamed: 1,
    };
    Day {
        date: NaiveDate::default(),
        net: Money(1),
        transactions: 1,
        shops: 1,
        first: 0,
        last: 0,
        visits: locations.iter().map(visits).collect(),
        first_shop_location: None,
        channels: Channels::default(),
        brands: [].into_iter().collect(),
        set_aside: 0,
    }
}

fn ledger(days: Vec<Day>) -> Ledger {
    let locations = ["a".to_owned()].into_iter().collect();
    Ledger {
        days,
        locations,
        ..Ledger::default()
    }
}

#[test]
fn days_that_no_ledger_has_are_damage() {
    assert!(
        Ledger::decode(
            "p",
            &ledger(vec![day(&[0])]).encode("p", Tag::default()).ledger
        )
        .is_ok()
    );
    for days in [
        // One date twice, one location a thousand times a day, a location that is not in the dictionary.
        vec![day(&[0]), day(&[0])],
        vec![day(&[0; 1000])],
        vec![day(&[7])],
    ] {
        assert_eq!(
            Ledger::decode("p", &ledger(days).encode("p", Tag::default()).ledger).err(),
            Some(LedgerError::Damaged)
        );
    }
}
