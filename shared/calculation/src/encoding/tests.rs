//! Bytes that no ledger has.

use chrono::NaiveDate;

use super::days::MAX_DAYS;
use super::numbers::within;
use super::*;
use crate::closing::MAX_ARCHIVE_ITEMS;
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
    for (count, fits) in [(MAX_DAYS, true), (MAX_DAYS + 1, false)] {
        let mut ledger = daily(count);
        ledger.closed.since = ledger.days.last().and_then(|day| day.date.succ_opt());
        let encoded = ledger.encode("p", Tag::default());
        let mut stored = Ledger::decode("p", &encoded.ledger).unwrap();
        let damaged = Err(ArchiveError::Damaged(encoded.archive.last().unwrap().year));
        let taken = stored.take_in("p", encoded.archive);
        assert_eq!(taken, if fits { Ok(()) } else { damaged });
    }
}

#[test]
fn days_of_an_archive_item_follow_those_of_the_one_before() {
    let on = |date: &str| Day {
        date: crate::parse_date(date).unwrap(),
        ..day(&[])
    };
    let mut whole = ledger(vec![on("2019-12-31"), on("2020-12-31")]);
    whole.closed.since = crate::parse_date("2021-01-01");
    let encoded = whole.encode("p", Tag::default());
    let [first, second] = encoded.archive.as_slice() else {
        panic!("{:?}", encoded.years);
    };
    for (date, follows) in [
        ("2019-12-30", false),
        ("2019-12-31", false),
        ("2020-01-01", true),
        ("2020-12-31", true),
        // An open day.
        ("2021-01-01", false),
    ] {
        let content = archive::content(&[on(date)], &whole.locations, &whole.brands);
        let item = ArchiveItem::new("p", second.year, second.tag, &content);
        let mut stored = Ledger::decode("p", &encoded.ledger).unwrap();
        let taken = stored.take_in("p", [first.clone(), item]);
        let damaged = Err(ArchiveError::Damaged(second.year));
        assert_eq!(taken, if follows { Ok(()) } else { damaged }, "{date}");
    }
}

#[test]
fn a_ledger_names_no_more_archive_items_than_there_can_be() {
    let mut whole = daily(366 * MAX_ARCHIVE_ITEMS);
    whole.closed.since = whole.days.last().and_then(|day| day.date.succ_opt());
    let encoded = whole.encode("p", Tag::default());
    assert_eq!(encoded.archive.len(), MAX_ARCHIVE_ITEMS);
    let mut stored = Ledger::decode("p", &encoded.ledger).unwrap();
    stored.closed.items.insert(9_999, Tag::default());
    let encoded = stored.encode("p", Tag::default());
    let read = Ledger::decode("p", &encoded.ledger);
    assert_eq!(read, Err(LedgerError::Damaged));
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
        // One date twice, one location a thousand times a day, a location that is not in the dictionary, a second of the next day.
        vec![day(&[0]), day(&[0])],
        vec![day(&[0; 1000])],
        vec![day(&[7])],
        vec![Day {
            last: 86_400,
            ..day(&[0])
        }],
    ] {
        assert_eq!(
            Ledger::decode("p", &ledger(days).encode("p", Tag::default()).ledger).err(),
            Some(LedgerError::Damaged)
        );
    }
}

#[test]
fn a_number_of_a_name_is_less_than_there_are_names() {
    assert_eq!(within(1, 2), Ok(1));
    for number in [2, u64::from(u32::MAX), 1 << 32] {
        assert_eq!(within(number, 2), Err(LedgerError::Damaged), "{number}");
    }
}
