//! `aggregations show`, as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::Currency;
use local_stack::{Options, Stack, TABLE_NAME};
use serde_json::{Value, json};

use support::{get, put, run};

/// The page of `ada` as of 2026-02-14.
const PAGE: &str = "\
Profile                 ada
As of                   2026-02-14
Calculated              2026-02-15 08:00:00 UTC

Spend, 12 months        55.5 EUR
  a purchase            27.75 EUR
Spend, all time         155.5 EUR
  a purchase            51.83 EUR
Spend by month          █····················▅·▁
                        Mar 2024        Feb 2026

Purchases               3
Days between them       351
First transaction       2024-03-10 10:00:00 UTC
Last transaction        2026-02-10 09:00:00 UTC

Frequency               FL  more than 30 days between purchases
Recency                 RC  last purchase within 3 months
Membership              JC  joined 91 to 365 days ago
Channel                 CM  point of sale and website

Store of first purchase 9
Store of most purchases MainU+0007 Street
Likely country          AU  named by 1 of 4 sources (score 4)
Brands                  Acme, Bolt, Crumpler and Sons, Outfitters of the
                        Southern Highlands

Set aside               12 transactions, in no figure of any date
                        2026-02-11T09:00:00Z#5: no total
                        bad 01: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        bad 02: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        bad 03: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        bad 04: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        bad 05: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        bad 06: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        bad 07: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        bad 08: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        bad 09: key has no instant YYYY-MM-DDTHH:MM:SSZ
                        and 2 more
";

/// The segments with `--explain`.
const EXPLAINED: &str = "\
Frequency               FL  more than 30 days between purchases
                        3 purchases, from 2024-03-10 to 2026-02-10, 702 days
                        does not change by itself
Recency                 RC  last purchase within 3 months
                        last purchase on 2026-02-10
                        changes on 2026-05-11 if nothing is bought or edited
Membership              JC  joined 91 to 365 days ago
                        joined on 2025-06-01, 258 days
                        changes on 2026-06-02 if nothing is bought or edited
Channel                 CM  point of sale and website
                        website, pos (location 1)
                        does not change by itself

";

fn item(sk: &str, attributes: Value) -> Value {
    let mut item = json!({"pk": "PROFILE#ada", "sk": sk});
    let attributes = attributes.as_object().unwrap().clone();
    item.as_object_mut().unwrap().extend(attributes);
    item
}

/// A stack with the profile `ada`, calculated at a time that is always the same.
async fn stack_with_ada() -> Stack {
    let stack = Stack::start(Options {
        currency: Currency::parse("EUR"),
        ..Options::default()
    });
    let stack = stack.await.unwrap();
    let lines = json!([{"brand": "Bolt"}, {"brand": "Crumpler and Sons, Outfitters of the Southern Highlands"}]);
    let mut items = vec![
        json!({"pk": "LOCATION#1", "sk": "LOCATION", "id": 1, "name": "Main\u{7} Street", "type": "store", "address": {"iso": "AU"}}),
        item("PROFILE", json!({"joined_at": "2025-06-01 10:00:00"})),
        item(
            "TXN#2024-03-10T10:00:00Z#1",
            json!({"total": 100, "location_id": 9, "items": [{"brand": "Acme"}]}),
        ),
        item(
            "TXN#2025-12-24T18:30:00Z#2",
            json!({"total": 50.5, "location_id": 1, "channel": "website", "items": lines}),
        ),
        item("TXN#2026-02-01T09:00:00Z#3", json!({"total": -20})),
        item(
            "TXN#2026-02-10T09:00:00Z#4",
            json!({"total": 25, "location_id": 1}),
        ),
        item("TXN#2026-02-11T09:00:00Z#5", json!({})),
        item("TXN#2027-01-01T09:00:00Z#6", json!({"total": 999})),
    ];
    items.extend((1..12).map(|number| item(&format!("TXN#bad {number:02}"), json!({"total": 1}))));
    put(&stack, items).await;
    set(&stack, "calculated_at", "2026-02-15 08:00:00").await;
    stack
}

