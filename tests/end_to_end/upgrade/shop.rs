//! A table, its customers, and the functions of every release beside each other on it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Closing, Ledger, Locations, Part, evaluate};
use chrono::{NaiveDate, Utc};
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_http::{Body, request};
use serde_json::{Value as Json, json};
use table::{Outcome, ProfileId, Settings, Table, recalculate};
use test_metering::{Attributes, Meter};
use test_support::{OwnTable, get_event};

use super::release::{Release, translate};
use crate::closed_days::date;
use crate::closed_days::history::{History, Stored, derived, purchase};

/// The first day on which the customer shops, and the last one, the only one that is not closed.
const DAYS: [&str; 2] = ["2021-01-01", "2023-12-27"];

/// A table with one customer whose history is known, so that all of its figures are.
pub struct Shop {
    pub own: OwnTable,
    pub history: History,
    pub settings: Settings,
}

/// Every day before the newest purchase is closed.
fn settings() -> Settings {
    Settings {
        closing: Closing {
            months: 0,
            days: 1,
            bytes: 0,
        },
        ..Settings::default()
    }
}

impl Shop {
    /// An empty one.
    pub async fn empty(profile: &str) -> Self {
        Self {
            own: OwnTable::create("upgrade").await,
            history: History::new(profile),
            settings: settings(),
        }
    }

    /// One whose customer shopped every tenth day of three years; a release has calculated it, with closed days.
    pub async fn of(release: Release) -> Self {
        let mut shop = Self::empty("p").await;
        shop.fill();
        let outcome = shop.catch_up(release).await;
        assert_eq!(outcome.lost_races, 0);
        let versions = shop.versions().await;
        assert_eq!(
            versions.keys().collect::<Vec<_>>(),
            ["AGG", "AGG#2021", "AGG#2022", "AGG#2023"]
        );
        shop.assert_all_are(release.writes()).await;
        shop
    }

    /// Has the customer shop every tenth day, without writing it.
    pub fn fill(&mut self) {
        let [first, last] = DAYS.map(date);
        for day in first.iter_days().step_by(10).take_while(|day| *day <= last) {
            self.history.put(purchase(day, ""));
        }
    }

    /// Corrects the one purchase that is not closed.
    pub fn correct_the_open_day(&mut self, total: &str) {
        self.history.correct(date(DAYS[1]), total);
    }

    pub fn profile(&self) -> &ProfileId {
        self.history.profile()
    }

    /// The table as a release sees it.
    pub fn table(&self, release: Release) -> Table {
        self.metered(release).0
    }

    /// The same, and what its requests consume.
    pub fn metered(&self, release: Release) -> (Table, Meter) {
        let meter = Meter::default();
        let config = self.config(release).interceptor(meter.clone()).build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        (Table::new(client, self.own.name()), meter)
    }

    /// What a client of a release needs to know.
    pub fn config(&self, release: Release) -> Builder {
        self.own.config().interceptor(release)
    }

    /// Writes what the history says now; returns the parts that changed.
    pub async fn write(&mut self) -> BTreeSet<Part> {
        self.history
            .write(&self.own.client(), self.own.name())
            .await
    }

    /// Writes what the history says now, and has a release recalculate it.
    pub async fn catch_up(&mut self, release: Release) -> Outcome {
        let changed = self.write().await;
        self.recalculate(&self.table(release), &changed).await
    }

    pub async fn recalculate(&self, table: &Table, changed: &BTreeSet<Part>) -> Outcome {
        recalculate(table, &self.settings, self.profile(), changed, Utc::now)
            .await
            .unwrap()
    }

    /// The derived item and the archive items as they are stored.
    pub async fn stored(&self) -> Stored {
        derived(&self.own.client(), self.own.name(), self.profile()).await
    }

    /// The version of each of them.
    pub async fn versions(&self) -> BTreeMap<String, u8> {
        let version = |item: &Attributes| {
            let bytes = item.get("ledger").or_else(|| item.get("days")).unwrap();
            bytes.as_b().unwrap().as_ref()[0]
        };
        let stored = self.stored().await;
        let versions = stored
            .iter()
            .map(|(key, item)| (key.clone(), version(item)));
        versions.collect()
    }

