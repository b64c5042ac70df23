//! The poller against a streams API of several shards that expires iterators, trims records and fails.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aws_sdk_dynamodbstreams::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::super::{StreamMapping, StreamSettings};
use super::*;
use crate::filter::Filter;
use crate::function::Function;
use crate::service::Service;

/// Sequence numbers that a shard has, whether it is closed, its parent.
#[derive(Clone, Default)]
struct FakeShard {
    parent: Option<&'static str>,
    numbers: Vec<u64>,
    is_closed: bool,
}

/// A stream.
#[derive(Default)]
struct FakeStream {
    shards: BTreeMap<&'static str, FakeShard>,
    /// Errors with which the next calls of an operation are refused.
    refusals: Vec<(&'static str, &'static str)>,
    /// Types of the iterators that were asked for.
    asked: Vec<String>,
    /// A shard whose iterators are always expired, and how often one was used.
    expires: Option<&'static str>,
    expired: usize,
}

type Shared = Arc<Mutex<FakeStream>>;

fn refusal(error: &str) -> (StatusCode, String) {
    let body =
        json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{error}"), "message": "no"});
    (StatusCode::BAD_REQUEST, body.to_string())
}

async fn answer(
    State(stream): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    let mut stream = stream.lock().unwrap();
    let operation = headers["x-amz-target"].to_str().unwrap();
    let operation = operation.split_once('.').unwrap().1;
    let refused = stream.refusals.iter().position(|(of, _)| *of == operation);
    if let Some(refused) = refused {
        return refusal(stream.refusals.remove(refused).1);
    }
    let request: Value = serde_json::from_str(&body).unwrap();
    let answer = match operation {
        "DescribeStream" => describe(&stream, request["ExclusiveStartShardId"].as_str()),
        "GetShardIterator" => {
            let kind = request["ShardIteratorType"].as_str().unwrap();
            stream.asked.push(kind.to_owned());
            let shard = request["ShardId"].as_str().unwrap();
            let after = request["SequenceNumber"].as_str().unwrap_or("0");
            json!({"ShardIterator": format!("{shard} {after}")})
        }
        "GetRecords" => {
            let iterator = request["ShardIterator"].as_str().unwrap();
            if stream
                .expires
                .is_some_and(|shard| iterator.starts_with(shard))
            {
                stream.expired += 1;
                return refusal("ExpiredIteratorException");
            }
            records(&stream, iterator)
        }
        other => panic!("{other}"),
    };
    (StatusCode::OK, answer.to_string())
}

/// One shard a page.
fn describe(stream: &FakeStream, from: Option<&str>) -> Value {
    let rest = || {
        stream
            .shards
            .iter()
            .filter(|(id, _)| from.is_none_or(|from| **id > from))
    };
    let page: Vec<_> = rest()
        .take(1)
        .map(|(id, shard)| json!({"ShardId": id, "ParentShardId": shard.parent}))
        .collect();
    let last = rest()
        .next()
        .filter(|_| rest().count() > 1)
        .map(|(id, _)| id);
    json!({"StreamDescription": {"StreamArn": "arn", "Shards": page, "LastEvaluatedShardId": last}})
}

/// Two records an answer.
fn records(stream: &FakeStream, iterator: &str) -> Value {
    let (id, after) = iterator.split_once(' ').unwrap();
    let after: u64 = after.parse().unwrap();
    let shard = &stream.shards[id];
    let page: Vec<u64> = shard
        .numbers
        .iter()
        .copied()
        .filter(|number| *number > after)
        .take(2)
        .collect();
    let next = page.last().copied().unwrap_or(after);
    let has_ended = shard.is_closed && shard.numbers.last().is_none_or(|last| *last <= next);
    let records: Vec<_> = page
        .iter()
        .map(|number| {
            json!({
                "eventID": number.to_string(),
                "eventName": "INSERT",
                "dynamodb": {
                    "SequenceNumber": number.to_string(),
                    "ApproximateCreationDateTime": 1_700_000_000,
                    "Keys": {"pk": {"S": if number % 10 == 0 { "B#1" } else { "A#1" }}, "sk": {"S": "x"}},
                },
            })
        })
        .collect();
    json!({"Records": records, "NextShardIterator": (!has_ended).then(|| format!("{id} {next}"))})
}

