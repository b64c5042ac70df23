//! A customer with a history, whose purchases and questions are measured.

use std::collections::BTreeMap;

use calculation::Item;
use chrono::NaiveDate;
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use table::{Settings, SortKey};
use test_metering::{
    Attributes, Metered, TRANSACTION_BYTES, Units, Used, attributes, customer, date, on_the_day_of,
    read_units, size, sort_key, stores, transaction_units, transactions, write_units,
};
use test_support::other_dynamodb;

/// A customer with a history, and what it may cost.
pub struct Customer {
    pub name: &'static str,
    /// The shopping days, one transaction on each.
    pub days: usize,
    /// How many days lie between two of them at most.
    pub apart: u64,
    /// The purchases that are measured, one after another: enough of them for two closings, where any days are closed.
    pub purchases: usize,
    pub at_most: Limits,
}

/// What may not be passed.
pub struct Limits {
    /// Bytes of the derived item without figures.
    pub bytes: usize,
    /// Dollars for a million purchases, without figures and with them.
    pub dollars: [f64; 2],
}

/// What was measured of a customer.
pub struct Measured {
    /// Bytes of the derived item, when it was largest.
    pub bytes: usize,
    /// A purchase of today, on average.
    pub purchase: Units,
    /// A purchase of a date of long ago, and a GET of today and of that date.
    past_purchase: Units,
    questions: [Units; 2],
}

/// The stores of the customer, each of which is an item of less than 4 KB, read eventually consistent.
const STORES_FETCHED: Used = ("BatchGetItem", 4.0 * 0.5);

impl Customer {
    /// How many days lie between two shopping days at most when it is every fourth day on average.
    pub const EVERY_FOURTH_DAY: u64 = 7;

    /// Stores the customer and the history; returns it, and the purchases after it.
    pub async fn store(&self, metered: &Metered) -> Vec<Item> {
        let transactions = transactions(self.days + self.purchases, self.apart);
        for item in &transactions {
            assert_eq!(size(&attributes(item)), TRANSACTION_BYTES);
        }
        let history = transactions[..self.days].to_vec();
        let others = stores().chain(customer());
        metered.store(others.chain(history)).await;
        transactions
    }

    /// What a purchase takes when all transactions are added up for it, by what AWS bills.
    pub async fn ordinary(&self, metered: &Metered) -> Units {
        let used = metered.add_up_the_ordinary_way().await;
        let reported = Units::of(&used);
        let billed = Units {
            read: read_units(self.days * TRANSACTION_BYTES) / 2.0,
            write: 1.0,
        };
        // Each page is rounded up, and where pages end is not the same everywhere.
        let rounding = 0.5 * used.len() as f64;
        assert!((reported.read - billed.read).abs() < rounding, "{used:?}");
        assert_eq!(reported.write, billed.write);
        billed
    }

    /// Measures the purchases after the history, and then questions. Leaves the table as it was.
    pub async fn measure(
        &self,
        metered: &Metered,
        transactions: &[Item],
        store_figures: bool,
    ) -> Measured {
        let settings = Settings {
            store_figures,
            ..Settings::default()
        };
        let (history, new) = transactions.split_at(self.days);
        let newest = history.last().unwrap();
        metered.recalculate(settings, newest, date(newest)).await;

        let mut bytes = 0;
        let mut used = Vec::new();
        for item in new {
            assert_eq!(metered.put(item).await, [("PutItem", 1.0)]);
            used.extend(recalculate(metered, settings, &[item], date(item)).await);
            bytes = bytes.max(size(&metered.derived().await["AGG"]));
        }
        let today = date(new.last().unwrap());
        let past = &history[history.len() / 4];
        let late = on_the_day_of(past);
        metered.put(&late).await;
        let past_purchase = recalculate(metered, settings, &[past, &late], today).await;

        let derived = metered.derived().await;
        let questions = ask(metered, &derived, [today, date(past)]).await;
        metered
            .delete(new.iter().chain([&late]).map(sort_key))
            .await;
        let derived = derived.keys().filter_map(|key| SortKey::parse(key));
        metered.delete(derived).await;
        Measured {
            bytes,
            purchase: Units::of(&used).each(new.len()),
            past_purchase: Units::of(&past_purchase),
            questions,
        }
    }
}

