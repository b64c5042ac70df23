//! Where rejected rows go.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use aggregations::import;

use super::support::{TestTable, arguments, denying, told};

const HALF_READABLE: &[u8] =
    b"\xEF\xBB\xBFtotal,profile_id,transaction_id,transacted_at,brands\r\n\
    10.50,ann,1,2026-01-31T10:00:00Z,\r\n\
    ten,ann,2,2026-01-31T10:00:00Z,\r\n\
    \r\n\
    10,ann,3,2026-01-31T10:00:00Z\r\n\
    20,ann,5,2026-01-31 12:00:00+02:00,\"Acme, Inc|Bolt\"\r\n\
    10,ann,6,2026-02-30T10:00:00Z,\"a \"\"b\"\"\"\r\n\
    10,ann,7,2026-01-31T10:00:00Z,caf\xE9\r\n\
    10,a/b,8,2026-01-31T10:00:00Z,\r\n\
    10,ann,9,\"2026-01-31T10:00:00Z\"x,\r\n\
    30,ann,10,2026-01-31T10:00:00Z,";

#[tokio::test]
async fn of_a_half_readable_csv_the_readable_rows_load() {
    let table = TestTable::start().await;
    let path = table.file("shop.csv", HALF_READABLE);
    let summary = table.import(&[path.to_str().unwrap()]).await.unwrap();
    assert_eq!(summary.exit_code(), 3);
    let summary = &summary.files[0];
    assert_eq!((summary.loaded, summary.rejected), (3, 6));
    assert_eq!(summary.rejects, Some(table.path("shop.csv.rejects.csv")));
    let expected = b"rejected_line,reason,total,profile_id,transaction_id,transacted_at,brands\n\
        3,invalid `total`: `ten` is not a number: write it like 1234.50,ten,ann,2,2026-01-31T10:00:00Z,\n\
        5,\"the row has 4 cells: expected 5, as in the header\",10,ann,3,2026-01-31T10:00:00Z\n\
        7,\"invalid `transacted_at`: `2026-02-30T10:00:00Z` is not an instant such as 2026-01-31T10:00:00Z, 2026-01-31 10:00:00 or 2026-01-31T10:00:00+02:00\",10,ann,6,2026-02-30T10:00:00Z,\"a \"\"b\"\"\"\n\
        8,the text is not UTF-8: save the file in UTF-8,10,ann,7,2026-01-31T10:00:00Z,caf\xE9\n\
        9,\"invalid profile id: the character `/` is not allowed, only A-Z a-z 0-9 - _ . : @ +\",10,a/b,8,2026-01-31T10:00:00Z,\n\
        10,\"unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one\",\"10,ann,9,\"\"2026-01-31T10:00:00Z\"\"x,\"\n";
    let written = fs::read(table.path("shop.csv.rejects.csv")).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&written),
        String::from_utf8_lossy(expected)
    );
    assert_eq!(written, expected);
    let item = table
        .item("PROFILE#ann", "TXN#2026-01-31T10:00:00Z#5")
        .await;
    assert_eq!(
        item,
        r#"{"items":[{"brand":"Acme, Inc"},{"brand":"Bolt"}],"total":20}"#
    );
}

