//! A table whose every request is metered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use calculation::{Item, Part};
use chrono::{DateTime, NaiveDate, Utc};
use futures::TryStreamExt;
use get_aggregations::GetAggregations;
use lambda_http::request;
use serde_json::json;
use table::{
    Done, ProfileId, Segment, Settings, SortKey, Table, Task, Verified, Written, key, keyed_item,
    rebuild, recalculate, work_through,
};
use test_support::OwnTable;

use crate::history::{PROFILE, attributes, date, partition};
use crate::meter::{Meter, Request, Used};

/// An item as the SDK has it.
pub type Attributes = HashMap<String, AttributeValue>;

/// What one BatchWriteItem takes.
const BATCH: usize = 25;

/// A table whose every request is metered, but for those that prepare a measurement.
#[derive(Debug)]
pub struct Metered {
    /// The table, metered.
    pub table: Table,
    /// The same as an ordinary client.
    pub client: Client,
    unmetered: Client,
    own: OwnTable,
    meter: Meter,
}

impl Metered {
    /// Starts with an empty one.
    pub async fn start() -> Self {
        let own = OwnTable::create("capacity").await;
        let meter = Meter::default();
        let client = Client::from_conf(own.config().interceptor(meter.clone()).build());
        Self {
            table: Table::new(client.clone(), own.name()),
            client,
            unmetered: own.client(),
            own,
            meter,
        }
    }

    /// Deletes the table.
    pub async fn stop(self) {
        self.own.delete().await;
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        self.own.name()
    }

    /// Does some work; returns how long it took, and the requests for it.
    pub async fn measure(&self, work: impl Future<Output = ()>) -> (Duration, Vec<Request>) {
        self.meter.take_requests();
        let began = Instant::now();
        work.await;
        (began.elapsed(), self.meter.take_requests())
    }

    /// Puts an item; returns what it consumed.
    pub async fn put(&self, item: &Item) -> Vec<Used> {
        self.meter.take();
        let put = self.client.put_item().table_name(self.own.name());
        let put = put.set_item(Some(attributes(item)));
        put.send().await.unwrap();
        self.meter.take()
    }

    /// Stores items.
    pub async fn store(&self, items: impl IntoIterator<Item = Item>) {
        let put = |item: Item| {
            let put = PutRequest::builder().set_item(Some(attributes(&item)));
            WriteRequest::builder().put_request(put.build().unwrap())
        };
        let puts = items.into_iter().map(|item| put(item).build());
        self.write(puts.collect()).await;
    }

    /// Deletes items of the customer.
    pub async fn delete(&self, keys: impl IntoIterator<Item = SortKey<'_>>) {
        let delete = |sk| {
            let delete = DeleteRequest::builder().set_key(Some(key(&partition(), sk)));
            WriteRequest::builder().delete_request(delete.build().unwrap())
        };
        let deletes = keys.into_iter().map(|sk| delete(sk).build());
        self.write(deletes.collect()).await;
    }

    async fn write(&self, requests: Vec<WriteRequest>) {
        for requests in requests.chunks(BATCH) {
            let batch = self.unmetered.batch_write_item();
            let batch = batch.request_items(self.own.name(), requests.to_vec());
            let unprocessed = batch.send().await.unwrap().unprocessed_items;
            assert!(unprocessed.is_none_or(|items| items.is_empty()));
        }
    }

    /// The customer's derived item and archive items, by their sort keys.
    pub async fn derived(&self) -> BTreeMap<String, Attributes> {
        let query = self.unmetered.query().table_name(self.own.name());
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :agg)")
            .expression_attribute_values(":pk", AttributeValue::S(partition().to_string()))
            .expression_attribute_values(":agg", AttributeValue::S(SortKey::Derived.to_string()))
            .consistent_read(true);
        let items = query.into_paginator().items().send();
        let items = items.collect::<Result<Vec<_>, _>>().await.unwrap();
        let keyed = |item: Attributes| (item["sk"].as_s().unwrap().clone(), item);
        items.into_iter().map(keyed).collect()
    }

    /// Reads all transactions of the customer, eventually consistent, as a function does that adds them up for each purchase,
    /// and puts a result of less than a kilobyte; returns what that consumed.
    pub async fn add_up_the_ordinary_way(&self) -> Vec<Used> {
        self.meter.take();
        let query = self.client.query().table_name(self.own.name());
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :transaction)")
            .expression_attribute_values(":pk", AttributeValue::S(partition().to_string()))
            .expression_attribute_values(":transaction", AttributeValue::S("TXN#".into()));
        let pages = query.into_paginator().send();
        pages.collect::<Result<Vec<_>, _>>().await.unwrap();
        let mut used = self.meter.take();
        used.extend(self.put(&keyed_item(&partition(), SortKey::Derived)).await);
        self.delete([SortKey::Derived]).await;
        used
    }

    /// Recalculates the day of a transaction, as on the day `today`; returns what that consumed.
    pub async fn recalculate(
        &self,
        settings: Settings,
        transaction: &Item,
        today: NaiveDate,
    ) -> Vec<Used> {
        self.meter.take();
        self.calculate(settings, transaction, today).await;
        self.meter.take()
    }

    /// Does the same.
    pub async fn calculate(&self, settings: Settings, transaction: &Item, today: NaiveDate) {
        let changed = BTreeSet::from([Part::Date(date(transaction))]);
        let now = || at(today);
        let outcome = recalculate(&self.table, &settings, &profile(), &changed, now).await;
        assert_eq!(outcome.unwrap().written, Written::Put);
    }

    /// Calculates the customer from everything, as on the day `today`.
    pub async fn rebuild(&self, settings: Settings, today: NaiveDate) {
        let outcome = rebuild(&self.table, &settings, &profile(), || at(today)).await;
        assert_eq!(outcome.unwrap().written, Written::Put);
    }

    /// Verifies or rebuilds everything in the table; returns what that consumed.
    pub async fn work(&self, task: Task) -> Vec<Used> {
        self.meter.take();
        let settings = Settings::default();
        let done = work_through(&self.table, &settings, task, Segment::WHOLE, None);
        let done: Vec<Done> = done.try_collect().await.unwrap();
        assert!(
            done.iter()
                .all(|done| matches!(done.verified, Verified::InOrder))
        );
        self.meter.take()
    }

    /// Answers a GET as of a date; returns what that consumed.
    pub async fn ask(&self, function: &GetAggregations, as_of: NaiveDate) -> Vec<Used> {
        self.meter.take();
        let response = function
            .handle(question(PROFILE, &format!("as_of={as_of}")))
            .await;
        assert_eq!(response.status(), 200);
        self.meter.take()
    }
}

fn profile() -> ProfileId {
    ProfileId::parse(PROFILE).unwrap()
}

/// The evening of a date.
fn at(date: NaiveDate) -> DateTime<Utc> {
    date.and_hms_opt(22, 0, 0).unwrap().and_utc()
}

/// A GET about a profile as API Gateway sends it.
pub fn question(profile: &str, query: &str) -> lambda_http::Request {
    let event = json!({
        "version": "2.0",
        "routeKey": "GET /profiles/{profileId}/aggregations",
        "rawPath": "/",
        "rawQueryString": query,
        "headers": {},
        "pathParameters": {"profileId": profile},
        "requestContext": {
            "http": {"method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
            "requestId": "ABCDEFGHIJKLMNO=",
            "stage": "$default",
            "timeEpoch": 0,
        },
        "isBase64Encoded": false,
    });
    request::from_str(&event.to_string()).unwrap()
}
