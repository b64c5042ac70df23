//! Copies of tables, as DynamoDB exports them and as the AWS CLI prints them.

use std::fs::File;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::support::TestTable;

const TRANSACTION: &str = r#"{"pk":{"S":"PROFILE#ann"},"sk":{"S":"TXN#2026-01-15T09:30:00Z#o1"},"total":{"N":"49.9"},"is_void":{"BOOL":false},"items":{"L":[{"M":{"brand":{"S":"Acme"},"quantity":{"N":"2"}}}]}}"#;
const PROFILE: &str = r#"{"sk":{"S":"PROFILE"},"pk":{"S":"PROFILE#ann"},"joined_at":{"S":"2025-01-01 00:00:00"},"seen":{"SS":["a","b"]},"gone":{"NULL":true},"photo":{"B":"AAEC"}}"#;
const DERIVED: [&str; 2] = [
    r#"{"pk":{"S":"PROFILE#ann"},"sk":{"S":"AGG"},"ledger":{"B":"AAEC"}}"#,
    r#"{"pk":{"S":"PROFILE#ann"},"sk":{"S":"AGG#2020"},"days":{"B":"AAEC"}}"#,
];
const FOREIGN: &str = r#"{"pk":{"S":"NOTE#1"},"sk":{"S":"NOTE"}}"#;

#[tokio::test]
async fn a_copy_of_a_table_is_loaded_without_its_derived_items() {
    let items = [TRANSACTION, DERIVED[0], PROFILE, DERIVED[1], FOREIGN];
    let exported = items.map(|item| format!("{{\"Item\":{item}}}\n")).concat();
    let scanned = format!(
        "{{\"Items\":[{}],\"Count\":5,\"ScannedCount\":5,\"ConsumedCapacity\":null}}\n",
        items.join(",")
    );
    let pretty = scanned
        .replace("{", "{\n    ")
        .replace("}", "\n}")
        .replace("[", "[\n");
    for (name, content) in [
        ("export", exported.clone()),
        ("items", items.join("\n")),
        ("array", format!("[{}]", items.join(","))),
        ("scan", scanned),
        ("scan over several lines", pretty),
    ] {
        let table = TestTable::start().await;
        let summary = table.load(&table.file("copy.json", &content), &[]).await;
        assert_eq!(summary.kind.to_string(), "items", "{name}");
        assert_eq!(
            (summary.loaded, summary.rejected, summary.derived),
            (3, 0, 2),
            "{name}"
        );
        let items = table.items().await;
        assert_eq!(items.len(), 3, "{name}");
        let profile = &items[&("PROFILE#ann".to_owned(), "PROFILE".to_owned())];
        assert!(
            profile["seen"].is_ss() && profile["gone"].is_null() && profile["photo"].is_b(),
            "{name}: {profile:?}"
        );
        let transaction = table
            .item("PROFILE#ann", "TXN#2026-01-15T09:30:00Z#o1")
            .await;
        assert_eq!(
            transaction,
            r#"{"is_void":false,"items":[{"brand":"Acme","quantity":2}],"total":49.9}"#,
            "{name}"
        );
    }
    let table = TestTable::start().await;
    let mut gzipped = GzEncoder::new(
        File::create(table.path("copy.json.gz")).unwrap(),
        Compression::default(),
    );
    gzipped.write_all(exported.as_bytes()).unwrap();
    gzipped.finish().unwrap();
    assert_eq!(table.load(&table.path("copy.json.gz"), &[]).await.loaded, 3);
    assert_eq!(
        table
            .load(&table.path("copy.json.gz"), &["--delete"])
            .await
            .deleted,
        3
    );
    assert!(table.items().await.is_empty());
}

#[tokio::test]
async fn what_is_not_a_whole_copy_says_so() {
    let table = TestTable::start().await;
    for (content, flags, reason) in [
        (
            format!("{{\"Items\":[{TRANSACTION}],\"Count\":1,\"NextToken\":\"x\"}}"),
            &[][..],
            "the scan stopped before the end of the table, as its `LastEvaluatedKey` or `NextToken` says: leave out --max-items and --no-paginate",
        ),
        (
            TRANSACTION.to_owned(),
            &["--kind", "transactions"],
            "the rows are items of DynamoDB, not transactions: leave --kind out",
        ),
        (
            "profile_id,joined_at\n".to_owned(),
            &["--kind", "items"],
            "the rows are not items of DynamoDB, such as {\"Item\": {\"pk\": {\"S\": ...}, ...}}: they cannot be of --kind items",
        ),
        (
            format!(
                "{{\"Metadata\":{{}},\"Keys\":{{\"pk\":{{\"S\":\"a\"}}}},\"NewImage\":{TRANSACTION}}}"
            ),
            &[],
            "the file is an incremental export of DynamoDB: make a full one",
        ),
    ] {
        assert_eq!(table.refusal("copy.json", content, flags).await, reason);
    }
    let broken = TRANSACTION.replace("\"N\":\"49.9\"", "\"X\":\"49.9\"");
    let twice = TRANSACTION.replace("\"is_void\"", "\"total\"");
    let refused = TRANSACTION.replace("49.9", "much").replace("#o1", "#o2");
    let lines = [TRANSACTION, &broken, &twice, &refused, "{}", PROFILE].join("\n");
    let counts = table.counts("copy.json", lines, &[]).await;
    assert_eq!(counts, (2, 4), "{}", table.text("copy.json.rejects.ndjson"));
}

#[tokio::test]
async fn attributes_of_items_are_renamed_and_ignored() {
    let table = TestTable::start().await;
    let other = PROFILE.replace("\"pk\"", "\"PK\"");
    let flags = [
        "--rename",
        "PK=pk",
        "--rename",
        "gone=went",
        "--ignore-columns",
        "seen,photo",
    ];
    assert_eq!(table.counts("copy.json", &other, &flags).await, (1, 0));
    assert_eq!(
        table.item("PROFILE#ann", "PROFILE").await,
        r#"{"joined_at":"2025-01-01 00:00:00","went":null}"#
    );
    let flags = ["--rename", "gone=seen"];
    assert_eq!(table.counts("copy.json", PROFILE, &flags).await, (0, 1));
    let rejects = table.text("copy.json.rejects.ndjson");
    assert!(
        rejects.contains("the name `seen` appears twice"),
        "{rejects}"
    );
}
