//! `aggregations export`, as a user runs it: what a GET answers for each profile, and nothing else.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::process::Command;
use std::sync::Arc;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use axum::http::HeaderMap;
use calculation::Aggregations;
use fastrand::Rng;
use local_stack::{Options, Stack, TABLE_NAME};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use support::command::{Ran, command};
use support::{get, put, run};

const SEED: u64 = 20_261_126;
const PROFILES: usize = 48;
/// One that needs archives, one of today's time, one after everything.
const DATES: [&str; 3] = ["2021-06-30", "2026-02-14", "2031-01-01"];

fn key(profile: &str, sk: &str) -> Value {
    json!({"pk": format!("PROFILE#{profile}"), "sk": sk})
}

/// An item with its keys and further attributes.
fn with(mut item: Value, attributes: Value) -> Value {
    let attributes = attributes.as_object().unwrap().clone();
    item.as_object_mut().unwrap().extend(attributes);
    item
}

fn pick<'a>(random: &mut Rng, of: &[&'a str]) -> &'a str {
    of[random.usize(..of.len())]
}

fn instant(random: &mut Rng, years: std::ops::RangeInclusive<u32>) -> String {
    let (year, month, day) = (random.u32(years), random.u32(1..=12), random.u32(1..=28));
    let (hour, second) = (random.u32(0..24), random.u32(0..60));
    format!("{year}-{month:02}-{day:02}T{hour:02}:30:{second:02}Z")
}

fn transaction(random: &mut Rng, profile: &str, number: usize, closed: bool) -> Value {
    let years = if closed { 2019..=2022 } else { 2019..=2029 };
    let at = match random.usize(..40) {
        0 => "yesterday".to_owned(),
        _ => instant(random, years),
    };
    let cents = random.i32(-3_000..20_000);
    let total: Value = match random.usize(..30) {
        0 => json!("12.50"),
        1 => json!(0.123_45),
        _ => serde_json::from_str(&format!("{}.{:02}", cents / 100, cents.abs() % 100)).unwrap(),
    };
    let brands = ["Acme", "Bolt, Inc.", "Çelik \"1\"", "Dune\nline"];
    let mut attributes = json!({
        "total": total,
        "is_void": random.usize(..15) == 0,
        "items": [{"brand": pick(random, &brands), "quantity": random.u32(0..3)}],
    });
    match random.usize(..4) {
        0 => {}
        1 => attributes["location_id"] = json!(random.u32(1..6)),
        _ => attributes["location_id"] = json!(pick(random, &["2", "main street", "gone"])),
    }
    if random.bool() {
        attributes["channel"] = json!(pick(random, &["pos", "Website", "fax"]));
    }
    with(key(profile, &format!("TXN#{at}#{number}")), attributes)
}

/// A stack with random customers, and the ids of all profiles of which something is stored.
async fn random_base() -> (Stack, Vec<String>) {
    let stack = Stack::start(Options::default()).await.unwrap();
    let mut random = Rng::with_seed(SEED);
    let random = &mut random;
    let location = |id: &str| json!({"pk": format!("LOCATION#{id}"), "sk": "LOCATION"});
    let mut items = vec![
        with(
            location("1"),
            json!({"id": 1, "name": "Main, \"1\"", "type": "store", "address": {"iso": "AU"}}),
        ),
        with(
            location("2"),
            json!({"id": "2", "name": "Web", "type": "Online", "tags": ["a", 1.50], "address": {"country": "New Zealand"}}),
        ),
        with(
            location("3"),
            json!({"name": "Without an id", "address": {"iso": "xx"}}),
        ),
        with(
            location("main street"),
            json!({"id": "main street", "custom_fields": {"profile_id": "x"}}),
        ),
    ];
    let mut profiles = Vec::new();
    for number in 0..PROFILES {
        let profile = format!(
            "{}{number}",
            pick(random, &["p", "ada@example.com:", "+61-"])
        );
        let before = items.len();
        if random.usize(..4) > 0 {
            let joined = instant(random, 2018..=2027)
                .replace('T', " ")
                .replace('Z', "");
            let record = json!({"joined_at": joined, "preferred_location_id": random.u32(1..4), "joined_location_id": "gone"});
            items.push(with(key(&profile, "PROFILE"), record));
        }
        for address in 0..random.usize(..3) {
            let country = pick(random, &["Australia", "NZL", "nowhere"]);
            let address = with(
                key(&profile, &format!("ADDRESS#{address}")),
                json!({"country": country, "is_default": random.bool()}),
            );
            items.push(address);
        }
        let is_closed = number % 8 == 0;
        let count = if is_closed { 260 } else { random.usize(..14) };
        for number in 0..count {
            items.push(transaction(random, &profile, number, is_closed));
        }
        if items.len() > before {
            profiles.push(profile);
        }
    }
    profiles.push("only-an-address".to_owned());
    items.push(with(
        key("only-an-address", "ADDRESS#1"),
        json!({"iso": "AU"}),
    ));
    profiles.push("only-void".to_owned());
    let void = json!({"total": 5, "is_void": true});
    items.push(with(key("only-void", "TXN#2026-01-01T10:00:00Z#1"), void));
    put(&stack, items).await;
    // Those of many days have closed days, which only the first of the dates asks for.
    let scan = stack.client().scan().table_name(TABLE_NAME);
    let scan = scan.filter_expression("begins_with(sk, :archive)");
    let scan = scan.expression_attribute_values(":archive", AttributeValue::S("AGG#".to_owned()));
    let archive = scan.send().await.unwrap().items.unwrap();
    assert!(archive.len() >= PROFILES / 8, "{archive:?}");
    (stack, profiles)
}

