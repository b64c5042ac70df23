//! The recalculation of one new purchase.

use std::collections::BTreeSet;
use std::fmt;

use calculation::Part;
use chrono::{DateTime, Utc};
use serde_json::json;
use table::{Outcome, ProfileId, Settings, Table, recalculate};
use tokio::runtime::Runtime;

use crate::history::{History, PROFILE, purchase};
use crate::stub;

/// A customer with a history, and with one purchase that was just stored.
pub struct Recalculation {
    runtime: Runtime,
    table: Table,
    profile: ProfileId,
    changed: BTreeSet<Part>,
    now: DateTime<Utc>,
}

impl fmt::Debug for Recalculation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Recalculation")
    }
}

impl Recalculation {
    /// The purchase came on the day after the last one of `history`. It was recalculated once before.
    pub fn new(history: &History) -> Self {
        let date = history.today.succ_opt().unwrap();
        let (key, item) = purchase(date, 0);
        let mut item = stub::item(&item);
        item["sk"] = json!({"S": format!("TXN#{key}")});
        let items = json!({"Count": 1, "ScannedCount": 1, "Items": [item]}).to_string();
        let derived = stub::derived(&history.bytes());
        let client = stub::client(move |operation| match operation {
            "GetItem" => derived.clone(),
            "Query" => items.clone(),
            _ => "{}".to_owned(),
        });
        let recalculation = Self {
            runtime: stub::runtime(),
            table: Table::new(client, "table"),
            profile: ProfileId::parse(PROFILE).unwrap(),
            changed: BTreeSet::from([Part::Date(date)]),
            now: date.and_hms_opt(12, 0, 0).unwrap().and_utc(),
        };
        recalculation.run();
        recalculation
    }

    /// Recalculates: a GetItem, a Query of the date, a PutItem.
    pub fn run(&self) -> Outcome {
        let now = || self.now;
        let settings = Settings::default();
        let outcome = recalculate(&self.table, &settings, &self.profile, &self.changed, now);
        self.runtime.block_on(outcome).unwrap()
    }
}
