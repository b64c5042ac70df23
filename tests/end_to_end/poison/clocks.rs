//! Clocks that jump, in what calculates and in what reads.

use std::collections::BTreeSet;

use calculation::Part;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use futures::future::join_all;
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_http::Body;
use serde_json::Value as Json;
use table::{Settings, Table, recalculate};
use test_metering::question;
use test_support::OwnTable;

use super::customer::{Customer, date};
use super::plain::{bought, day};

/// Where a clock may stand: what is now, far ahead, far behind, and the ends of the calendar.
pub const CLOCKS: [&str; 10] = [
    "2026-02-01",
    "2126-01-01",
    "1970-01-01",
    "2026-02-02",
    "2031-06-30",
    "0001-01-01",
    "9999-12-31",
    "2024-02-29",
    "1999-12-31",
    "2026-02-03",
];

/// Dates to ask for.
const DATES: [&str; 9] = [
    "2019-01-01",
    "2020-02-29",
    "2021-12-31",
    "2023-12-31",
    "2025-12-31",
    "2026-02-01",
    "2028-03-01",
    "2031-06-30",
    "9999-12-31",
];

pub fn noon(date: NaiveDate) -> DateTime<Utc> {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    date.and_time(noon).and_utc()
}

/// Where a customer is stored, and what reads it.
struct Shop {
    own: OwnTable,
    table: Table,
    function: GetAggregations,
    customer: Customer,
}

impl Shop {
    /// A customer of seven years, with a purchase dated in the future.
    async fn open() -> Self {
        let own = OwnTable::create("clocks").await;
        let table = Table::new(own.client(), own.name());
        let function = GetAggregations::new(table.clone(), Authorizer::None, Envelope::None);
        let mut customer = Customer::new("clocks");
        for number in 0..1_250 {
            let day = date("2019-01-01") + Days::new(number * 2);
            let (store, brand) = (number % 3, number % 7);
            let it = bought(100 + number as i64)
                .at(format!("{store}"))
                .of([format!("Brand {brand}")]);
            customer.put(format!("TXN#{day}T10:00:00Z#{number}"), it);
        }
        customer.put("TXN#2030-01-01T10:00:00Z#ahead", bought(4_200).at("ahead"));
        Self {
            own,
            table,
            function,
            customer,
        }
    }

    /// Writes what is not written yet; returns the parts that changed.
    async fn write(&mut self) -> BTreeSet<Part> {
        let keys = self
            .customer
            .write(&self.own.client(), self.own.name())
            .await;
        keys.iter().map(|key| Part::Date(day(key))).collect()
    }

    async fn recalculate(&self, changed: &BTreeSet<Part>, clock: NaiveDate) {
        let now = || noon(clock);
        let profile = &self.customer.profile;
        recalculate(&self.table, &Settings::default(), profile, changed, now)
            .await
            .unwrap();
    }

    /// Every date is answered with the plain sum, whatever the clock said when it was calculated.
    async fn assert_exact(&self, clock: &str) {
        for as_of in DATES {
            let request = question(self.customer.profile.as_str(), &format!("as_of={as_of}"));
            let answer = self.function.handle(request).await;
            assert_eq!(answer.status(), 200, "{clock}, {as_of}");
            let Body::Text(body) = answer.into_body() else {
                unreachable!("a document is a text");
            };
            let document: Json = serde_json::from_str(&body).unwrap();
            self.customer.assert_document(&document, date(as_of));
        }
        let found = self
            .table
            .verify(&Settings::default(), &self.customer.profile)
            .await;
        assert_eq!(found.unwrap(), None, "{clock}");
    }
}

#[tokio::test]
async fn a_clock_that_jumps_between_recalculations_changes_no_figure() {
    let mut shop = Shop::open().await;
    for (number, clock) in CLOCKS.into_iter().enumerate() {
        // Something new, something late, a correction of a day that may be closed by now.
        let number = number as i64;
        let late = date("2019-06-01") + Days::new(number as u64 * 100);
        shop.customer.put(
            format!("TXN#2026-01-{:02}T10:00:00Z#new", number + 1),
            bought(900 + number).at("new"),
        );
        shop.customer
            .put(format!("TXN#{late}T11:00:00Z#late"), bought(-70 - number));
        shop.customer.put(
            "TXN#2019-01-01T10:00:00Z#0",
            bought(5 * number + 1).at("corrected"),
        );
        let changed = shop.write().await;
        shop.recalculate(&changed, date(clock)).await;
        shop.assert_exact(clock).await;
    }
    shop.own.delete().await;
}

#[tokio::test]
async fn clocks_that_differ_at_the_same_time_change_no_figure() {
    let mut shop = Shop::open().await;
    let changed = shop.write().await;
    shop.recalculate(&changed, date("2026-02-01")).await;
    for round in 0..3 {
        let mut changes = Vec::new();
        for clock in 0..CLOCKS.len() {
            let day = date("2019-01-01") + Days::new(clock as u64 * 250 + round);
            shop.customer.put(
                format!("TXN#{day}T12:00:00Z#{clock}"),
                bought(31).at("raced"),
            );
            changes.push(shop.write().await);
        }
        let shop = &shop;
        let clocks = CLOCKS.iter().zip(&changes);
        // No more at once than a recalculation has tries.
        for at_once in clocks.collect::<Vec<_>>().chunks(5) {
            join_all(
                at_once
                    .iter()
                    .map(|(clock, changed)| shop.recalculate(changed, date(clock))),
            )
            .await;
        }
        shop.assert_exact("all at once").await;
    }
    shop.own.delete().await;
}