/// A mapping to a function that notes the sequence numbers it gets.
struct Running {
    seen: Arc<Mutex<Vec<u64>>>,
    processed: Arc<Mutex<BTreeMap<String, String>>>,
    mapping: StreamMapping,
}

impl Running {
    async fn caught_up(&self) -> Vec<u64> {
        self.mapping.caught_up().await;
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    async fn stop(self) {
        self.mapping.stop().await;
    }
}

async fn serve(stream: &Shared) -> (Client, Service) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new()
        .fallback(answer)
        .with_state(Arc::clone(stream));
    let service = Service::start(|stop| async move {
        let served = axum::serve(listener, routes);
        served
            .with_graceful_shutdown(async move { stop.cancelled().await })
            .await
            .unwrap();
    });
    let config = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .build();
    (Client::from_conf(config), service)
}

fn start(client: &Client) -> Running {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noting = Arc::clone(&seen);
    let function = Function::new("f", Duration::from_secs(60), move |event| {
        for record in event.payload["Records"].as_array().unwrap() {
            let number = record["dynamodb"]["SequenceNumber"].as_str().unwrap();
            noting.lock().unwrap().push(number.parse().unwrap());
        }
        async { Ok(json!({})) }
    });
    let pattern = r#"{"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "A#"}]}}}}"#;
    let settings = StreamSettings {
        // Several batches at a time, which the single partition key of these records makes one.
        parallelization: 4,
        partition_key: "pk".into(),
        filter: Filter::parse([pattern].into_iter()).unwrap(),
        ..StreamSettings::default()
    };
    let processed = Arc::<Mutex<BTreeMap<_, _>>>::default();
    let told = Arc::clone(&processed);
    let tell = move |shard: &str, number: &str| {
        told.lock()
            .unwrap()
            .insert(shard.to_owned(), number.to_owned());
    };
    let mapping = StreamMapping::start(client.clone(), "arn".into(), function, settings, tell);
    Running {
        seen,
        processed,
        mapping,
    }
}

fn open(numbers: &[u64]) -> FakeShard {
    FakeShard {
        numbers: numbers.to_vec(),
        ..FakeShard::default()
    }
}

fn closed(numbers: &[u64]) -> FakeShard {
    FakeShard {
        is_closed: true,
        ..open(numbers)
    }
}

fn child(parent: &'static str, shard: FakeShard) -> FakeShard {
    FakeShard {
        parent: Some(parent),
        ..shard
    }
}

#[tokio::test]
async fn follows_shards_from_parents_to_children_and_takes_up_new_ones() {
    let stream = Shared::default();
    stream.lock().unwrap().shards = BTreeMap::from([
        // In the listing, the child comes first.
        ("a-child", child("b-parent", open(&[4, 5]))),
        ("b-parent", closed(&[1, 2, 3])),
    ]);
    let (client, _service) = serve(&stream).await;
    let running = start(&client);
    assert_eq!(running.caught_up().await, [1, 2, 3, 4, 5]);
    {
        let mut stream = stream.lock().unwrap();
        let ending = stream.shards.get_mut("a-child").unwrap();
        ending.numbers.push(6);
        ending.is_closed = true;
        stream
            .shards
            .insert("c-new", child("a-child", open(&[7, 8, 9])));
    }
    assert_eq!(running.caught_up().await, [6, 7, 8, 9]);
    running.stop().await;
}

#[tokio::test]
async fn what_the_filter_holds_back_is_passed_over_for_good() {
    let stream = Shared::default();
    let shards = BTreeMap::from([("a", open(&[9, 10, 20]))]);
    stream.lock().unwrap().shards = shards;
    let (client, _service) = serve(&stream).await;
    let running = start(&client);
    assert_eq!(running.caught_up().await, [9]);
    assert_eq!(running.processed.lock().unwrap()["a"], "20");
    running.stop().await;
}

