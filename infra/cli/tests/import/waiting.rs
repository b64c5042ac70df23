//! `--wait`: until the figures are there.

use std::collections::BTreeSet;

use aggregations::import::Waited;
use calculation::Part;
use chrono::Utc;
use table::{Settings, Table, changed_part, recalculate};
use test_support::TABLE;

use super::support::TestTable;

const ROWS: &str = "profile_id,transaction_id,transacted_at,total\n\
    ann,1,2026-01-31 10:00:00,1\nann,2,2026-02-01 10:00:00,2\nbob,1,2020-01-31 10:00:00,3\nbob,2,yesterday,3\n";

/// Does what the stream function does for one key.
async fn recalculated(table: &TestTable, pk: &str, sk: &str) {
    let (profile, part) = changed_part(pk, sk).unwrap();
    let parts: BTreeSet<Part> = BTreeSet::from([part]);
    let table = Table::new(table.client.clone(), TABLE);
    recalculate(&table, &Settings::default(), &profile, &parts, Utc::now)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_not_calculated_in_time_is_counted() {
    let table = TestTable::start().await;
    let path = table.file("a.csv", ROWS);
    let words = [path.to_str().unwrap(), "--wait", "--wait-timeout", "0"];
    let wait = || async { table.import(&words).await.unwrap() };
    let summary = wait().await;
    assert_eq!(
        (summary.exit_code(), summary.waited),
        (
            1,
            Some(Waited {
                profiles: 2,
                open: 2
            })
        )
    );

    recalculated(&table, "PROFILE#ann", "TXN#2026-01-31T10:00:00Z#1").await;
    recalculated(&table, "PROFILE#bob", "TXN#2020-01-31T10:00:00Z#1").await;
    recalculated(&table, "PROFILE#ann", "TXN#2026-02-01T10:00:00Z#2").await;
    let summary = wait().await;
    assert_eq!(
        (summary.exit_code(), summary.waited),
        (
            3,
            Some(Waited {
                profiles: 2,
                open: 0
            })
        )
    );

    // A deletion is a change as well.
    let gone = table
        .import(&[&words[..], &["--delete"]].concat())
        .await
        .unwrap();
    assert_eq!(
        gone.waited,
        Some(Waited {
            profiles: 2,
            open: 2
        })
    );
    for (pk, sk) in [
        ("PROFILE#ann", "TXN#2026-01-31T"),
        ("PROFILE#ann", "TXN#2026-02-01T"),
        ("PROFILE#bob", "TXN#2020-01-31T"),
    ] {
        recalculated(&table, pk, sk).await;
    }
    let gone = table
        .import(&[&words[..], &["--delete"]].concat())
        .await
        .unwrap();
    assert_eq!(
        (gone.exit_code(), gone.waited),
        (
            3,
            Some(Waited {
                profiles: 2,
                open: 0
            })
        )
    );
}

#[tokio::test]
async fn it_waits_until_the_stream_was_read() {
    let table = TestTable::start().await;
    let path = table.file("a.csv", ROWS);
    let words = [path.to_str().unwrap(), "--wait"];
    let stream = async {
        // The rows are there before they are calculated, and the import waits meanwhile.
        while table.items().await.len() < 3 {
            tokio::task::yield_now().await;
        }
        for (pk, sk) in [
            ("PROFILE#ann", "TXN#2026-01-31T"),
            ("PROFILE#ann", "TXN#2026-02-01T"),
            ("PROFILE#bob", "TXN#2020-01-31T"),
        ] {
            recalculated(&table, pk, sk).await;
        }
    };
    let (summary, ()) = tokio::join!(table.import(&words), stream);
    assert_eq!(
        summary.unwrap().waited,
        Some(Waited {
            profiles: 2,
            open: 0
        })
    );
}

#[tokio::test]
async fn locations_touch_no_profile() {
    let table = TestTable::start().await;
    let path = table.file("a.csv", "id,type,address.iso\n1,store,AU\n");
    let summary = table
        .import(&[path.to_str().unwrap(), "--wait"])
        .await
        .unwrap();
    assert_eq!(
        (summary.exit_code(), summary.waited),
        (
            0,
            Some(Waited {
                profiles: 0,
                open: 0
            })
        )
    );
}
