//! Bytes that no ledger has.

use chrono::NaiveDate;

use super::days::MAX_DAYS;
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

/// A purchase each day, every one like the others, so that a column takes two bytes.
fn daily(count: usize) -> Ledger {
    let mut days = vec![day(&[]); count];
    let mut date = NaiveDate::from_num_days_from_ce_opt(1).unwrap();
    for day in &mut days {
        day.date = date;
        date = date.succ_opt().unwrap();
    }
    ledger(days)
}

#[test]
fn few_bytes_hold_no_more_days_than_a_ledger_has() {
    let most = daily(MAX_DAYS);
    assert!(!most.has_too_many_days());
    let encoded = most.encode("p", Tag::default());
    assert!(encoded.ledger.len() < 64);
    assert_eq!(
        Ledger::decode("p", &encoded.ledger).unwrap().days,
        most.days
    );
    let more = daily(MAX_DAYS + 1);
    assert!(more.has_too_many_days());
    let encoded = more.encode("p", Tag::default());
    assert_eq!(
        Ledger::decode("p", &encoded.ledger),
        Err(LedgerError::Damaged)
    );
}

#[test]
fn archive_items_together_hold_no_more_days_either() {
    let mut ledger = daily(MAX_DAYS + 1);
    ledger.closed.since = ledger.days.last().and_then(|day| day.date.succ_opt());
    let encoded = ledger.encode("p", Tag::default());
    let mut stored = Ledger::decode("p", &encoded.ledger).unwrap();
    let year = encoded.archive.last().unwrap().year;
    let taken = stored.take_in("p", encoded.archive);
    assert_eq!(taken, Err(ArchiveError::Damaged(year)));
}

/// Net totals whose difference takes 128 bits.
#[test]
fn any_net_totals_come_back() {
    let mut ledger = daily(2);
    ledger.days[0].net = Money(i128::MIN);
    ledger.days[1].net = Money(i128::MAX);
    let encoded = ledger.encode("p", Tag::default());
    let read = Ledger::decode("p", &encoded.ledger).unwrap();
    assert_eq!(read.days, ledger.days);
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
