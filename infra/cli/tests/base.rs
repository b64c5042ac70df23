//! `aggregations verify` and `aggregations rebuild`, as a user runs them.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use local_stack::{Options, Stack, TABLE_NAME};
use tempfile::TempDir;
use test_support::{Engine, TABLE};

const PURCHASE: &str = "TXN#2026-01-15T09:30:00Z#1";

fn start(url: &str, words: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_aggregations"))
        .args(words)
        .env("AWS_ENDPOINT_URL_DYNAMODB", url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs a command to its end, off the runtime that the stack is on.
async fn run(url: &str, words: &[&str], input: &str) -> Ran {
    let mut child = start(url, words);
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    Ran::from(output.await.unwrap().unwrap())
}

#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

impl Ran {
    /// The first words of the lines on the standard output.
    fn ids(&self) -> BTreeSet<String> {
        let lines = self.out.lines();
        lines
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: &str) -> AttributeValue {
    AttributeValue::N(number.to_owned())
}

async fn buy(client: &Client, id: &str, sk: &str, total: &str) {
    let put = client.put_item().table_name(TABLE_NAME);
    let put = put
        .item("pk", text(&format!("PROFILE#{id}")))
        .item("sk", text(sk));
    put.item("total", number(total)).send().await.unwrap();
}

async fn derived(client: &Client, id: &str) -> HashMap<String, AttributeValue> {
    let get = client
        .get_item()
        .table_name(TABLE_NAME)
        .consistent_read(true);
    let get = get
        .key("pk", text(&format!("PROFILE#{id}")))
        .key("sk", text("AGG"));
    get.send().await.unwrap().item.unwrap()
}

async fn put_derived(client: &Client, id: &str, mut item: HashMap<String, AttributeValue>) {
    item.insert("pk".to_owned(), text(&format!("PROFILE#{id}")));
    let put = client.put_item().table_name(TABLE_NAME);
    put.set_item(Some(item)).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_to_derived_items_is_named_and_mended_beside_a_writer() {
    let stack = Arc::new(Stack::start(Options::default()).await.unwrap());
    let (client, url) = (stack.client().clone(), stack.dynamodb_url().to_owned());
    for profile in 0..40 {
        buy(&client, &format!("p{profile}"), PURCHASE, "5").await;
    }
    stack.caught_up().await;
    let older = derived(&client, "p3").await;
    buy(&client, "p3", PURCHASE, "7").await;
    stack.caught_up().await;

    let ran = run(&url, &["verify", "--all"], "").await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert!(
        ran.err
            .starts_with("Verifying profiles of table profile-aggregations at http"),
        "{ran:?}"
    );
    assert!(
        ran.err.contains("40 profiles verified, 0 differ, "),
        "{ran:?}"
    );

    let delete = client.delete_item().table_name(TABLE_NAME);
    let delete = delete.key("pk", text("PROFILE#p1")).key("sk", text("AGG"));
    delete.send().await.unwrap();
    let mut garbled = derived(&client, "p2").await;
    garbled.insert("ledger".to_owned(), AttributeValue::B(Blob::new("x")));
    put_derived(&client, "p2", garbled).await;
    put_derived(&client, "p3", older).await;
    let other = derived(&client, "p5").await;
    put_derived(&client, "p4", other).await;

    let ran = run(&url, &["verify", "--all"], "").await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let mut lines: Vec<&str> = ran.out.lines().collect();
    lines.sort_unstable();
    let expected = [
        "p1 not calculated",
        "p2 ledger has the unknown version `120`",
        "p3 differs in 2026-01-15",
        "p4 ledger is damaged",
    ];
    assert_eq!(lines, expected, "{ran:?}");

    // Someone buys all the time, the damaged ones too.
    let is_over = Arc::new(AtomicBool::new(false));
    let (writer, over) = (client.clone(), Arc::clone(&is_over));
    let writer = tokio::spawn(async move {
        let mut purchases = 0_u32;
        while !over.load(Ordering::SeqCst) {
            let sk = format!(
                "TXN#2026-02-{:02}T10:00:00Z#{purchases}",
                1 + purchases % 28
            );
            buy(&writer, &format!("p{}", purchases % 40), &sk, "1").await;
            purchases += 1;
        }
        purchases
    });
    let ran = run(&url, &["rebuild", "--all", "--segments", "3"], "").await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert!(
        ran.err
            .contains("40 profiles rebuilt, 0 could not be rebuilt"),
        "{ran:?}"
    );
    is_over.store(true, Ordering::SeqCst);
    assert!(writer.await.unwrap() > 0);
    stack.caught_up().await;
    let ran = run(&url, &["verify", "--all", "--quiet"], "").await;
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (Some(0), "", ""),
        "{ran:?}"
    );
    assert!(stack.unfinished_profiles().len().unwrap() == 0 && stack.dead_letters().is_empty());
}

/// A table with purchases of which nothing is calculated.
async fn uncalculated(profiles: usize) -> Engine {
    let engine = Engine::start().await;
    for profile in 0..profiles {
        buy(&engine.client(), &format!("p{profile}"), PURCHASE, "5").await;
    }
    engine
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_named_by_flags_by_lines_and_by_chance() {
    assert_eq!(TABLE, TABLE_NAME);
    let engine = uncalculated(6).await;
    let url = engine.url();
    let ran = run(
        &url,
        &[
            "verify",
            "--profile",
            "p1",
            "p2",
            "--profile",
            "p3",
            "nobody",
        ],
        "",
    )
    .await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(
        ran.ids(),
        BTreeSet::from(["p1", "p2", "p3"].map(str::to_owned)),
        "{ran:?}"
    );
    let ran = run(&url, &["verify", "--sample", "5"], "").await;
    assert_eq!((ran.code, ran.ids().len()), (Some(3), 5), "{ran:?}");
    let wrong = run(&url, &["verify", "--all", "--sample", "60"], "").await;
    assert_eq!((wrong.code, wrong.ids().len()), (Some(3), 6), "{ran:?}");

    // What was told of some can be handed on as it is.
    let ran = run(&url, &["rebuild", "--profile", "p5"], "").await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    let ran = run(&url, &["rebuild", "--stdin"], &wrong.out).await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.err.contains("6 profiles rebuilt"), "{ran:?}");
    let ran = run(&url, &["verify", "--all"], "").await;
    assert_eq!(ran.code, Some(0), "{ran:?}");

    let ran = run(&url, &["rebuild", "--stdin"], "p1\n\n  p2 and why\na/b\n").await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(
        ran.err.contains("line 4, `a/b`: invalid profile id: "),
        "{ran:?}"
    );
    assert!(
        ran.err
            .contains("2 profiles rebuilt, 0 could not be rebuilt, 1 lines name no profile"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_currency_is_that_of_what_is_stored_unless_a_flag_says_otherwise() {
    let engine = uncalculated(2).await;
    let url = engine.url();
    let ran = run(&url, &["rebuild", "--all", "--currency", "eur"], "").await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = run(&url, &["verify", "--all"], "").await;
    let is_euro = ran.err.contains("figures in EUR");
    assert!(ran.code == Some(0) && is_euro, "{ran:?}");
    let words = ["verify", "--profile", "p0", "--currency", "none"];
    let ran = run(&url, &words, "").await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(ran.out, "p0 differs in currency\n", "{ran:?}");

    let words = ["rebuild", "--profile", "p0", "--currency", "none"];
    let ran = run(&url, &words, "").await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = run(&url, &["rebuild", "--all"], "").await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told =
        "have figures in different currencies: none, EUR; say which is right with --currency";
    assert!(ran.err.contains(told), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_fails_ends_the_run_where_it_was() {
    let engine = uncalculated(600).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("checkpoint.json");
    let is_refusing = Arc::new(AtomicBool::new(true));
    // In front of the engine: as long as it refuses, a rebuild has no right to write.
    let (refusing, target) = (Arc::clone(&is_refusing), engine.url());
    let url = proxy(target, move |operation| {
        operation.ends_with(".PutItem") && refusing.load(Ordering::SeqCst)
    })
    .await;
    let words = ["rebuild", "--all", "--checkpoint", file.to_str().unwrap()];
    let ran = run(&url, &words, "").await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told = "error: 32 profiles in a row failed; run the command again when the reason is gone";
    assert!(ran.err.contains(told), "{ran:?}");
    assert!(ran.out.contains("AccessDeniedException"), "{ran:?}");
    is_refusing.store(false, Ordering::SeqCst);
    let ran = run(&url, &words, "").await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert!(
        ran.err.contains("600 profiles rebuilt, 0 could not"),
        "{ran:?}"
    );
}

/// Hands requests on to a DynamoDB, but for those whose operation `refuses` picks.
async fn proxy(
    target: String,
    refuses: impl Fn(&str) -> bool + Clone + Send + Sync + 'static,
) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let app = axum::Router::new().fallback(move |headers: axum::http::HeaderMap, body: String| {
        let (client, target, refuses) = (client.clone(), target.clone(), refuses.clone());
        async move {
            let operation = headers["x-amz-target"].to_str().unwrap();
            let json = [("content-type", "application/x-amz-json-1.0")];
            if refuses(operation) {
                let refused = r#"{"__type": "com.amazon.coral.service#AccessDeniedException", "message": "no right"}"#;
                return (axum::http::StatusCode::BAD_REQUEST, json, refused.to_owned());
            }
            let mut request = client.post(&target).body(body);
            for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
                request = request.header(name, headers[name].clone());
            }
            let answer = request.send().await.unwrap();
            (answer.status(), json, answer.text().await.unwrap())
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_goes_on_where_it_was() {
    let engine = uncalculated(600).await;
    let (url, folder) = (engine.url(), TempDir::new().unwrap());
    let file = folder.path().join("checkpoint.json");
    let words = ["verify", "--all", "--checkpoint", file.to_str().unwrap()];
    let mut child = start(&url, &words);
    let reached = |file: &Path| fs::read_to_string(file).is_ok_and(|text| text.contains("reached"));
    while !reached(&file) {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        tokio::task::yield_now().await;
    }
    child.kill().unwrap();
    let killed = Ran::from(child.wait_with_output().unwrap());
    let before = killed.ids();
    assert!(!before.is_empty() && before.len() < 600, "{killed:?}");

    let other = run(&url, &["rebuild", "--all", "--checkpoint", words[3]], "").await;
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(
        other
            .err
            .contains("is of another run: verify table profile-aggregations"),
        "{other:?}"
    );
    let other = run(&url, &[&words[..], &["--segments", "3"]].concat(), "").await;
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(
        other
            .err
            .contains("has 8 segments; delete it to begin anew"),
        "{other:?}"
    );

    let ran = run(&url, &words, "").await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("going on after "), "{ran:?}");
    // Each once in what is counted; what was printed just before the end may come again.
    assert!(
        ran.err.contains("600 profiles verified, 600 differ"),
        "{ran:?}"
    );
    assert!(ran.ids().len() < 600, "{}", ran.ids().len());
    assert_eq!(before.union(&ran.ids()).count(), 600);
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said_at_once() {
    let engine = uncalculated(1).await;
    let (url, folder) = (engine.url(), TempDir::new().unwrap());
    let lost = folder.path().join("nowhere/checkpoint.json");
    let broken = folder.path().join("broken.json");
    fs::write(&broken, "{}").unwrap();
    for (words, code, told) in [
        (
            vec!["verify"],
            2,
            "<--profile <ID>...|--all|--stdin|--sample <N>>",
        ),
        (
            vec!["rebuild", "--all", "--profile", "p0"],
            2,
            "cannot be used with",
        ),
        (vec!["rebuild", "--all", "--sample", "1"], 2, "--sample"),
        (vec!["verify", "--profile", "a/b"], 2, "a/b"),
        (vec!["verify", "--all", "--segments", "0"], 2, "1..=64"),
        (
            vec!["verify", "--all", "--currency", "Euro"],
            2,
            "expected an ISO 4217 code, such as EUR, or none",
        ),
        (
            vec!["verify", "--profile", "p0", "--checkpoint", "x"],
            2,
            "cannot be used with",
        ),
        (
            vec!["verify", "--all", "--table", "other"],
            1,
            "table `other` not found",
        ),
        (
            vec!["verify", "--all", "--checkpoint", lost.to_str().unwrap()],
            1,
            "cannot use the checkpoint",
        ),
        (
            vec!["verify", "--all", "--checkpoint", broken.to_str().unwrap()],
            1,
            "is not one: missing field",
        ),
    ] {
        let ran = run(&url, &words, "").await;
        assert_eq!(ran.code, Some(code), "{words:?} {ran:?}");
        assert!(
            ran.err.contains(told) && ran.out.is_empty(),
            "{words:?} {ran:?}"
        );
    }
}