/// Sets an attribute of the derived item.
async fn set(stack: &Stack, name: &str, value: &str) {
    let update = stack.client().update_item().table_name(TABLE_NAME);
    let update = update.key("pk", AttributeValue::S("PROFILE#ada".to_owned()));
    let update = update.key("sk", AttributeValue::S("AGG".to_owned()));
    let update = update.update_expression("SET #name = :value");
    let update = update.expression_attribute_names("#name", name);
    let update = update.expression_attribute_values(":value", AttributeValue::S(value.to_owned()));
    update.send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_shown_at_a_glance_or_as_a_get_answers_it() {
    let stack = stack_with_ada().await;
    let url = stack.dynamodb_url();
    let words = ["show", "ada", "--as-of", "2026-02-14"];
    let ran = run(url, &words).await;
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (Some(0), PAGE, "")
    );
    let ran = run(url, &[&words[..], &["--json"]].concat()).await;
    let (_, body) = get(&stack, "ada", "2026-02-14").await;
    assert_eq!((ran.code, ran.out), (Some(0), format!("{body}\n")));

    let explained = run(url, &[&words[..], &["--explain"]].concat()).await;
    assert!(explained.out.contains(EXPLAINED), "{}", explained.out);
    let ran = run(url, &[&words[..], &["--explain", "--json"]].concat()).await;
    let (_, body) = get(&stack, "ada", "2026-02-14&explain=true").await;
    assert_eq!((ran.code, ran.out), (Some(0), format!("{body}\n")));

    // Before everything there are no figures, but the profile is stored.
    let ran = run(url, &["show", "ada", "--as-of", "2020-01-01"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in [
        "  a purchase            none\n",
        "Spend by month          ························\n",
        "Frequency               F0  no purchase\n",
        "Membership              JN  joined up to 90 days ago, or later\n",
        "Channel                 unknown\n",
        "Store of first purchase none\n",
        "Brands                  none\n",
    ] {
        assert!(ran.out.contains(line), "{line}{}", ran.out);
    }

    let words_then = ["show", "ada", "--as-of", "2020-01-01", "--explain"];
    let ran = run(url, &words_then).await;
    let line = "Recency                 R0  never bought\n                        no purchase\n";
    assert!(ran.out.contains(line), "{}", ran.out);

    set(&stack, "incomplete", "too\u{1b}large").await;
    let ran = run(url, &words).await;
    let line = "Incomplete              tooU+001Blarge: this is the last good document\n";
    assert!(ran.code == Some(0) && ran.out.contains(line), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_said() {
    let stack = stack_with_ada().await;
    let url = stack.dynamodb_url();
    for (words, code, told) in [
        (vec!["bob"], 1, "error: no such profile\n"),
        (vec!["bob", "--json"], 1, "error: no such profile\n"),
        (vec!["a/b"], 2, "the character `/` is not allowed"),
        (
            vec!["ada", "--as-of", "2026-02-30"],
            2,
            "expected a date YYYY-MM-DD",
        ),
        (vec![], 2, "<ID>"),
        (
            vec!["ada", "--table", "other"],
            1,
            "table `other` not found",
        ),
    ] {
        let ran = run(url, &[&["show"], &words[..]].concat()).await;
        assert_eq!(ran.code, Some(code), "{words:?} {ran:?}");
        assert!(
            ran.err.contains(told) && ran.out.is_empty(),
            "{words:?} {ran:?}"
        );
    }
    set(&stack, "ledger", "x").await;
    let ran = run(url, &["show", "ada"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err
            .starts_with("error: cannot read the profile; `aggregations rebuild"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_in_the_documents_is_real() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/export.md");
    let text = fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("cargo run -- show ").unwrap();
    let (command, rest) = rest.split_once('\n').unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let sample = Options {
        sample: true,
        ..Options::default()
    };
    let stack = Stack::start(sample).await.unwrap();
    stack.caught_up().await;
    let words: Vec<&str> = ["show"].into_iter().chain(command.split(' ')).collect();
    let ran = run(stack.dynamodb_url(), &words).await;
    // When it was calculated is another time each time.
    let lasting = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with("Calculated "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(lasting(&ran.out), lasting(shown));
}
