//! A stored ledger, bytes and content: what guards the format. The bytes were compared with an encoder that somebody else
//! wrote from the description in `encoding` alone.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::date::parse_date;
use crate::day::{Channels, Day, Visits};
use crate::money::Money;
use crate::past::{Past, PastVisits};
use crate::set_aside::{ListedKey, SetAside, SetAsideReason};

const PROFILE_ID: &str = "sample@shop.example";
/// The bytes, in hexadecimal, as many lines as it takes.
const LEDGER: &str = include_str!("sample-ledger.hex");
const ARCHIVE_ITEM: &str = include_str!("sample-archive-item.hex");
const ARCHIVE_YEAR: u16 = 2028;

fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A day: date, net total in units of 0.0001, transactions, purchases, first and last second, channels, brands, set aside.
type DayContent<'a> = (&'a str, i128, [u64; 2], [u32; 2], u8, &'a [u32], u64);

fn visits([location, shops, unnamed]: [u64; 3]) -> Visits {
    Visits {
        location: u32::try_from(location).unwrap(),
        shops,
        unnamed,
    }
}

fn day(content: DayContent<'_>, of_day: &[[u64; 3]], first_shop_location: Option<u32>) -> Day {
    let (date, net, [transactions, shops], [first, last], channels, brands, set_aside) = content;
    Day {
        date: parse_date(date).unwrap(),
        net: Money(net),
        transactions,
        shops,
        first,
        last,
        visits: of_day.iter().copied().map(visits).collect(),
        first_shop_location,
        channels: Channels {
            point_of_sale: channels & 1 != 0,
            website: channels & 2 != 0,
        },
        brands: brands.iter().copied().collect(),
        set_aside,
    }
}