#[tokio::test]
async fn rejects_can_be_corrected_and_imported_and_go_when_there_are_none() {
    let table = TestTable::start().await;
    let path = table.file("a.csv", "profile_id;joined_at\na;2026-13-01\nb c;\nd;\n");
    assert_eq!(table.load(&path, &[]).await.rejected, 2);
    let rejects = table.text("a.csv.rejects.csv");
    assert!(
        rejects.starts_with("rejected_line;reason;profile_id;joined_at\n2;"),
        "{rejects}"
    );
    let corrected = rejects.replace(";2026-13", ";2026-12");
    assert_eq!(
        table.counts("a.csv.rejects.csv", corrected, &[]).await,
        (1, 1)
    );
    let again = table.text("a.csv.rejects.csv.rejects.csv");
    assert!(
        again.starts_with("rejected_line;reason;profile_id;joined_at\n3;")
            && again.ends_with(";b c;\n"),
        "{again}"
    );
    assert_eq!(
        table.item("PROFILE#a", "PROFILE").await,
        r#"{"joined_at":"2026-12-01 00:00:00"}"#
    );

    let json = table
        .counts(
            "b.ndjson",
            "{\"profile_id\":\"a\",\"joined_at\":1}\n{\"profile_id\":\n",
            &[],
        )
        .await;
    assert_eq!(json, (0, 2));
    let rejects = table.text("b.ndjson.rejects.ndjson");
    assert!(rejects.starts_with(r#"{"rejected_line":1,"reason":"invalid `joined_at`: `1` is not an instant such as 2026-01-31T10:00:00Z, 2026-01-31 10:00:00 or 2026-01-31T10:00:00+02:00","row":"{\"profile_id\""#), "{rejects}");
    let corrected = rejects.lines().next().unwrap().replace(
        "\\\"joined_at\\\":1",
        "\\\"joined_at\\\":\\\"2026-12-02\\\"",
    );
    assert_eq!(
        table
            .counts("b.ndjson.rejects.ndjson", corrected, &[])
            .await,
        (1, 0)
    );
    assert_eq!(
        table.item("PROFILE#a", "PROFILE").await,
        r#"{"joined_at":"2026-12-02 00:00:00"}"#
    );

    assert_eq!(
        table
            .counts("a.csv", "profile_id,joined_at\na,2026-12-01\n", &[])
            .await,
        (1, 0)
    );
    assert!(!table.path("a.csv.rejects.csv").exists());
}

#[tokio::test]
async fn a_file_of_somebody_else_is_never_touched() {
    let table = TestTable::start().await;
    let (bad, good) = (
        "profile_id,joined_at\na,x\nb,\n",
        "profile_id,joined_at\nb,\n",
    );
    for foreign in [
        "line,reason,profile_id\n",
        "notes",
        "rejected_lines\n",
        "{\"line\":1}",
    ] {
        let mine = table.file("a.csv.rejects.csv", foreign);
        for content in [bad, good] {
            let summary = table.load(&table.file("a.csv", content), &[]).await;
            assert_eq!((summary.loaded, summary.rejects), (1, None));
            assert_eq!(fs::read_to_string(&mine).unwrap(), foreign);
        }
        let named = table.file("mine.txt", foreign);
        let summary = table
            .load(
                &table.file("a.csv", bad),
                &["--rejects", named.to_str().unwrap()],
            )
            .await;
        assert_eq!((summary.rejected, summary.rejects), (1, None));
        assert_eq!(fs::read_to_string(&named).unwrap(), foreign);
    }
}

#[tokio::test]
async fn a_flag_names_another_place() {
    let table = TestTable::start().await;
    let named = table.path("elsewhere");
    let flags = ["--rejects", named.to_str().unwrap()];
    // A file without content may be taken, as mktemp makes it.
    table.file("elsewhere", "");
    for row in ["a,x", "a,y"] {
        let summary = table
            .load(
                &table.file("a.csv", format!("profile_id,joined_at\n{row}\n")),
                &flags,
            )
            .await;
        assert_eq!(summary.rejects.as_ref(), Some(&named));
        assert!(table.text("elsewhere").ends_with(&format!(",{row}\n")));
    }
    assert!(!table.path("a.csv.rejects.csv").exists());
}

#[tokio::test]
async fn where_nothing_can_be_written_the_load_goes_on() {
    let table = TestTable::start().await;
    let folder = table.path("folder");
    fs::create_dir(&folder).unwrap();
    let path = table.file("folder/a.csv", "profile_id,joined_at\na,x\nb,\n");
    // A folder in its place cannot be written to, whoever asks.
    fs::create_dir(table.path("folder/a.csv.rejects.csv")).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let summary = table.load(&path, &[]).await;
    assert_eq!(
        (summary.loaded, summary.rejected, summary.rejects),
        (1, 1, None)
    );
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn rejects_never_overwrite_an_input() {
    let table = TestTable::start().await;
    let rows = "rejected_line,profile_id,transaction_id,transacted_at,total\n2,a,1,bad,1\n";
    let corrected = table.file("a.csv.rejects.csv", rows);
    let original = table.file(
        "a.csv",
        "profile_id,transaction_id,transacted_at,total\na,1,bad,1\n",
    );
    let [corrected, original] = [&corrected, &original].map(|path| path.to_str().unwrap());
    for words in [
        vec![original, corrected],
        vec![corrected, original],
        vec![corrected, "--rejects", corrected],
    ] {
        let refused = arguments("http://127.0.0.1:1", &words).check().unwrap_err();
        assert!(refused.contains(corrected), "{refused}");
    }
    // By itself it is a file like any other, and its own rejects go beside it.
    arguments("http://127.0.0.1:1", &[corrected])
        .check()
        .unwrap();
}

#[tokio::test]
async fn a_dry_run_leaves_the_rejects_of_an_earlier_run() {
    let table = TestTable::start().await;
    let rejects =
        "rejected_line,reason,profile_id,transaction_id,transacted_at,total\n2,x,a,1,bad,1\n";
    table.file("a.csv.rejects.csv", rejects);
    let good = "profile_id,transaction_id,transacted_at,total\na,1,2026-01-31T10:00:00Z,1\n";
    assert_eq!(table.counts("a.csv", good, &["--dry-run"]).await, (1, 0));
    assert_eq!(table.text("a.csv.rejects.csv"), rejects);
    assert_eq!(table.counts("a.csv", good, &[]).await, (1, 0));
    assert!(!table.path("a.csv.rejects.csv").exists());
}

#[tokio::test]
async fn a_load_that_fails_leaves_the_rejects_file_as_it_was() {
    let table = TestTable::start().await;
    let mut rows = String::from("profile_id,address_id\n");
    for row in 0..4000 {
        rows.push_str(&format!("a/b,{row}\n"));
    }
    let path = table.file("a.csv", format!("{rows}ann,home\n"));
    let url = denying(&table, &["BatchWriteItem"]).await;
    for earlier in [
        None,
        Some("rejected_line,reason,profile_id,address_id\n9,x,,\n"),
    ] {
        earlier.map(|text| table.file("a.csv.rejects.csv", text));
        let failed = import::run(arguments(&url, &[path.to_str().unwrap()])).await;
        let error = told(&failed.unwrap_err());
        assert!(error.starts_with("BatchWriteItem failed: "), "{error}");
        let names: Vec<_> = fs::read_dir(table.folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1 + earlier.iter().len(), "{names:?}");
        let rejects = fs::read_to_string(table.path("a.csv.rejects.csv")).ok();
        assert_eq!(rejects.as_deref(), earlier);
    }
    assert_eq!(table.load(&path, &[]).await.rejected, 4000);
    assert_eq!(table.text("a.csv.rejects.csv").lines().count(), 4001);
}

#[tokio::test]
async fn a_link_and_what_is_not_a_file_take_rejects_too() {
    let table = TestTable::start().await;
    let bad = table.file("a.csv", "profile_id,joined_at\na,x\n");
    let link = table.path("link");
    std::os::unix::fs::symlink(table.file("target", ""), &link).unwrap();
    for there in [link.to_str().unwrap(), "/dev/null"] {
        let summary = table.load(&bad, &["--rejects", there]).await;
        assert_eq!(summary.rejects.unwrap().to_str(), Some(there));
    }
    assert!(link.is_symlink() && table.text("target").ends_with(",a,x\n"));
}