/// The bodies of a GET of each profile that has a document.
async fn bodies(stack: &Stack, profiles: &[String], as_of: &str) -> BTreeSet<String> {
    let mut bodies = BTreeSet::new();
    for profile in profiles {
        match get(stack, profile, as_of).await {
            (200, body) => assert!(bodies.insert(body)),
            (status, body) => assert_eq!(status, 404, "{body}"),
        }
    }
    bodies
}

/// The lines of an export, none of which comes twice.
fn lines(ran: &Ran) -> BTreeSet<String> {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.is_empty() || ran.out.ends_with('\n'), "{ran:?}");
    let lines: BTreeSet<String> = ran.out.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), ran.out.lines().count(), "{ran:?}");
    lines
}

/// A value as `--where` names it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(location) => text(&location["id"]),
        value => value.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_what_a_get_answers_for_each_profile() {
    let (stack, profiles) = random_base().await;
    let url = stack.dynamodb_url();
    for date in DATES {
        let expected = bodies(&stack, &profiles, date).await;
        assert!(expected.len() > PROFILES / 2, "{}", expected.len());
        let ran = run(url, &["export", "--as-of", date]).await;
        assert_eq!(lines(&ran), expected, "{date}");
        let (documents, all) = (expected.len(), profiles.len());
        let summary = format!("{documents} documents of {all} profiles as of {date}, ");
        assert!(ran.err.contains(&summary), "{}", ran.err);

        let ran = run(
            url,
            &["export", "--as-of", date, "--quiet", "--segments", "3"],
        )
        .await;
        assert_eq!(lines(&ran), expected, "{date}");
        assert_eq!(ran.err, "");

        parts_are_the_whole(url, date, &expected).await;
        conditions_choose(url, date, &expected).await;
        fields_choose(url, date, &expected).await;
        a_table_says_the_same(url, date, &expected).await;
    }
    // Without a date it is today's, and once more where midnight comes between.
    let today = || chrono::Utc::now().date_naive();
    loop {
        let date = today();
        let expected = bodies(&stack, &profiles, &date.to_string()).await;
        let exported = run(url, &["export"]).await;
        if date == today() {
            assert_eq!(lines(&exported), expected);
            break;
        }
    }
}

async fn parts_are_the_whole(url: &str, date: &str, expected: &BTreeSet<String>) {
    let mut together = BTreeSet::new();
    let mut filled = 0;
    for part in ["0", "1", "2"] {
        let words = ["export", "--as-of", date, "--segment", part, "--of", "3"];
        let lines = lines(&run(url, &words).await);
        filled += usize::from(!lines.is_empty());
        for line in lines {
            assert!(together.insert(line), "{part}");
        }
    }
    assert_eq!(&together, expected);
    assert!(filled > 1);
}

async fn conditions_choose(url: &str, date: &str, expected: &BTreeSet<String>) {
    let documents: Vec<(&String, Value)> = expected
        .iter()
        .map(|body| (body, serde_json::from_str(body).unwrap()))
        .collect();
    let mut random = Rng::with_seed(SEED);
    for field in Aggregations::FIELDS {
        let (_, some) = &documents[random.usize(..documents.len())];
        let second = Aggregations::FIELDS[random.usize(..18)];
        // Each run of the command takes a while.
        let both = vec![field, second];
        let fields = if random.bool() { both } else { vec![field] };
        let given: Vec<(&str, String)> = fields
            .iter()
            .map(|field| (*field, text(&some[*field])))
            .collect();
        let chosen = documents.iter().filter(|(_, document)| {
            given
                .iter()
                .all(|(field, value)| text(&document[*field]) == *value)
        });
        let chosen: BTreeSet<String> = chosen.map(|(body, _)| (*body).clone()).collect();
        assert!(!chosen.is_empty());
        let conditions = given
            .iter()
            .map(|(field, value)| format!("{field}={value}"));
        let conditions: Vec<String> = conditions.collect();
        let mut words = vec!["export", "--as-of", date];
        for condition in &conditions {
            words.extend(["--where", condition]);
        }
        let ran = run(url, &words).await;
        assert_eq!(lines(&ran), chosen, "{conditions:?}");
    }
    let words = ["export", "--as-of", date, "--where", "channel=fax"];
    assert_eq!(lines(&run(url, &words).await).len(), 0);
}