    pub async fn assert_all_are(&self, version: u8) {
        let versions = self.versions().await;
        assert!(
            versions.values().all(|stored| *stored == version),
            "{versions:?}"
        );
    }

    /// Puts an item as it is, but with other bytes.
    pub async fn put(&self, mut item: Attributes, translated: impl Fn(&[&str], &[u8]) -> Vec<u8>) {
        translate(&mut item, None, translated);
        let put = self.own.client().put_item().table_name(self.own.name());
        put.set_item(Some(item)).send().await.unwrap();
    }

    /// All items of the table.
    pub async fn everything(&self) -> BTreeMap<[String; 2], Attributes> {
        let scan = self.own.client().scan().table_name(self.own.name());
        let items = scan.consistent_read(true).send().await.unwrap();
        assert!(items.last_evaluated_key.is_none());
        let text = |item: &Attributes, name: &str| item[name].as_s().unwrap().clone();
        let keyed = |item: Attributes| (["pk", "sk"].map(|name| text(&item, name)), item);
        items.items.unwrap().into_iter().map(keyed).collect()
    }

    /// What a release answers to a GET.
    pub async fn ask(&self, release: Release, path: &str) -> Answer {
        let event = get_event(path, &json!({"scope": "aggregations:read"}));
        let request = request::from_str(&event.to_string()).unwrap();
        let function = GetAggregations::new(self.table(release), Authorizer::Jwt, Envelope::None);
        let (parts, body) = function.handle(request).await.into_parts();
        let Body::Text(body) = body else {
            unreachable!("a body is a text");
        };
        let retry_after = parts.headers.get("retry-after");
        Answer {
            status: parts.status.as_u16(),
            body,
            retry_after: retry_after.map(|value| value.to_str().unwrap().to_owned()),
        }
    }

    /// What a release answers as of a date.
    pub async fn as_of(&self, release: Release, as_of: NaiveDate) -> Answer {
        let profile = self.profile().as_str();
        let path = format!("/profiles/{profile}/aggregations?as_of={as_of}");
        self.ask(release, &path).await
    }

    /// The document of a calculation from nothing.
    pub fn truth(&self, as_of: NaiveDate) -> String {
        document(&self.history.ledger(), self.profile(), as_of)
    }

    /// A release answers every one of some dates, near and far, as a calculation from nothing does.
    pub async fn assert_exact(&self, release: Release) {
        let truth = self.history.ledger();
        for as_of in dates() {
            let answer = self.as_of(release, as_of).await;
            let expected = document(&truth, self.profile(), as_of);
            assert_eq!(
                (answer.status, answer.body),
                (200, expected),
                "{release:?} {as_of}"
            );
        }
        let table = self.table(release);
        let verified = table.verify(&self.settings, self.profile()).await;
        assert_eq!(verified.unwrap(), None);
    }
}

fn document(ledger: &Ledger, profile: &ProfileId, as_of: NaiveDate) -> String {
    let locations = Locations::new();
    let document = evaluate(ledger, profile.as_str(), as_of, &locations).unwrap();
    serde_json::to_string(&document.unwrap()).unwrap()
}

/// Dates whose windows reach into every year of the history, and beyond it.
pub fn dates() -> Vec<NaiveDate> {
    let dates = [
        "2020-01-01",
        "2021-05-05",
        "2022-02-28",
        "2023-06-30",
        "2023-12-31",
        "2024-02-29",
        "2025-12-30",
        "2026-06-30",
        "9999-12-31",
    ];
    dates.map(date).to_vec()
}

/// An answer of the read function.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub retry_after: Option<String>,
}

impl Answer {
    /// Whether it says that the aggregations cannot be read now, and nothing else.
    pub fn is_unreadable(&self) -> bool {
        let problem: Json = serde_json::from_str(&self.body).unwrap();
        let detail = "the aggregations of this profile cannot be read right now";
        self.status == 503
            && self.retry_after.as_deref() == Some("60")
            && problem["detail"].as_str().unwrap().ends_with(detail)
    }
}

/// A text as it is stored.
pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
