//! How many GETs and recalculations a second one process does, of one hot profile and of a thousand, and how much of the time it
//! waits for the table:
//!
//! ```sh
//! cargo bench -p benchmarks --bench throughput
//! ```

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints what it measures, and may fail loudly"
)]

mod stub;

use std::time::{Duration, Instant};

use calculation::{Item, Value};
use chrono::Utc;
use futures::{StreamExt, stream};
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::RecalculateAggregations;
use serde_json::json;
use stub::{Answers, Stub};
use table::{MAX_BATCH_ITEMS, ProfileId, Settings, Table, attributes, rebuild};
use test_metering::{question, stores, transactions};
use test_support::{Engine, TABLE};

const PROFILES: usize = 1_000;
/// Shopping days of each profile, with one transaction on each.
const DAYS: usize = 100;
/// Records of a batch, as in the template.
const BATCH: usize = 500;
/// GETs that are under way at the same time, where they are not asked one after another.
const SIDE_BY_SIDE: usize = 64;
/// Batches of one shard that are worked on at the same time, as in the template.
const BATCHES_AT_A_TIME: usize = 4;
const ROUNDS: usize = 3;
/// About what DynamoDB takes.
const LATENCY: Duration = Duration::from_millis(5);

/// Who answers, in the order of the columns.
const ANSWERS: [Answers; 3] = [Answers::Engine, Answers::AtOnce, Answers::After(LATENCY)];

#[tokio::main]
async fn main() {
    let engine = Engine::start().await;
    let (stub, client) = Stub::new(engine.config());
    let table = Table::new(client, TABLE);
    let names: Vec<String> = (0..PROFILES)
        .map(|number| format!("customer-{number}"))
        .collect();
    store(&table, &names).await;

    println!(
        "| GETs a second | {} |\n|---|---|---|---|",
        ANSWERS.map(Answers::name).join(" | ")
    );
    let reader = GetAggregations::new(table.clone(), Authorizer::None, Envelope::None);
    for profiles in [1, PROFILES] {
        for side_by_side in [1, SIDE_BY_SIDE] {
            let work = async || {
                let asked = names[..profiles].iter().cycle().take(PROFILES);
                let asked = asked.map(async |name| {
                    assert_eq!(reader.handle(question(name, "")).await.status(), 200);
                });
                stream::iter(asked)
                    .buffer_unordered(side_by_side)
                    .count()
                    .await;
            };
            let times = measure(&stub, work).await;
            let a_second =
                times.map(|(time, _)| format!("{:.0}", PROFILES as f64 / time.as_secs_f64()));
            println!(
                "| profiles: {profiles}, at a time: {side_by_side} | {} |",
                a_second.join(" | ")
            );
        }
    }

    println!(
        "\n| a batch of {BATCH} records | requests | recalculations a second: {} |\n|---|---|---|---|---|",
        ANSWERS.map(Answers::name).join(" | ")
    );
    let writer = RecalculateAggregations::new(table, Settings::default());
    for (profiles, days, at_a_time) in [
        (1, 1, 1),
        (1, DAYS, 1),
        (1, 1, BATCHES_AT_A_TIME),
        (BATCH, 1, 1),
        (PROFILES, 1, 1),
    ] {
        let batches = batches(&names[..profiles], days, at_a_time);
        let work = async || {
            let handled = batches.iter().map(async |batch| {
                let event = LambdaEvent::new(batch.clone(), Context::default());
                let answer = writer.handle(event).await.unwrap();
                assert!(answer.failures().is_empty());
            });
            let handled = stream::iter(handled).buffer_unordered(at_a_time);
            handled.count().await;
        };
        let times = measure(&stub, work).await;
        let recalculations = profiles.max(at_a_time) as f64;
        let a_second = times.map(|(time, _)| format!("{:.0}", recalculations / time.as_secs_f64()));
        let requests = times[0].1 / batches.len();
        println!(
            "| profiles: {profiles}, days of each: {days}, batches at a time: {at_a_time} | {requests} | {} |",
            a_second.join(" | ")
        );
    }
}

/// Stores the profiles and their stores, and calculates them.
async fn store(table: &Table, names: &[String]) {
    let history = transactions(DAYS, 7);
    let store = async |name: &String| {
        let profile = ProfileId::parse(name).unwrap();
        let of_profile = history.iter().map(|item| {
            let mut item = item.clone();
            let partition = profile.partition().to_string();
            item.insert("pk".into(), Value::Text(partition));
            item
        });
        let items: Vec<Item> = stores().chain(of_profile).collect();
        for items in items.chunks(MAX_BATCH_ITEMS) {
            let items = items.iter().cloned().map(attributes);
            table.put_batch(items.collect()).await.unwrap();
        }
        let settings = Settings::default();
        rebuild(table, &settings, &profile, Utc::now).await.unwrap();
    };
    let stored = stream::iter(names.iter().map(store)).buffer_unordered(SIDE_BY_SIDE);
    stored.count().await;
}

/// Records of the newest days of some profiles, as the stream sends them: one of each day, and as many again as fill so many
/// batches.
fn batches(names: &[String], days: usize, at_least: usize) -> Vec<serde_json::Value> {
    let history = transactions(DAYS, 7);
    let newest: Vec<&Item> = history.iter().rev().take(days).collect();
    let count = (at_least * BATCH).max(names.len() * days);
    let record = |number: usize| {
        let profile = ProfileId::parse(&names[number % names.len()]).unwrap();
        let sk = newest[number / names.len() % days]["sk"].as_text().unwrap();
        json!({"dynamodb": {
            "ApproximateCreationDateTime": Utc::now().timestamp(),
            "Keys": {"pk": {"S": profile.partition().to_string()}, "sk": {"S": sk}},
            "SequenceNumber": format!("{number:021}"),
        }})
    };
    let records: Vec<_> = (0..count).map(record).collect();
    let batches = records.chunks(BATCH);
    batches.map(|records| json!({"Records": records})).collect()
}

/// The median time of some work and its requests, with each of those that answer.
async fn measure(stub: &Stub, work: impl AsyncFn()) -> [(Duration, usize); 3] {
    let mut measured = [(Duration::ZERO, 0); 3];
    for (answers, measured) in ANSWERS.into_iter().zip(&mut measured) {
        stub.answer_by(answers);
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            stub.take_requests();
            let began = Instant::now();
            work().await;
            times.push(began.elapsed());
        }
        times.sort();
        *measured = (times[ROUNDS / 2], stub.take_requests());
    }
    stub.answer_by(Answers::Engine);
    measured
}