async fn fields_choose(url: &str, date: &str, expected: &BTreeSet<String>) {
    let words = [
        "export",
        "--as-of",
        date,
        "--fields",
        "channel,spend_all,profile_id",
    ];
    let ran = run(url, &words).await;
    let chosen = expected.iter().map(|body| {
        let document: Value = serde_json::from_str(body).unwrap();
        let (id, spend) = (&document["profile_id"], &document["spend_all"]);
        let channel = &document["channel"];
        format!("{{\"profile_id\":{id},\"spend_all\":{spend},\"channel\":{channel}}}")
    });
    assert_eq!(lines(&ran), chosen.collect());
}

async fn a_table_says_the_same(url: &str, date: &str, expected: &BTreeSet<String>) {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::Array(brands) => brands.iter().map(text).collect::<Vec<_>>().join("|"),
        value => text(value),
    };
    let ran = run(url, &["export", "--as-of", date, "--format", "csv"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
    assert_eq!(reader.headers().unwrap(), &Aggregations::FIELDS[..]);
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), expected.len());
    let rows: BTreeSet<_> = rows.into_iter().collect();
    let documents = expected.iter().map(|body| {
        let document: BTreeMap<String, Value> = serde_json::from_str(body).unwrap();
        let cells = document
            .iter()
            .map(|(field, value)| (field.clone(), cell(value)));
        cells.collect()
    });
    assert_eq!(rows, documents.collect());

    // One column, and nothing in it, is a row still.
    let words = [
        "--format",
        "csv",
        "--fields",
        "channel",
        "--where",
        "channel=null",
    ];
    let ran = run(
        url,
        &[&["export", "--as-of", date][..], &words[..]].concat(),
    )
    .await;
    let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
    assert_eq!(reader.headers().unwrap(), &["channel"][..]);
    let unknown = expected
        .iter()
        .filter(|body| body.contains("\"channel\":null"));
    assert_eq!(reader.records().count(), unknown.count());
}

/// A stack with small profiles `p0`, `p1` and so on.
async fn small_base(profiles: usize) -> Stack {
    let stack = Stack::start(Options::default()).await.unwrap();
    let purchase = |profile| {
        let key = key(&format!("p{profile}"), "TXN#2026-01-15T09:30:00Z#1");
        with(key, json!({"total": 5}))
    };
    put(&stack, (0..profiles).map(purchase)).await;
    stack
}

async fn derived(stack: &Stack, profile: &str) -> HashMap<String, AttributeValue> {
    let get = stack.client().get_item().table_name(TABLE_NAME);
    let get = get.key("pk", AttributeValue::S(format!("PROFILE#{profile}")));
    let get = get.key("sk", AttributeValue::S("AGG".to_owned()));
    get.send().await.unwrap().item.unwrap()
}

