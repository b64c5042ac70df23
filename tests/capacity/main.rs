//! What a purchase and a question consume of DynamoDB, and what is logged of them: the figures that the README works its
//! costs out from.
//!
//! The code is the real one, the units are those that DynamoDB reports, and both are held against the rules that AWS bills by.
//! `--nocapture` shows the table.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and this one tells what it measured"
)]

mod history;
mod meter;

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Part, Rebuild, Tag};
use chrono::{DateTime, Utc};
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use history::{
    PROFILE, TRANSACTION_BYTES, attributes, customer, partition, size, stores, transactions,
};
use lambda_http::{Request, RequestExt, request};
use lambda_runtime::{Context, LambdaEvent};
use meter::{Meter, Used};
use recalculate_aggregations::RecalculateAggregations;
use serde_json::json;
use table::{ProfileId, Settings, SortKey, Table, Written, key, recalculate};
use telemetry::Metrics;
use test_support::{Engine, Lines, create_table, other_dynamodb};
use uuid::Uuid;

type Attributes = HashMap<String, AttributeValue>;

/// A table whose every request is metered.
struct Metered {
    client: Client,
    table: Table,
    name: String,
    meter: Meter,
    // The embedded DynamoDB lasts as long as this.
    _engine: Engine,
}

impl Metered {
    async fn start() -> Self {
        let engine = Engine::start().await;
        let meter = Meter::default();
        let mut config = engine.config();
        if let Some(url) = other_dynamodb() {
            config = config.endpoint_url(url);
        }
        let name = format!("capacity-{}", Uuid::new_v4());
        create_table(&Client::from_conf(config.clone().build()), &name).await;
        let client = Client::from_conf(config.interceptor(meter.clone()).build());
        Self {
            table: Table::new(client.clone(), &name),
            client,
            name,
            meter,
            _engine: engine,
        }
    }

    /// Puts an item; returns what it consumed.
    async fn put(&self, item: Attributes) -> Vec<Used> {
        self.meter.take();
        let put = self.client.put_item().table_name(&self.name);
        put.set_item(Some(item)).send().await.unwrap();
        self.meter.take()
    }

    /// Stores everything of a customer that its next purchases are calculated from: the derived item of all transactions,
    /// and those of the last day. The others could be there as well; nothing reads them.
    async fn store(&self, transactions: &[Item]) {
        let mut rebuild = Rebuild::new(None);
        for item in customer().iter().chain(transactions) {
            rebuild.add(sort_key(item).source().unwrap(), item);
        }
        for item in stores().chain(customer()).chain(transactions.to_vec()) {
            if day(&item).is_none() || day(&item) == day(transactions.last().unwrap()) {
                self.put(attributes(&item)).await;
            }
        }
        let ledger = rebuild.finish().encode(PROFILE, Tag::default()).ledger;
        let mut derived = key(&partition(), SortKey::Derived);
        derived.insert("version".into(), AttributeValue::S("first".into()));
        derived.insert("ledger".into(), AttributeValue::B(Blob::new(ledger)));
        self.put(derived).await;
    }

    /// The derived item's size in bytes.
    async fn derived_bytes(&self) -> usize {
        let get = self.client.get_item().table_name(&self.name);
        let answer = get
            .set_key(Some(key(&partition(), SortKey::Derived)))
            .consistent_read(true)
            .send();
        size(&answer.await.unwrap().item.unwrap())
    }

    /// Recalculates the day of a transaction; returns what that consumed.
    async fn recalculate(&self, settings: Settings, transaction: &Item) -> Vec<Used> {
        let profile = ProfileId::parse(PROFILE).unwrap();
        let changed = BTreeSet::from([day(transaction).unwrap()]);
        self.meter.take();
        let outcome = recalculate(&self.table, &settings, &profile, &changed, now).await;
        assert_eq!(outcome.unwrap().written, Written::Put);
        self.meter.take()
    }

    /// Answers a GET; returns what that consumed.
    async fn ask(&self, function: &GetAggregations) -> Vec<Used> {
        self.meter.take();
        assert_eq!(function.handle(question()).await.status(), 200);
        self.meter.take()
    }
}