#[tokio::test]
async fn an_expired_iterator_is_asked_for_again_at_the_same_place() {
    let stream = Shared::default();
    stream.lock().unwrap().shards = BTreeMap::from([("a", open(&[1]))]);
    let (client, _service) = serve(&stream).await;
    let running = start(&client);
    assert_eq!(running.caught_up().await, [1]);
    {
        let mut stream = stream.lock().unwrap();
        stream
            .refusals
            .push(("GetRecords", "ExpiredIteratorException"));
        stream.shards.get_mut("a").unwrap().numbers.push(2);
    }
    assert_eq!(running.caught_up().await, [2]);
    assert_eq!(
        stream.lock().unwrap().asked,
        ["TRIM_HORIZON", "AFTER_SEQUENCE_NUMBER"]
    );
    running.stop().await;
}

#[tokio::test]
async fn a_shard_that_cannot_be_read_stops_no_other_and_is_not_asked_all_the_time() {
    let stream = Shared::default();
    {
        let mut stream = stream.lock().unwrap();
        let many: Vec<u64> = (1..2_000).filter(|number| number % 10 != 0).collect();
        stream.shards = BTreeMap::from([("bad", open(&[1])), ("good", closed(&many))]);
        stream.expires = Some("bad");
    }
    let (client, _service) = serve(&stream).await;
    let running = start(&client);
    let mut progress = running.mapping.progress.clone();
    // The good shard is read to its end, in some 900 answers.
    let is_read = |now: &Progress| !now.shards.is_empty() && !now.shards.contains_key("good");
    progress.wait_for(is_read).await.unwrap();
    assert_eq!(running.seen.lock().unwrap().len(), 1_800);
    let expired = stream.lock().unwrap().expired;
    assert!((1..100).contains(&expired), "{expired}");
    // It goes on where it stopped once it can be read.
    stream.lock().unwrap().expires = None;
    running.caught_up().await;
    assert_eq!(running.processed.lock().unwrap()["bad"], "1");
    running.stop().await;
}

#[tokio::test]
async fn a_position_that_is_trimmed_away_is_a_start_from_the_oldest_record() {
    for refusals in [
        vec![("GetRecords", "TrimmedDataAccessException")],
        vec![
            ("GetRecords", "ExpiredIteratorException"),
            ("GetShardIterator", "TrimmedDataAccessException"),
        ],
        vec![
            ("GetRecords", "ExpiredIteratorException"),
            ("GetShardIterator", "ValidationException"),
        ],
    ] {
        let stream = Shared::default();
        stream.lock().unwrap().shards = BTreeMap::from([("a", open(&[1]))]);
        let (client, _service) = serve(&stream).await;
        let running = start(&client);
        assert_eq!(running.caught_up().await, [1]);
        {
            let mut stream = stream.lock().unwrap();
            stream.refusals.clone_from(&refusals);
            stream.shards.get_mut("a").unwrap().numbers = vec![5, 6, 7];
        }
        assert_eq!(running.caught_up().await, [5, 6, 7], "{refusals:?}");
        assert_eq!(stream.lock().unwrap().asked.last().unwrap(), "TRIM_HORIZON");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_failed_listing_or_read_is_tried_again() {
    let stream = Shared::default();
    {
        let mut stream = stream.lock().unwrap();
        stream.shards = BTreeMap::from([("a", open(&[1]))]);
        for operation in ["DescribeStream", "GetShardIterator", "GetRecords"] {
            stream.refusals.push((operation, "AccessDeniedException"));
        }
    }
    let (client, _service) = serve(&stream).await;
    let running = start(&client);
    assert_eq!(running.caught_up().await, [1]);
    assert!(stream.lock().unwrap().refusals.is_empty());
    running.stop().await;
}
