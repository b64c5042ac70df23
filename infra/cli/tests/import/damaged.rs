//! What is wrong within a file: rows without values, quotes that are not closed, headers in the middle, names twice.

use super::support::TestTable;

const COMMAS: &str =
    "profile_id,transaction_id,transacted_at,total\nxl-1,o1,2026-01-15 09:30:00,49.90\n";

#[tokio::test]
async fn what_is_no_value_is_absent_or_rejected_where_one_is_required() {
    let table = TestTable::start().await;
    let words = [
        "NULL", "null", "\\N", "NaN", "nan", "None", "<NA>", "NaT", "#N/A", "", "  ", "\"\"",
    ];
    let header = "profile_id,transaction_id,transacted_at,total,currency,total_converted,location_id,channel,is_void,brands,items\n";
    let mut rows = String::from(header);
    for (number, word) in words.into_iter().enumerate() {
        let rest = [word; 7].join(",");
        rows.push_str(&format!("a,{number},2026-01-31 10:00:00,1,{rest}\n"));
        rows.push_str(&format!(
            "{word},1,2026-01-31 10:00:00,1,,,,,,,\na,{word},2026-01-31 10:00:00,1,,,,,,,\n"
        ));
        rows.push_str(&format!(
            "a,1,{word},1,,,,,,,\na,1,2026-01-31 10:00:00,{word},,,,,,,\n"
        ));
    }
    assert_eq!(table.counts("a.csv", rows, &[]).await, (12, 48));
    let items = table.items().await;
    assert_eq!(items.len(), 12);
    assert!(items.values().all(|item| item.len() == 3), "{items:?}");
    let rejects = table.text("a.csv.rejects.csv");
    for name in ["profile_id", "transaction_id", "transacted_at", "total"] {
        assert_eq!(
            rejects.matches(&format!(",`{name}` is missing,")).count(),
            12,
            "{rejects}"
        );
    }
    // Namibia, and words that only look so.
    let addresses = "profile_id,address_id,iso,country\na,NA,NA,none\n";
    assert_eq!(table.counts("b.csv", addresses, &[]).await, (1, 0));
    assert_eq!(
        table.item("PROFILE#a", "ADDRESS#NA").await,
        r#"{"country":"none","iso":"NA"}"#
    );
    let json = r#"{"profile_id":"b","joined_at":"NaT","joined_location_id":"nan","preferred_location_id":""}"#;
    assert_eq!(table.counts("c.ndjson", json, &[]).await, (1, 0));
    assert_eq!(table.item("PROFILE#b", "PROFILE").await, "{}");
}

#[tokio::test]
async fn one_quote_that_is_not_closed_costs_one_row() {
    let table = TestTable::start().await;
    let header = "profile_id,transaction_id,transacted_at,total,brands,note\n";
    let row = |id: u32, rest: &str| format!("a,{id},2026-01-31 10:00:00,1,{rest}\n");
    let rows = [
        row(1, "Acme,\"never closed"),
        row(2, "Acme,12\" disc"),
        row(3, "Acme,\"two\nlines, and a \"\"quote\"\"\""),
        row(4, "\"not closed,x"),
        row(5, "\"Acme, Inc\",x"),
        row(6, "\"a\nb\",x"),
        row(7, "Acme,\"closed\" early"),
        row(8, "Acme,x"),
    ];
    let content = format!("{header}{}", rows.concat());
    // Of the sixth row, two lines are rejected: in a column that counts a line break means that a quote was not closed.
    assert_eq!(
        table
            .counts("a.csv", content, &["--ignore-columns", "note"])
            .await,
        (4, 5)
    );
    let ids: Vec<String> = table
        .sort_keys()
        .await
        .iter()
        .map(|key| key.rsplit_once('#').unwrap().1.to_owned())
        .collect();
    assert_eq!(ids, ["2", "3", "5", "8"]);
    let stores = "id,description,is_permanently_closed\n1,\"two\r\n\r\nlines\",f\n2,\"never closed,f\n3,plain,t\n";
    assert_eq!(table.counts("b.csv", stores, &[]).await, (2, 1));
    assert!(
        table
            .item("LOCATION#1", "LOCATION")
            .await
            .contains(r#""description":"two\n\nlines""#)
    );
}

#[tokio::test]
async fn a_header_inside_and_a_name_twice_are_rejects() {
    let table = TestTable::start().await;
    let twice = format!("{COMMAS}\u{feff}{COMMAS}").replacen("xl-1", "xl-2", 1);
    assert_eq!(table.counts("a.csv", twice, &[]).await, (2, 1));
    assert!(
        table
            .text("a.csv.rejects.csv")
            .contains("\n3,this is the header again,")
    );
    let other = "id,is_permanently_closed\n1,t\nid,name\n2,\n";
    assert_eq!(table.counts("b.csv", other, &[]).await, (2, 1));
    let renamed = "who,joined_at\na,\nwho,joined_at\n";
    assert_eq!(
        table
            .counts("c.csv", renamed, &["--rename", "who=profile_id"])
            .await,
        (1, 1)
    );
    for json in [
        r#"{"profile_id":"a","joined_at":null,"profile_id":"b"}"#,
        r#"{"id":1,"is_permanently_closed":false,"address":{"iso":"AU","iso":"NZ"}}"#,
        r#"{"profile_id":"a","transaction_id":1,"transacted_at":"2026-01-31T10:00:00Z","total":1,"items":[{"brand":"a","brand":"b"}]}"#,
    ] {
        let kind = if json.contains("address") {
            "locations"
        } else if json.contains("items") {
            "transactions"
        } else {
            "profiles"
        };
        assert_eq!(
            table.counts("d.ndjson", json, &["--kind", kind]).await,
            (0, 1),
            "{json}"
        );
        let rejects = table.text("d.ndjson.rejects.ndjson");
        assert!(
            rejects.contains("appears twice") || rejects.contains("duplicate field `brand`"),
            "{rejects}"
        );
    }
}