/// A GET as API Gateway sends it.
fn question() -> Request {
    let event = json!({
        "version": "2.0",
        "routeKey": "GET /profiles/{profileId}/aggregations",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {},
        "pathParameters": {"profileId": PROFILE},
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

/// The date that a transaction belongs to.
fn day(item: &Item) -> Option<Part> {
    let part = sort_key(item).source()?.part();
    matches!(part, Part::Date(_)).then_some(part)
}

fn sort_key(item: &Item) -> SortKey<'_> {
    SortKey::parse(item["sk"].as_text().unwrap()).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-07-01T12:00:00Z".parse().unwrap()
}

/// A read unit is 4 KB, read strongly consistent; half of one if eventually consistent. A request has one at least.
fn read_units(bytes: usize) -> f64 {
    bytes.div_ceil(4096).max(1) as f64
}

/// A write unit is 1 KB of the larger of the item before and after.
fn write_units(before: usize, after: usize) -> f64 {
    before.max(after).div_ceil(1024) as f64
}

/// A purchase of a customer with a history, and a question about it.
#[derive(Debug, PartialEq)]
struct Case {
    /// The purchase's place among the customer's transactions.
    transactions: usize,
    a_day: u64,
    /// How many days lie between two shopping days at most.
    apart: u64,
    days: usize,
    derived_bytes: usize,
    /// Read units of the derived item and of the day's transactions, and write units of the derived item.
    purchase: [f64; 3],
    /// Read units of the derived item.
    question: f64,
}

const CASES: [Case; 5] = [
    Case {
        transactions: 10,
        a_day: 1,
        apart: 6,
        days: 10,
        derived_bytes: 558,
        purchase: [1.0, 1.0, 1.0],
        question: 0.5,
    },
    Case {
        transactions: 100,
        a_day: 1,
        apart: 6,
        days: 100,
        derived_bytes: 1_066,
        purchase: [1.0, 1.0, 2.0],
        question: 0.5,
    },
    Case {
        transactions: 1_000,
        a_day: 1,
        apart: 6,
        days: 1_000,
        derived_bytes: 5_227,
        purchase: [2.0, 1.0, 6.0],
        question: 1.0,
    },
    Case {
        transactions: 10_000,
        a_day: 10,
        apart: 6,
        days: 988,
        derived_bytes: 16_223,
        purchase: [4.0, 2.0, 16.0],
        question: 2.0,
    },
    Case {
        transactions: 10_000,
        a_day: 1,
        apart: 1,
        days: 10_000,
        derived_bytes: 43_104,
        purchase: [11.0, 1.0, 43.0],
        question: 5.5,
    },
];

/// The stores of the customer, each of which is an item of less than 4 KB, read eventually consistent.
const STORES_FETCHED: Used = ("BatchGetItem", 4.0 * 0.5);

#[tokio::test]
async fn what_a_purchase_and_a_question_consume() {
    println!(
        "transactions |   days | derived item | purchase: read units | write units | GET: read units"
    );
    let mut measured = Vec::new();
    for case in CASES {
        let shop = Metered::start().await;
        let transactions = transactions(case.transactions, case.a_day, case.apart);
        let (new, history) = transactions.split_last().unwrap();
        shop.store(history).await;
        // Gives the derived item its native attributes.
        let settings = Settings::default();
        shop.recalculate(settings, history.last().unwrap()).await;
        let before = shop.derived_bytes().await;

        let item = attributes(new);
        assert_eq!(size(&item), TRANSACTION_BYTES);
        assert_eq!(shop.put(item).await, [("PutItem", 1.0)]);
        let purchase = shop.recalculate(settings, new).await;
        let after = shop.derived_bytes().await;
        let days: BTreeSet<_> = transactions.iter().map(day).collect();
        println!(
            "{:>12} | {:>6} | {after:>6} bytes | {:>20} | {:>11} | {:>15}",
            case.transactions,
            days.len(),
            purchase[0].1 + purchase[1].1,
            purchase[2].1,
            read_units(after) / 2.0
        );

        // What AWS says that it bills.
        let that_day = transactions
            .iter()
            .filter(|item| day(item) == day(new))
            .count();
        let [derived, read, written] = [
            read_units(before),
            read_units(that_day * TRANSACTION_BYTES),
            write_units(before, after),
        ];
        let expected = [("GetItem", derived), ("Query", read), ("PutItem", written)];
        assert_eq!(purchase, expected);
        let function = GetAggregations::new(shop.table.clone(), Authorizer::None, Envelope::None);
        let question = ("GetItem", read_units(after) / 2.0);
        assert_eq!(shop.ask(&function).await, [question, STORES_FETCHED]);
        assert_eq!(shop.ask(&function).await, [question]);
        measured.push(Case {
            transactions: case.transactions,
            a_day: case.a_day,
            apart: case.apart,
            days: days.len(),
            derived_bytes: after,
            purchase: [purchase[0].1, purchase[1].1, purchase[2].1],
            question: question.1,
        });
    }
    // What the README says.
    assert_eq!(measured, CASES);
}

#[tokio::test]
async fn what_a_first_purchase_consumes() {
    let shop = Metered::start().await;
    let new = &transactions(1, 1, 1)[0];
    for item in stores().chain([new.clone()]) {
        shop.put(attributes(&item)).await;
    }
    let used = shop.recalculate(Settings::default(), new).await;
    // Nothing to be found costs as much as something; the empty item goes before the real one.
    let expected = [
        ("GetItem", 1.0),
        ("PutItem", 1.0),
        ("Query", 1.0),
        ("PutItem", 1.0),
    ];
    assert_eq!(used, expected);
}

#[tokio::test]
async fn what_an_invocation_logs() {
    let shop = Metered::start().await;
    let new = &transactions(1, 1, 1)[0];
    shop.put(attributes(new)).await;
    let id = Uuid::new_v4().to_string();
    let mut context = Context::default();
    context.request_id = id.clone();
    context.deadline = u64::try_from(Utc::now().timestamp_millis()).unwrap() + 60_000;

    let log = Lines::default();
    let function = RecalculateAggregations::new(shop.table.clone(), Settings::default())
        .with_metrics(metrics(&log, "RecalculateAggregations"));
    let record = json!({"dynamodb": {
        "ApproximateCreationDateTime": Utc::now().timestamp(),
        "Keys": {"pk": {"S": partition().to_string()}, "sk": {"S": new["sk"].as_text()}},
        "SequenceNumber": "100000000000000000001",
    }});
    let event = LambdaEvent::new(json!({"Records": [record]}), context.clone());
    assert!(
        function
            .handle(event)
            .await
            .unwrap()
            .batch_item_failures
            .is_empty()
    );
    let batch = log.text();

    let function = GetAggregations::new(shop.table.clone(), Authorizer::None, Envelope::None)
        .with_metrics(metrics(&log, "GetAggregations"));
    let request = question().with_lambda_context(context);
    assert_eq!(function.handle(request).await.status(), 200);
    let request = log.text();
    println!(
        "a line of {} bytes a batch:\n{batch}a line of {} bytes a request:\n{request}",
        batch.len(),
        request.len()
    );
    for (line, bytes) in [(batch, BATCH_LINE_BYTES), (request, REQUEST_LINE_BYTES)] {
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert!(line.contains(&id), "{line}");
        assert!(line.len() <= bytes, "{} bytes: {line}", line.len());
        // A bound that is far from what is measured says nothing.
        assert!(line.len() > bytes - 100, "{} bytes: {line}", line.len());
    }
}

/// What the line of metrics of a batch and of a request has at most, the name of a function as CloudFormation makes it.
const BATCH_LINE_BYTES: usize = 950;
const REQUEST_LINE_BYTES: usize = 700;

/// Metrics as a deployed function writes them.
fn metrics(lines: &Lines, function: &str) -> Metrics {
    let lines = lines.clone();
    telemetry::emf(
        format!("profile-aggregations-{function}-AbCdEfGhIjKl"),
        move || lines.clone(),
    )
}
