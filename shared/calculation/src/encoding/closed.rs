//! Closed days: the list of archive items and the summary of what is in them.

use std::collections::BTreeMap;

use super::LedgerError;
use super::days::{read_references, read_visits, visit_rows, write_visits};
use super::names::{Names, read_count, to_u64};
use super::numbers::{date_of, day_number, read_instant, read_money, within, write_money};
use crate::closed::{Closed, Tag};
use crate::closing::MAX_ARCHIVE_ITEMS;
use crate::columns::{Reader, Writer};
use crate::day::Channels;
use crate::money::Money;
use crate::past::{Past, PastVisits};

pub(crate) fn write_items(writer: &mut Writer, items: &BTreeMap<u16, Tag>) {
    writer.varint(to_u64(items.len()));
    writer.column(items.keys().map(|year| u64::from(*year)));
    for tag in items.values() {
        writer.bytes(&tag.bytes());
    }
}

fn read_items(reader: &mut Reader<'_>) -> Result<BTreeMap<u16, Tag>, LedgerError> {
    let count = read_count(reader)?;
    let years = reader.column(count)?;
    let mut items = BTreeMap::new();
    for year in years {
        let year = u16::try_from(year)
            .ok()
            .filter(|year| (1..=9_999).contains(year))
            .ok_or(LedgerError::Damaged)?;
        let tag = reader
            .bytes(4)?
            .try_into()
            .map_err(|_| LedgerError::Damaged)?;
        items.insert(year, Tag::new(tag));
    }
    if items.len() == count && count <= MAX_ARCHIVE_ITEMS {
        Ok(items)
    } else {
        Err(LedgerError::Damaged)
    }
}

pub(crate) fn write_past(
    writer: &mut Writer,
    past: &Past,
    locations: &Names<'_>,
    brands: &Names<'_>,
) {
    for number in [past.transactions, past.shops, past.set_aside] {
        writer.varint(number);
    }
    write_money(writer, past.net);
    writer.byte(past.channels.bits());
    if let Some((first, last)) = past.span {
        for instant in [first, last] {
            writer.varint(day_number(instant.date));
            writer.varint(u64::from(instant.second));
        }
    }
    writer.varint(past.shopping_dates);
    for date in past.first_dates.iter().chain(&past.last_dates) {
        writer.varint(day_number(*date));
    }
    if past.shopping_dates > 0 {
        write_money(writer, past.last_net);
    }
    let row = |visits: &PastVisits| {
        let location = locations.number(visits.location);
        let row = [location, visits.shops, visits.unnamed];
        (row, day_number(visits.last))
    };
    let mut rows: Vec<_> = past.locations.iter().map(row).collect();
    rows.sort_unstable();
    let (rows, lasts): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    writer.varint(to_u64(rows.len()));
    write_visits(writer, &rows);
    writer.column(lasts.into_iter());
    let first_shop = past
        .first_shop_location
        .map(|location| locations.number(location));
    writer.varint(first_shop.map_or(0, |number| number.saturating_add(1)));
    let mut rows: Vec<_> = visit_rows(&past.last_visits, locations).collect();
    rows.sort_unstable();
    writer.varint(to_u64(rows.len()));
    write_visits(writer, &rows);
    let mut numbers: Vec<u64> = past
        .brands
        .iter()
        .map(|brand| brands.number(*brand))
        .collect();
    numbers.sort_unstable();
    writer.varint(to_u64(numbers.len()));
    writer.column(numbers.into_iter());
}

/// Takes the closed days: the date since which days are not closed, the archive items, and if there are any the past.
pub(crate) fn read_closed(
    reader: &mut Reader<'_>,
    locations: usize,
    brands: usize,
) -> Result<Closed, LedgerError> {
    let since = Some(date_of(reader.varint()?)?);
    let items = read_items(reader)?;
    let past = if items.is_empty() {
        None
    } else {
        Some(Box::new(read_past(reader, locations, brands)?))
    };
    Ok(Closed {
        since,
        items,
        past,
        ..Closed::default()
    })
}

fn read_past(
    reader: &mut Reader<'_>,
    locations: usize,
    brands: usize,
) -> Result<Past, LedgerError> {
    let (transactions, shops, set_aside) = (reader.varint()?, reader.varint()?, reader.varint()?);
    let net = read_money(reader)?;
    let channels = reader.byte()?;
    let span = (transactions > 0)
        .then(|| Ok::<_, LedgerError>((read_instant(reader)?, read_instant(reader)?)))
        .transpose()?;
    let shopping_dates = reader.varint()?;
    let mut dates = || -> Result<Vec<_>, LedgerError> {
        (0..shopping_dates.min(2))
            .map(|_| date_of(reader.varint()?))
            .collect()
    };
    let (first_dates, last_dates) = (dates()?, dates()?);
    let last_net = if shopping_dates > 0 {
        read_money(reader)?
    } else {
        Money::ZERO
    };
    let count = bounded(reader.varint()?, locations)?;
    let visits = read_visits(reader, count, locations)?.into_iter();
    let of_locations = visits.zip(reader.column(count)?).map(|(visits, last)| {
        Ok(PastVisits {
            location: visits.location,
            shops: visits.shops,
            unnamed: visits.unnamed,
            last: date_of(last)?,
        })
    });
    let of_locations = of_locations.collect::<Result<_, LedgerError>>()?;
    let first_shop_location = reader
        .varint()?
        .checked_sub(1)
        .map(|number| within(number, locations))
        .transpose()?;
    let count = bounded(reader.varint()?, locations)?;
    let last_visits = read_visits(reader, count, locations)?;
    let count = bounded(reader.varint()?, brands)?;
    let of_brands = read_references(reader, count, brands)?;
    Ok(Past {
        net,
        transactions,
        shops,
        set_aside,
        span,
        shopping_dates,
        first_dates,
        last_dates,
        last_net,
        first_shop_location,
        last_visits,
        channels: Channels::from_bits(u64::from(channels)),
        locations: of_locations,
        brands: of_brands,
    })
}

/// A count of distinct names of a dictionary.
fn bounded(count: u64, names: usize) -> Result<usize, LedgerError> {
    usize::try_from(count)
        .ok()
        .filter(|count| *count <= names)
        .ok_or(LedgerError::Damaged)
}
