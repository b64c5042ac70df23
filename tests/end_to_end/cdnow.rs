//! Real purchases, imported: every customer's figures against sums made straight from the file.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use aggregations::import;
use futures::{StreamExt, TryStreamExt, stream};
use table::{Done, Segment, Settings, Table, Task, Verified, work_through};

use crate::system::System;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow_sample.txt");
const CONVERTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cdnow-to-csv.awk");

/// Cents spent and shops, by the customer's number in the full set.
fn sums() -> BTreeMap<String, (u64, u64)> {
    let mut sums = BTreeMap::<String, (u64, u64)>::new();
    for line in std::fs::read_to_string(SAMPLE).unwrap().lines() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (whole, cents) = columns[4].split_once('.').unwrap();
        assert_eq!(cents.len(), 2);
        let cents = whole.parse::<u64>().unwrap() * 100 + cents.parse::<u64>().unwrap();
        let (spent, shops) = sums.entry(columns[0].to_owned()).or_default();
        *spent += cents;
        *shops += u64::from(cents > 0);
    }
    sums
}

/// An amount of cents as the response writes it.
fn amount(cents: u64) -> String {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

async fn import(system: &System, file: &Path) {
    let summary = import::run(import::Arguments {
        files: vec![file.to_owned()],
        endpoint_url: Some(system.stack.dynamodb_url().to_owned()),
        table: Some(system.stack.table_name().to_owned()),
        ..import::Arguments::default()
    });
    let summary = summary.await.unwrap();
    assert_eq!(
        (summary.files[0].loaded, summary.files[0].rejected),
        (6_919, 0)
    );
}

/// The response's text for every customer.
async fn documents(system: &System, customers: impl Iterator<Item = &String>) -> Vec<String> {
    system.stack.caught_up().await;
    let ask = |customer: String| async move {
        let path = format!("/profiles/cdnow-{customer}/aggregations?as_of=1998-06-30");
        let (status, body) = system.ask_now(&path).await;
        assert_eq!(status, 200, "{customer}: {body}");
        body
    };
    let asks: Vec<_> = customers.cloned().map(ask).collect();
    stream::iter(asks).buffered(8).collect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_customer_of_cdnow_is_exact_also_when_imported_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cdnow.csv");
    let converted = Command::new("awk")
        .args(["-f", CONVERTER, SAMPLE])
        .output()
        .unwrap();
    assert!(converted.status.success());
    std::fs::write(&file, converted.stdout).unwrap();

    let system = System::open().await;
    import(&system, &file).await;
    let sums = sums();
    assert_eq!(sums.len(), 2_357);
    let first = documents(&system, sums.keys()).await;
    for ((customer, (cents, shops)), document) in sums.iter().zip(&first) {
        let spent = format!(r#""spend_all":{},"#, amount(*cents));
        assert!(
            document.contains(&spent),
            "{customer}: {spent} is not in {document}"
        );
        let count = format!(r#""shop_count":{shops},"#);
        assert!(
            document.contains(&count),
            "{customer}: {count} is not in {document}"
        );
    }
    import(&system, &file).await;
    assert_eq!(documents(&system, sums.keys()).await, first);
    assert!(system.stack.dead_letters().is_empty());
    for task in [Task::Verify, Task::Rebuild, Task::Verify] {
        assert_eq!(in_order(&system, task).await, 2_357, "{task:?}");
    }
    assert_eq!(documents(&system, sums.keys()).await, first);
}

/// Works on every customer, segment by segment; returns how many there are. All of them have to be in order.
async fn in_order(system: &System, task: Task) -> usize {
    let table = Table::new(system.stack.client().clone(), system.stack.table_name());
    let mut customers = 0;
    for segment in Segment::all(5) {
        let done = work_through(&table, &Settings::default(), task, segment, None);
        let done: Vec<Done> = done.try_collect().await.unwrap();
        for Done {
            profile, verified, ..
        } in &done
        {
            assert!(
                matches!(verified, Verified::InOrder),
                "{profile} {verified:?}"
            );
        }
        customers += done.len();
    }
    customers
}
