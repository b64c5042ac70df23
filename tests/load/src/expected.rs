//! The figures that a profile must have, summed up directly from its transactions.

use chrono::{Months, NaiveDate, NaiveDateTime};

use crate::transaction::{Transaction, brand, money, store};

/// The figures that are compared, in the order of the response.
pub(crate) const FIGURES: [&str; 16] = [
    "shop_days",
    "spend_12m",
    "spend_all",
    "spend_atv_12m",
    "spend_atv_all",
    "spend_first_date",
    "spend_last_date",
    "dimension_frequency",
    "dimension_recency",
    "channel",
    "shop_count",
    "purchased_brands",
    "latest_shop_date",
    "total_shop_days",
    "latest_shop_spend",
    "transacted_locations",
];

const NULL: &str = "null";

/// A transaction and its instant.
type Dated<'a> = (NaiveDateTime, &'a Transaction);

/// The figures of one profile as of a date, each as the text of its JSON. `None` if the profile has no document.
///
/// `transactions` are those of the profile that [count](Transaction::counts); `until` is the last date of all.
pub(crate) fn expected(
    transactions: &[Transaction],
    until: NaiveDate,
    as_of: NaiveDate,
) -> Option<[String; FIGURES.len()]> {
    // Those of later dates count as stored, though in no figure.
    if transactions.is_empty() {
        return None;
    }
    let mut all: Vec<Dated<'_>> = transactions
        .iter()
        .map(|transaction| (transaction.instant(until), transaction))
        .filter(|(instant, _)| instant.date() <= as_of)
        .collect();
    all.sort_by_key(|(instant, _)| *instant);
    let shops: Vec<Dated<'_>> = all
        .iter()
        .filter(|(_, transaction)| transaction.is_purchase())
        .copied()
        .collect();
    let ago = |months| as_of.checked_sub_months(Months::new(months));
    let in_year = |dated: &&Dated<'_>| Some(dated.0.date()) >= ago(12);
    let year: i64 = cents(all.iter().filter(in_year));
    let total = cents(all.iter());
    let shops_in_year = shops.iter().filter(in_year).count() as i64;
    let count = shops.len() as i64;

    let mut dates: Vec<NaiveDate> = shops.iter().map(|(instant, _)| instant.date()).collect();
    dates.dedup();
    let (first, last) = (dates.first().copied(), dates.last().copied());
    let days = first
        .zip(last)
        .map_or(0, |(first, last)| (last - first).num_days());
    let of_last = |dated: &&Dated<'_>| Some(dated.0.date()) == last;
    let recency = match last {
        None => "R0",
        date if date >= ago(3) => "RC",
        date if date >= ago(6) => "RS",
        date if date >= ago(12) => "RA",
        _ => "RI",
    };
    let frequency = match count {
        0 => "F0",
        1 => "F1",
        2 => "F2",
        _ if days > 30 * (count - 1) => "FL",
        _ => "FH",
    };
    let moment = |dated: Option<&Dated<'_>>| {
        dated.map_or(NULL.to_owned(), |(instant, _)| {
            text(&instant.format("%Y-%m-%d %H:%M:%S").to_string())
        })
    };
    Some([
        if count < 2 {
            NULL.to_owned()
        } else {
            // Rounded half up.
            ((2 * days + count - 1) / (2 * (count - 1))).to_string()
        },
        money(year),
        money(total),
        average(year, shops_in_year),
        average(total, count),
        moment(all.first()),
        moment(all.last()),
        text(frequency),
        text(recency),
        channel(&shops),
        count.to_string(),
        list(all.iter().map(|(_, one)| brand(one.brand))),
        last.map_or(NULL.to_owned(), |date| text(&date.to_string())),
        dates.len().to_string(),
        last.map_or(NULL.to_owned(), |_| {
            money(cents(all.iter().filter(of_last)))
        }),
        list(shops.iter().map(|(_, one)| store(one.store))),
    ])
}

fn cents<'a>(transactions: impl Iterator<Item = &'a Dated<'a>>) -> i64 {
    transactions
        .map(|(_, transaction)| i64::from(transaction.cents))
        .sum()
}

/// A sum of money over a number of purchases, rounded to cents, half away from zero.
fn average(cents: i64, purchases: i64) -> String {
    if purchases == 0 {
        return NULL.to_owned();
    }
    let rounded = (2 * cents.abs() + purchases) / (2 * purchases);
    money(cents.signum() * rounded)
}

fn channel(shops: &[Dated<'_>]) -> String {
    let website = shops.iter().any(|(_, shop)| shop.is_on_website());
    let pos = shops.iter().any(|(_, shop)| !shop.is_on_website());
    match (pos, website) {
        (true, false) => text("CF"),
        (false, true) => text("CO"),
        (true, true) => text("CM"),
        (false, false) => NULL.to_owned(),
    }
}

/// A JSON string; nothing here needs an escape.
fn text(text: &str) -> String {
    format!("\"{text}\"")
}

/// A JSON list of different texts, sorted.
fn list(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<String> = texts.map(|one| text(&one)).collect();
    texts.sort_unstable();
    texts.dedup();
    format!("[{}]", texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::DAY;

    const LAST: NaiveDate = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();

    fn transaction(day: u32, cents: i32, store: u8) -> Transaction {
        Transaction {
            profile: 1,
            second: day * DAY + 3_600,
            cents,
            store,
            brand: 10 + store,
            is_void: false,
            is_stored: true,
        }
    }

    fn figures(transactions: &[Transaction], as_of: NaiveDate) -> Vec<String> {
        expected(transactions, LAST, as_of).unwrap().to_vec()
    }

    #[test]
    fn nothing_stored_is_no_document_and_later_dates_are_an_empty_one() {
        assert_eq!(expected(&[], LAST, LAST), None);
        let later = figures(&[transaction(1_000, 500, 0)], LAST - Months::new(12));
        let empty = [
            "null", "0", "0", "null", "null", "null", "null", "\"F0\"", "\"R0\"", "null", "0",
            "[]", "null", "0", "null", "[]",
        ];
        assert_eq!(later, empty);
    }

    /// Worked out by hand: days 0, 727, 728 and 1094 are 2022-01-02, 2023-12-30, 2023-12-31 and 2024-12-31.
    #[test]
    fn returns_subtract_and_the_year_begins_on_its_first_date() {
        let transactions = [
            transaction(1_094, -1_005, 1),
            transaction(728, 2_000, 0),
            transaction(727, 30_000, 1),
            transaction(0, 1_000, 1),
            transaction(1_094, 3_000, 2),
        ];
        let expected = [
            "365",
            "39.95",
            "349.95",
            "19.98",
            "87.49",
            "\"2022-01-02 01:00:00\"",
            "\"2024-12-31 01:00:00\"",
            "\"FL\"",
            "\"RC\"",
            "\"CM\"",
            "4",
            "[\"brand-10\",\"brand-11\",\"brand-12\"]",
            "\"2024-12-31\"",
            "4",
            "19.95",
            "[\"store-0\",\"store-1\",\"store-2\"]",
        ];
        assert_eq!(figures(&transactions, LAST), expected);
    }
}
