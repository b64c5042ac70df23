//! Rows of one file that would replace each other, and keys that are deleted.

use super::support::TestTable;

const LINES: &str = "profile_id,transaction_id,transacted_at,total\n\
    ann,536365,2010-12-01 08:26:00,15.30\n\
    ann,536365,2010-12-01 08:26:00,20.34\n\
    ann,536365,2010-12-01 08:26:00,15.30\n\
    ann,536366,2010-12-01 08:28:00,11.10\n\
    ann,536366,2010-12-01T08:28:00Z,11.1\n\
    bob,536366,2010-12-01 08:28:00,11.10\n";

#[tokio::test]
async fn the_lines_of_an_order_are_rejected_all_of_them() {
    let table = TestTable::start().await;
    let summary = table.load(&table.file("lines.csv", LINES), &[]).await;
    assert_eq!((summary.loaded, summary.rejected), (3, 3));
    assert_eq!(
        table.sort_keys().await,
        ["TXN#2010-12-01T08:28:00Z#536366"; 2]
    );
    let rejects = table.text("lines.csv.rejects.csv");
    let numbers: Vec<&str> = rejects
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap().0)
        .collect();
    assert_eq!(numbers, ["2", "3", "4"]);
    assert!(rejects.contains("another row of the file has the same profile_id, transaction_id, transacted_at but says something else"), "{rejects}");
    assert!(
        rejects.contains("add up their totals to one row for each order; docs/import.md, Order lines, has a program that does"),
        "{rejects}"
    );
}

#[tokio::test]
async fn rows_of_every_kind_may_not_replace_each_other() {
    let table = TestTable::start().await;
    for (content, counts) in [
        (
            "profile_id,joined_at\na,2026-01-01\nb,2026-01-01\na,\n",
            (1, 2),
        ),
        (
            "profile_id,address_id,iso\na,home,AU\na,home,NZ\na,work,AU\na,work,AU\n",
            (2, 2),
        ),
        ("id,is_permanently_closed\n1,t\n2,f\n1,f\n2,0\n", (2, 2)),
        (
            "{\"profile_id\":1,\"joined_at\":null}\n{\"profile_id\":\"1\",\"joined_at\":\"2026-01-01\"}\n",
            (0, 2),
        ),
    ] {
        assert_eq!(
            table.counts("file", content, &[]).await,
            counts,
            "{content}"
        );
    }
}

#[tokio::test]
async fn rows_that_replace_each_other_are_found_however_far_apart() {
    let table = TestTable::start().await;
    let mut rows = String::from("profile_id,joined_at\n");
    for row in 0..4000 {
        // Every 500th is the same profile, with two dates; every 700th is the same row.
        let (profile, day) = match row {
            _ if row % 500 == 0 => ("again".to_owned(), 1 + row % 1000 / 500),
            _ if row % 700 == 0 => ("same".to_owned(), 1),
            _ => (row.to_string(), 1),
        };
        rows.push_str(&format!("{profile},2026-01-0{day}\n"));
    }
    let summary = table.load(&table.file("a.csv", rows), &[]).await;
    assert_eq!(
        (summary.loaded, summary.rejected, summary.replaced),
        (3992, 8, Some(0))
    );
    let items = table.items().await;
    assert_eq!(items.len(), 3992 - 3);
    assert!(items.contains_key(&("PROFILE#same".into(), "PROFILE".into())));
}

#[tokio::test]
async fn of_several_files_the_last_one_counts() {
    let table = TestTable::start().await;
    let first = table.file("a.csv", "profile_id,joined_at\na,2026-01-01\n");
    let second = table.file("b.csv", "profile_id,joined_at\na,2026-01-02\n");
    let summary = table
        .import(&[first.to_str().unwrap(), second.to_str().unwrap()])
        .await
        .unwrap();
    assert_eq!(
        (summary.exit_code(), summary.files[1].replaced),
        (0, Some(1))
    );
    assert_eq!(
        table.item("PROFILE#a", "PROFILE").await,
        r#"{"joined_at":"2026-01-02 00:00:00"}"#
    );
}

#[tokio::test]
async fn a_moved_transaction_is_deleted_under_its_old_instant() {
    let table = TestTable::start().await;
    let header = "profile_id,transaction_id,transacted_at,total\n";
    let monday = table.file(
        "monday.csv",
        format!("{header}ann,o1,2026-10-15 09:30:00,10\nann,o1,2026-10-15 09:30:00,bad\n"),
    );
    let tuesday = table.file(
        "tuesday.csv",
        format!("{header}ann,o1,2026-10-15 10:30:00,10\n"),
    );
    assert_eq!(table.load(&monday, &[]).await.loaded, 1);
    assert_eq!(table.load(&tuesday, &[]).await.loaded, 1);

    // Only the key counts: the same file, without a total, or with one that cannot be read.
    let summary = table.load(&monday, &["--delete"]).await;
    assert_eq!(
        (summary.loaded, summary.deleted, summary.rejected),
        (0, 2, 0)
    );
    assert_eq!(table.sort_keys().await, ["TXN#2026-10-15T10:30:00Z#o1"]);
    let keys = table.file(
        "keys.csv",
        "profile_id,transaction_id,transacted_at\nann,o1,2026-10-15 10:30:00\nann,o1,yesterday\n",
    );
    let summary = table.load(&keys, &["--delete"]).await;
    assert_eq!((summary.deleted, summary.rejected), (1, 1));
    assert!(table.items().await.is_empty());
}

#[tokio::test]
async fn profiles_addresses_and_locations_are_deleted_by_their_keys() {
    let table = TestTable::start().await;
    let files = [
        table.file("p.csv", "profile_id,joined_at\na,2026-01-01\n"),
        table.file("a.csv", "profile_id,address_id,iso\na,home,AU\n"),
        table.file("l.csv", "id,type,address.iso\n1,store,AU\n"),
    ];
    let words = files.each_ref().map(|path| path.to_str().unwrap());
    table.import(&words).await.unwrap();
    assert_eq!(table.items().await.len(), 3);
    let deleted = table
        .import(&[&words[..], &["--delete", "--dry-run"]].concat())
        .await
        .unwrap();
    assert_eq!(
        (deleted.files[0].deleted, table.items().await.len()),
        (1, 3)
    );
    table
        .import(&[&words[..], &["--delete"]].concat())
        .await
        .unwrap();
    assert!(table.items().await.is_empty());
}