/// Recalculates the day of some transactions, on which there are no others; returns what it consumed, which is what AWS says
/// that it bills.
async fn recalculate(
    metered: &Metered,
    settings: Settings,
    of_day: &[&Item],
    today: NaiveDate,
) -> Vec<Used> {
    let before = metered.derived().await;
    let mut reported = metered.recalculate(settings, of_day[0], today).await;
    let after = metered.derived().await;

    let [of_item, of_archive] = reads(&before);
    let of_day = of_day.iter().map(|item| size(&attributes(item))).sum();
    let mut billed = vec![("GetItem", of_item), ("Query", read_units(of_day))];
    let bytes = |items: &BTreeMap<String, Attributes>, key| items.get(key).map_or(0, size);
    let new = after.keys().filter(|key| !before.contains_key(*key));
    let changed = before.keys().chain(new);
    let written: Vec<f64> = changed
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| write_units(bytes(&before, key), bytes(&after, key)))
        .collect();
    let mut expected = billed.clone();
    if let [units] = *written {
        billed.push(("PutItem", units));
        expected.push(("PutItem", units));
    } else {
        let read = ("Query", of_archive);
        billed.extend([
            read,
            ("TransactWriteItems", transaction_units(&written, false)),
        ]);
        let units = transaction_units(&written, other_dynamodb().is_some());
        expected.extend([read, ("TransactWriteItems", units)]);
    }
    for used in [&mut expected, &mut reported] {
        used.sort_by(|left, right| left.partial_cmp(right).unwrap());
    }
    assert_eq!(reported, expected);
    billed
}

/// Asks as of today and as of a date of long ago; returns what that consumed, which is what AWS says that it bills.
async fn ask(
    metered: &Metered,
    derived: &BTreeMap<String, Attributes>,
    [today, past]: [NaiveDate; 2],
) -> [Units; 2] {
    let function = GetAggregations::new(metered.table.clone(), Authorizer::None, Envelope::None);
    let [of_item, of_archive] = reads(derived).map(|units| units / 2.0);
    let get = ("GetItem", of_item);
    // The first question fetches the stores, which are remembered.
    assert_eq!(metered.ask(&function, today).await, [get, STORES_FETCHED]);
    let of_today = metered.ask(&function, today).await;
    assert_eq!(of_today, [get]);
    let of_past = metered.ask(&function, past).await;
    let query = (derived.len() > 1).then_some(("Query", of_archive));
    assert_eq!(of_past, [get].into_iter().chain(query).collect::<Vec<_>>());
    [of_today, of_past].map(|used| Units::of(&used))
}

/// Read units of the derived item and of its archive, read strongly consistent.
fn reads(derived: &BTreeMap<String, Attributes>) -> [f64; 2] {
    let archive = derived.iter().filter(|(key, _)| *key != "AGG");
    let archive = archive.map(|(_, item)| size(item)).sum();
    [read_units(size(&derived["AGG"])), read_units(archive)]
}

impl Measured {
    /// The row of the table in docs/costs.md.
    pub fn row(&self, name: &str, store_figures: bool, ordinary: Units) -> String {
        let [today, past] = self.questions.map(|units| short(units.read));
        format!(
            "| {name} | {} | {} | {} read, {} write | {:.2} | {:.2} | {:.2} | {today} | {past} |",
            if store_figures { "yes" } else { "no" },
            thousands(self.bytes),
            short(self.purchase.read),
            short(self.purchase.write),
            self.purchase.dollars_for_a_million(),
            ordinary.dollars_for_a_million(),
            self.past_purchase.dollars_for_a_million(),
        )
    }
}

/// With two decimals at most.
pub fn short(units: f64) -> String {
    let text = format!("{units:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// With a comma before the last three digits.
fn thousands(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", number / 1_000, number % 1_000),
    }
}