async fn change(stack: &Stack, profile: &str, name: &str, value: Option<AttributeValue>) {
    let mut item = derived(stack, profile).await;
    match value {
        Some(value) => item.insert(name.to_owned(), value),
        None => item.remove(name),
    };
    let put = stack.client().put_item().table_name(TABLE_NAME);
    put.set_item(Some(item)).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_it_should_be_is_named_and_the_others_are_written() {
    let stack = small_base(8).await;
    let url = stack.dynamodb_url();
    let garbled = AttributeValue::B(Blob::new("x"));
    let too_large = AttributeValue::S("too large\u{1b}".to_owned());
    change(&stack, "p1", "ledger", Some(garbled)).await;
    change(&stack, "p2", "incomplete", Some(too_large.clone())).await;
    change(&stack, "p3", "ledger", None).await;
    change(&stack, "p4", "ledger", None).await;
    change(&stack, "p4", "incomplete", Some(too_large)).await;
    stack.caught_up().await;
    let delete = stack.client().delete_item().table_name(TABLE_NAME);
    let delete = delete.key("pk", AttributeValue::S("PROFILE#p5".to_owned()));
    let delete = delete.key("sk", AttributeValue::S("AGG".to_owned()));
    delete.send().await.unwrap();

    let statuses = [200, 503, 200, 404, 503, 404, 200, 200];
    let mut expected = BTreeSet::new();
    for (profile, status) in statuses.into_iter().enumerate() {
        let (answered, body) = get(&stack, &format!("p{profile}"), "2026-02-01").await;
        assert_eq!(answered, status, "p{profile}");
        if status == 200 {
            expected.insert(body);
        }
    }
    let told = BTreeSet::from([
        "p1 ledger has the unknown version `120`",
        "p2 incomplete: too largeU+001B; its last good document is taken",
        "p4 incomplete: too largeU+001B; it has no document yet",
    ]);
    let words = ["export", "--as-of", "2026-02-01"];
    let mut ran = run(url, &words).await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let named = ran.err.lines().filter(|line| line.starts_with('p'));
    assert_eq!(named.collect::<BTreeSet<_>>(), told);
    let summary = "4 documents of 8 profiles as of 2026-02-01, 2 without a document (not calculated yet, or nothing counts), \
        2 could not be read, 1 incomplete, ";
    assert!(ran.err.contains(summary), "{}", ran.err);
    ran.code = Some(0);
    assert_eq!(lines(&ran), expected);

    let ran = run(url, &[&words[..], &["--quiet"]].concat()).await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(ran.err.lines().collect::<BTreeSet<_>>(), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_takes_its_place_when_it_is_complete() {
    let stack = small_base(5).await;
    let url = stack.dynamodb_url();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("all.ndjson");
    let file = path.to_str().unwrap();
    let words = ["export", "--as-of", "2026-02-01", "--output"];
    let printed = run(url, &words[..3]).await;
    for before in [None, Some("something else, and longer\n".repeat(1_000))] {
        if let Some(before) = before {
            fs::write(&path, before).unwrap();
        }
        let ran = run(url, &[&words[..], &[file]].concat()).await;
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
        let written: BTreeSet<String> = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        assert_eq!(written, lines(&printed));
    }

    fs::write(&path, "as it was").unwrap();
    let nowhere = folder.path().join("nowhere/all.ndjson");
    let lost = nowhere.to_str().unwrap();
    let place = folder.path().to_str().unwrap();
    for (output, table, told) in [
        (lost, TABLE_NAME, "cannot write `"),
        (place, TABLE_NAME, "it is not a file"),
        (file, "other", "table `other` not found"),
    ] {
        let words = [&words[..], &[output, "--table", table]].concat();
        let ran = run(url, &words).await;
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(told), "{ran:?}");
    }
    // Nothing is left of any of them.
    assert_eq!(fs::read_to_string(&path).unwrap(), "as it was");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A DynamoDB that has the table, and never answers a scan.
async fn silent_dynamodb(asked: Arc<Notify>) -> String {
    let answer = move |headers: HeaderMap| async move {
        let target = headers["x-amz-target"].to_str().unwrap().to_owned();
        if target.ends_with(".Scan") {
            asked.notify_one();
            std::future::pending::<()>().await;
        }
        let keys = json!([
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]);
        json!({"Table": {"KeySchema": keys}}).to_string()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer);
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_leaves_no_half_of_a_file() {
    let asked = Arc::new(Notify::new());
    let url = silent_dynamodb(Arc::clone(&asked)).await;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("all.ndjson");
    let words = ["export", "--output", path.to_str().unwrap()];
    let child = command(&url, &words).spawn().unwrap();
    asked.notified().await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let kill = ["-TERM", &child.id().to_string()];
    assert!(Command::new("kill").args(kill).status().unwrap().success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    let ran = Ran::from(output.await.unwrap().unwrap());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err
            .ends_with("error: stopped by a signal; the file is as it was\n"),
        "{ran:?}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_gone_had_enough() {
    let stack = small_base(3).await;
    let mut child = command(stack.dynamodb_url(), &["export"]).spawn().unwrap();
    drop(child.stdout.take());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    let ran = Ran::from(output.await.unwrap().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.starts_with("Exporting documents of table "),
        "{ran:?}"
    );
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_said_at_once() {
    let known = "profile_id, shop_days, spend_12m";
    for (words, told) in [
        (vec!["--where", "chanel=CM"], known),
        (vec!["--where", "channel"], "expected FIELD=VALUE"),
        (vec!["--fields", "channel,chanel"], known),
        (vec!["--as-of", "2026-02-30"], "expected a date YYYY-MM-DD"),
        (vec!["--as-of", "today"], "expected a date YYYY-MM-DD"),
        (vec!["--format", "xml"], "[possible values: ndjson, csv]"),
        (vec!["--segments", "0"], "1..=64"),
        (vec!["--segment", "0"], "--of <N>"),
        (vec!["--of", "3"], "--segment <I>"),
        (vec!["--segment", "3", "--of", "3"], "the last one is 2"),
        (
            vec!["--segment", "0", "--of", "3", "--segments", "2"],
            "cannot be used with",
        ),
    ] {
        let words = [&["export"], &words[..]].concat();
        let ran = run("http://127.0.0.1:1", &words).await;
        assert_eq!(ran.code, Some(2), "{words:?} {ran:?}");
        assert!(
            ran.err.contains(told) && ran.out.is_empty(),
            "{words:?} {ran:?}"
        );
    }
}
