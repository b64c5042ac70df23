//! A profile with a long history: closed days through the running stack, and many writers of its archive at once.

pub mod history;
mod writers;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Locations, evaluate, parse_date};
use chrono::{Datelike, Days, Months, NaiveDate, Utc};
use history::{History, Stored, derived, purchase};
use table::{Consistency, SortKey, StoredLedger, Table};

use crate::system::System;

const PROFILE: &str = "p";

/// What is stored, and what should be.
struct Customer {
    system: System,
    history: History,
}

impl Customer {
    /// Brings the table to what the history says now, and waits until it is calculated.
    async fn catch_up(&mut self) {
        let client = self.system.stack.client();
        self.history
            .write(client, self.system.stack.table_name())
            .await;
        self.system.stack.caught_up().await;
    }

    /// The derived item and the archive items, by sort key.
    async fn derived(&self) -> Stored {
        let client = self.system.stack.client();
        derived(
            client,
            self.system.stack.table_name(),
            self.history.profile(),
        )
        .await
    }

    /// How many bytes the derived item has without its figures.
    async fn bytes_without_figures(&self) -> usize {
        let item = &self.derived().await["AGG"];
        let bytes = |name: &str| match &item[name] {
            AttributeValue::B(bytes) => name.len() + bytes.as_ref().len(),
            value => name.len() + value.as_s().unwrap().len(),
        };
        let names = ["pk", "sk", "version", "calculated_at", "ledger"];
        names.into_iter().map(bytes).sum()
    }

    /// The first date that the derived item answers for by itself.
    async fn first_hot_date(&self) -> NaiveDate {
        let table = Table::new(
            self.system.stack.client().clone(),
            self.system.stack.table_name(),
        );
        let derived = table
            .derived(self.history.profile(), Consistency::Strong)
            .await;
        let StoredLedger::Usable(ledger) = derived.unwrap().unwrap().ledger else {
            unreachable!("the ledger is usable");
        };
        let dates = date("2000-01-01").iter_days();
        dates
            .take_while(|date| date.year() < 2030)
            .find(|date| !ledger.needs_archive(*date))
            .unwrap()
    }

    /// Asks as of a dozen dates and more; each document is that of a calculation from nothing.
    async fn assert_exact(&self) {
        let edge = self.first_hot_date().await;
        let truth = self.history.ledger();
        // Where the windows of 24 months begin that are read from the derived item alone.
        let since = edge.checked_sub_months(Months::new(24)).unwrap();
        let around = |date: NaiveDate| [date - Days::new(1), date, date + Days::new(1)];
        let mut dates = [
            "0001-01-01",
            "2009-05-05",
            "2012-12-31",
            "2013-01-01",
            "2015-03-03",
            "2016-02-29",
            "2017-12-31",
            "2018-02-28",
            "2022-02-28",
            "2023-12-31",
            "2024-12-31",
            "2026-12-31",
            "9999-12-31",
        ]
        .map(date)
        .to_vec();
        dates.extend(around(since));
        dates.extend(around(edge));
        let expected = |as_of| {
            let locations = Locations::new();
            let document = evaluate(&truth, PROFILE, as_of, &locations).unwrap();
            serde_json::to_string(&document.unwrap()).unwrap()
        };
        let path = format!("/profiles/{PROFILE}/aggregations");
        for as_of in dates {
            let answer = self.system.ask_now(&format!("{path}?as_of={as_of}")).await;
            assert_eq!(answer, (200, expected(as_of)), "{as_of}");
        }
        // Midnight may come in between.
        let before = Utc::now().date_naive();
        let (_, body) = self.system.ask_now(&path).await;
        let after = Utc::now().date_naive();
        assert!([before, after].map(expected).contains(&body), "{body}");
        assert!(self.system.stack.dead_letters().is_empty());
    }

    /// The years that have an archive item.
    async fn archive_years(&self) -> Vec<u16> {
        let derived = self.derived().await;
        derived
            .keys()
            .filter_map(|key| match SortKey::parse(key) {
                Some(SortKey::Archive(year)) => Some(year),
                _ => None,
            })
            .collect()
    }
}

pub fn date(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_twelve_years_stays_small_and_exact_and_goes_whole() {
    let mut customer = Customer {
        system: System::open().await,
        history: History::new(PROFILE),
    };
    let (first, daily) = (date("2013-01-01"), date("2022-06-01"));
    let days = first.iter_days();
    for day in days.take_while(|day| *day <= date("2024-12-31")) {
        if day >= daily || (day - first).num_days() % 4 == 0 {
            customer.history.put(purchase(day, ""));
        }
    }
    customer.catch_up().await;
    assert_eq!(
        customer.archive_years().await,
        (2013..=2022).collect::<Vec<u16>>()
    );
    let bytes = customer.bytes_without_figures().await;
    assert!(bytes < 4 * 1024, "{bytes} bytes");
    customer.assert_exact().await;

    // Returns, corrections and deletions of the past, one whole year of it, and a day on which nothing had been bought.
    let history = &mut customer.history;
    history.put(purchase(date("2015-03-02"), "return").total("-120.55"));
    history.put(purchase(date("2016-02-29"), "more").total("77.7"));
    history.put(purchase(date("2019-08-01"), "online").channel("website"));
    for day in ["2013-01-01", "2014-05-20", "2022-11-29"] {
        history.correct(date(day), "1999.99");
    }
    history.delete(|day| day.year() == 2017);
    history.delete(|day| day == date("2013-01-05") || day == date("2022-10-10"));
    customer.catch_up().await;
    let years = [2013, 2014, 2015, 2016, 2018, 2019, 2020, 2021, 2022];
    assert_eq!(customer.archive_years().await, years);
    customer.assert_exact().await;

    // Before everything.
    customer.history.put(purchase(date("2009-05-04"), "found"));
    customer.catch_up().await;
    assert_eq!(customer.archive_years().await[0], 2009);
    customer.assert_exact().await;

    // The newest days first, so that the archive goes with the last ones.
    customer.history.delete(|day| day.year() >= 2015);
    customer.catch_up().await;
    assert_eq!(customer.archive_years().await, [2009, 2013, 2014]);
    customer.assert_exact().await;
    customer.history.delete(|_| true);
    customer.catch_up().await;
    assert_eq!(customer.derived().await, BTreeMap::new());
    let path = format!("/profiles/{PROFILE}/aggregations");
    assert_eq!(customer.system.ask_now(&path).await.0, 404);
    assert!(customer.system.stack.dead_letters().is_empty());
    customer.system.close().await;
}