fn names(names: &[&str]) -> crate::day::Dictionary {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The content. Every column differs from every other and takes two bits at least.
fn sample() -> Ledger {
    let date = |text| parse_date(text).unwrap();
    let instant = |text| crate::date::Instant::parse_spaced(text).unwrap();
    let long = format!("2026-13-01T00:00:00Z#{}", "é".repeat(100));
    let undated = ["soon", &long];
    Ledger {
        currency: Currency::parse("AUD"),
        profile: Some(Profile {
            join_date: parse_date("2025-04-01"),
            joined_location: Some("7".into()),
            preferred_location: Some("web".into()),
        }),
        address_country: Country::parse("NZ"),
        locations: names(&["12", "7", "web", "Łódź"]),
        brands: names(&["Acme", "Best", "Zürich", "\u{10000}"]),
        days: vec![
            day(
                ("2026-01-01", 12_500, [1, 1], [36_000, 36_000], 0, &[0], 0),
                &[[1, 1, 1]],
                Some(1),
            ),
            day(
                (
                    "2026-01-03",
                    -1_234_500,
                    [5, 3],
                    [3, 86_399],
                    3,
                    &[0, 1, 3],
                    3,
                ),
                &[[0, 1, 0], [3, 2, 1]],
                Some(3),
            ),
            day(("2026-01-04", 0, [0, 0], [0, 0], 0, &[], 2), &[], None),
            day(
                (
                    "2026-02-28",
                    // Past 64 bits.
                    99_999_999_999_999_999_999_500,
                    [9, 8],
                    [40_000, 50_000],
                    1,
                    &[2],
                    0,
                ),
                &[[0, 1, 0], [1, 2, 2], [2, 4, 0], [3, 1, 1]],
                Some(2),
            ),
            day(
                (
                    "2028-02-29",
                    7_777_700,
                    [4, 2],
                    [86_000, 86_001],
                    2,
                    &[1, 2],
                    1,
                ),
                &[[0, 1, 0], [2, 1, 1]],
                Some(0),
            ),
            day(
                ("9999-12-31", -500, [2, 0], [1, 1_000], 0, &[0, 1, 2, 3], 0),
                &[],
                None,
            ),
        ],
        closed: Closed {
            since: parse_date("2026-01-01"),
            items: [(1999, "00ab34ef"), (2024, "ffffffff"), (2025, "12345678")]
                .into_iter()
                .map(|(year, tag)| (year, Tag::parse(tag).unwrap()))
                .collect(),
            past: Some(Box::new(Past {
                net: Money(-987_654_321),
                transactions: 77,
                shops: 43,
                set_aside: 5,
                span: Some((
                    instant("1998-07-05 23:59:59"),
                    instant("2025-12-31 00:00:01"),
                )),
                shopping_dates: 41,
                first_dates: vec![date("1998-07-06"), date("1999-01-01")],
                last_dates: vec![date("2025-06-30"), date("2025-12-30")],
                last_net: Money(-12_300),
                first_shop_location: Some(2),
                last_visits: [[1, 1, 0], [3, 5, 3]].map(visits).to_vec(),
                channels: Channels {
                    point_of_sale: false,
                    website: true,
                },
                // Without the first name, so that a place among the names is another than one in this list.
                locations: [
                    (1, 7, 1, "2025-12-30"),
                    (2, 30, 9, "2025-06-30"),
                    (3, 4, 4, "2025-12-30"),
                ]
                .map(|(location, shops, unnamed, last)| PastVisits {
                    location,
                    shops,
                    unnamed,
                    last: date(last),
                })
                .to_vec(),
                brands: vec![0, 1, 3],
            })),
            taken_in: BTreeMap::new(),
        },
        set_aside: SetAside {
            listed: [
                ("2026-01-03", SetAsideReason::NotAnInstant),
                ("2026-01-03T10:00:00Z#", SetAsideReason::NoTransactionId),
                ("2026-01-03T10:00:00Z#a", SetAsideReason::NoTotal),
                ("2026-01-04T10:00:00Z#a", SetAsideReason::TotalTooLarge),
                (
                    "2026-01-04T10:00:00Z#b",
                    SetAsideReason::TotalTooManyDecimals,
                ),
                ("2028-02-29T10:00:00Z#a", SetAsideReason::Currency),
                (undated[0], SetAsideReason::NotAnInstant),
                (undated[1], SetAsideReason::NotAnInstant),
            ]
            .into_iter()
            .map(|(key, reason)| (ListedKey::new(key), reason))
            .collect(),
            undated: undated
                .iter()
                .map(|key| xxhash_rust::xxh3::xxh3_64(key.as_bytes()))
                .collect(),
            more: true,
            dated: 11,
        },
    }
}

#[test]
fn the_stored_ledger_is_read_as_it_was_meant() {
    assert_eq!(Ledger::decode(PROFILE_ID, &bytes(LEDGER)), Ok(sample()));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_ledger_is_written_as_it_is_stored() {
    let encoded = sample().encode(PROFILE_ID, Tag::default());
    assert_eq!(hex(&encoded.ledger), hex(&bytes(LEDGER)));
    assert_eq!(encoded.archive, []);
    assert_eq!(encoded.years, BTreeSet::from([1999, 2024, 2025]));
}

/// The sample's days up to the last as they would be closed.
fn archive_item() -> ArchiveItem {
    let sample = sample();
    let days = &sample.days[..5];
    let content = archive::content(days, &sample.locations, &sample.brands);
    let tag = Tag::parse("00ab34ef").unwrap();
    ArchiveItem::new(PROFILE_ID, ARCHIVE_YEAR, tag, &content)
}

#[test]
fn the_archive_item_is_written_as_it_is_stored() {
    assert_eq!(hex(&archive_item().days), hex(&bytes(ARCHIVE_ITEM)));
}

#[test]
fn the_stored_archive_item_is_read_as_it_was_meant() {
    let item = ArchiveItem {
        days: bytes(ARCHIVE_ITEM),
        ..archive_item()
    };
    let mut ledger = Ledger::new(None);
    ledger.closed.since = parse_date("9999-12-31");
    ledger.closed.items = [(item.year, item.tag)].into();
    ledger.closed.past = Some(Box::default());
    let closed = ledger.clone();
    ledger.take_in(PROFILE_ID, [item.clone()]).unwrap();
    let sample = sample();
    assert_eq!(ledger.days, sample.days[..5]);
    assert_eq!(
        (ledger.locations, ledger.brands),
        (sample.locations, sample.brands)
    );
    // Of another profile, year or tag it is none of this ledger's.
    for (profile_id, year, tag) in [
        ("other", item.year, item.tag),
        (PROFILE_ID, item.year + 1, item.tag),
        (PROFILE_ID, item.year, Tag::default()),
    ] {
        let mut ledger = closed.clone();
        ledger.closed.items = [(year, tag)].into();
        let other = ArchiveItem {
            year,
            tag,
            days: item.days.clone(),
        };
        let error = ledger.take_in(profile_id, [other]);
        assert_eq!(error, Err(ArchiveError::Damaged(year)));
    }
    let mut ledger = closed.clone();
    let missing = ledger.take_in(PROFILE_ID, []);
    assert_eq!(missing, Err(ArchiveError::Mismatch(ARCHIVE_YEAR)));
    assert_eq!(ledger, closed);
}

/// Two columns that are alike could change places unnoticed.
#[test]
fn every_column_of_the_sample_differs() {
    let sample = sample();
    let locations = Names::new(&sample.locations, sample.location_ids());
    let brands = sample.brands.iter().map(String::as_str);
    let brands = Names::new(&sample.brands, brands);
    let mut writer = Writer::default();
    write_past(
        &mut writer,
        sample.closed.past.as_deref().unwrap(),
        &locations,
        &brands,
    );
    write_days(&mut writer, &sample.days, &locations, &brands);
    let columns = writer.columns;
    let distinct: BTreeSet<&Vec<u64>> = columns.iter().collect();
    assert_eq!(distinct.len(), columns.len());
    for (number, column) in columns.iter().enumerate() {
        let width = column.iter().max().unwrap() - column.iter().min().unwrap();
        assert!(width >= 2, "column {number} takes a bit: {column:?}");
    }
}
