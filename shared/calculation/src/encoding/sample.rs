//! A stored ledger, bytes and content: what guards the format. The bytes were compared with an encoder that somebody else
//! wrote from the description in `encoding` alone.

use std::collections::BTreeSet;

use super::*;
use crate::date::parse_date;
use crate::day::{Channels, Day, Visits};
use crate::money::Money;
use crate::set_aside::{ListedKey, Reason, SetAside};

const PROFILE_ID: &str = "sample@shop.example";
/// The bytes, in hexadecimal, as many lines as it takes.
const BYTES: &str = include_str!("sample.hex");

fn bytes() -> Vec<u8> {
    let digits: Vec<u8> = BYTES.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A day: date, net total in units of 0.0001, transactions, shops, first and last second, channels, brands, set aside.
type DayContent<'a> = (&'a str, i128, [u64; 2], [u32; 2], u8, &'a [u32], u64);

fn day(content: DayContent<'_>, visits: &[[u64; 3]], first_shop_location: Option<u32>) -> Day {
    let (date, net, [transactions, shops], [first, last], channels, brands, set_aside) = content;
    Day {
        date: parse_date(date).unwrap(),
        net: Money(net),
        transactions,
        shops,
        first,
        last,
        visits: visits
            .iter()
            .map(|[location, shops, unnamed]| Visits {
                location: u32::try_from(*location).unwrap(),
                shops: *shops,
                unnamed: *unnamed,
            })
            .collect(),
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
        set_aside: SetAside {
            listed: [
                ("2026-01-03", Reason::NotAnInstant),
                ("2026-01-03T10:00:00Z#", Reason::NoTransactionId),
                ("2026-01-03T10:00:00Z#a", Reason::NoTotal),
                ("2026-01-04T10:00:00Z#a", Reason::TotalTooLarge),
                ("2026-01-04T10:00:00Z#b", Reason::TotalTooManyDecimals),
                ("2028-02-29T10:00:00Z#a", Reason::Currency),
                (undated[0], Reason::NotAnInstant),
                (undated[1], Reason::NotAnInstant),
            ]
            .into_iter()
            .map(|(key, reason)| (ListedKey::new(key), reason))
            .collect(),
            undated: undated
                .iter()
                .map(|key| xxhash_rust::xxh3::xxh3_64(key.as_bytes()))
                .collect(),
            more: true,
            dated: 6,
        },
    }
}

#[test]
fn the_stored_ledger_is_read_as_it_was_meant() {
    assert_eq!(Ledger::decode(PROFILE_ID, &bytes()), Ok(sample()));
}

#[test]
fn the_ledger_is_written_as_it_is_stored() {
    let hex =
        |bytes: Vec<u8>| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    assert_eq!(hex(sample().encode(PROFILE_ID)), hex(bytes()));
}

/// Two columns that are alike could change places unnoticed.
#[test]
fn every_column_of_the_sample_differs() {
    let sample = sample();
    let locations = Names::new(&sample.locations, sample.location_ids());
    let brands = sample.brands.iter().map(String::as_str);
    let brands = Names::new(&sample.brands, brands);
    let of_days = days::columns_of(&sample.days, &locations, &brands);
    let distinct: BTreeSet<&Vec<u64>> = of_days.iter().collect();
    assert_eq!(distinct.len(), of_days.len());
    for (number, column) in of_days.iter().enumerate() {
        let width = column.iter().max().unwrap() - column.iter().min().unwrap();
        assert!(width >= 2, "column {number} takes a bit: {column:?}");
    }
}
