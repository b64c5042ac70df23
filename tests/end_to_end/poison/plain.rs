//! A plain sum: what a document should say, worked out from a list of transactions, and by nothing of the calculation.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};
use serde_json::{Value as Json, json};

/// A transaction, as its writer knows it.
#[derive(Clone, Debug, Default)]
pub struct Bought {
    pub cents: i64,
    pub location: Option<String>,
    pub brands: Vec<String>,
    /// Bytes of a text that says nothing, on a line of its own.
    pub padding: usize,
}

/// A purchase of so many cents.
pub fn bought(cents: i64) -> Bought {
    Bought {
        cents,
        ..Bought::default()
    }
}

impl Bought {
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    pub fn of(mut self, brands: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.brands = brands.into_iter().map(Into::into).collect();
        self
    }

    pub fn padded(mut self, bytes: usize) -> Self {
        self.padding = bytes;
        self
    }
}

/// Transactions by sort key. Keys of one instant sort by their ids.
pub type Transactions = BTreeMap<String, Bought>;

/// The date in a sort key.
pub fn day(key: &str) -> NaiveDate {
    key[4..14].parse().unwrap()
}

/// The figures of a document as of a date that follow from transactions alone.
pub fn figures(transactions: &Transactions, as_of: NaiveDate) -> Vec<(&'static str, Json)> {
    let since = |months| as_of.checked_sub_months(Months::new(months)).unwrap();
    let [of_3, of_6, of_12, of_24] = [3, 6, 12, 24].map(since);
    let known: Vec<(NaiveDate, &String, &Bought)> = transactions
        .iter()
        .map(|(key, bought)| (day(key), key, bought))
        .take_while(|(date, ..)| *date <= as_of)
        .collect();
    let shops: Vec<_> = known.iter().filter(|(.., it)| it.cents > 0).collect();
    let recent = |date: &NaiveDate| *date >= of_12;
    let sum = |cents: &mut dyn Iterator<Item = i64>| cents.map(i128::from).sum::<i128>();
    let spent = sum(&mut known.iter().map(|(.., it)| it.cents));
    let of_year = known.iter().filter(|(date, ..)| recent(date));
    let spent_12m = sum(&mut of_year.map(|(.., it)| it.cents));
    let shops_12m = shops.iter().filter(|(date, ..)| recent(date)).count();
    let span = shops.first().zip(shops.last());
    let days = span.map_or(0, |((first, ..), (last, ..))| (*last - *first).num_days());
    let gaps = shops.len() as i64 - 1;
    let instant = |key: &str| key[4..23].replace('T', " ");
    let brands = known.iter().flat_map(|(.., it)| &it.brands);
    let brands: BTreeSet<&String> = brands.collect();
    let joined = shops.iter().find_map(|(.., it)| it.location.as_ref());
    let most = most_visited(&shops, of_24).or_else(|| most_visited(&shops, NaiveDate::MIN));
    vec![
        (
            "shop_days",
            json!((gaps > 0).then(|| (2 * days + gaps) / (2 * gaps))),
        ),
        ("spend_12m", amount(spent_12m)),
        ("spend_all", amount(spent)),
        ("spend_atv_12m", average(spent_12m, shops_12m)),
        ("spend_atv_all", average(spent, shops.len())),
        (
            "spend_first_date",
            json!(known.first().map(|(_, key, _)| instant(key))),
        ),
        (
            "spend_last_date",
            json!(known.last().map(|(_, key, _)| instant(key))),
        ),
        (
            "dimension_frequency",
            json!(match gaps {
                -1 => "F0",
                0 => "F1",
                1 => "F2",
                gaps if days > 30 * gaps => "FL",
                _ => "FH",
            }),
        ),
        (
            "dimension_recency",
            json!(match shops.last() {
                None => "R0",
                Some((last, ..)) if *last >= of_3 => "RC",
                Some((last, ..)) if *last >= of_6 => "RS",
                Some((last, ..)) if *last >= of_12 => "RA",
                Some(_) => "RI",
            }),
        ),
        ("shop_count", json!(shops.len())),
        ("store_join", json!(joined)),
        ("purchased_brands", json!(brands)),
        ("most_transacted_location", json!(most)),
    ]
}

/// The location with the most purchases from a date on.
fn most_visited(shops: &[&(NaiveDate, &String, &Bought)], from: NaiveDate) -> Option<String> {
    let mut visits: BTreeMap<&String, (usize, NaiveDate)> = BTreeMap::new();
    for (date, _, bought) in shops.iter().filter(|(date, ..)| *date >= from) {
        if let Some(location) = &bought.location {
            let (count, last) = visits.entry(location).or_insert((0, *date));
            (*count, *last) = (*count + 1, *date);
        }
    }
    // Of equal ones the last is taken, so the ids go backwards.
    let most = visits.into_iter().rev().max_by_key(|(_, visits)| *visits);
    most.map(|(id, _)| id.clone())
}

/// Cents as the shortest exact number.
pub fn amount(cents: i128) -> Json {
    let (sign, cents) = (if cents < 0 { "-" } else { "" }, cents.abs());
    let text = format!("{sign}{}.{:02}", cents / 100, cents % 100);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    serde_json::from_str(text).unwrap()
}

/// Rounded to cents, half away from zero.
fn average(cents: i128, count: usize) -> Json {
    let count = count as i128;
    if count == 0 {
        return Json::Null;
    }
    amount(cents.signum() * ((2 * cents.abs() + count) / (2 * count)))
}
