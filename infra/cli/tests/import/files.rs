//! Files as spreadsheets, databases and programs write them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::support::TestTable;

const COMMAS: &str =
    "profile_id,transaction_id,transacted_at,total\nxl-1,o1,2026-01-15 09:30:00,49.90\n";

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(bytes)
        .collect()
}

#[tokio::test]
async fn whatever_loses_nothing_is_read() {
    let with = |separator: &str| COMMAS.replace(',', separator);
    let object = r#"{"profile_id":"xl-1","transaction_id":"o1","transacted_at":"2026-01-15T09:30:00Z","total":49.90}"#;
    let pretty = object
        .replace('{', "{\n  ")
        .replace(",\"", ",\n  \"")
        .replace('}', "\n}\n");
    for (name, content) in [
        ("commas", COMMAS.into()),
        ("semicolons", with(";").into()),
        ("decimal comma", with(";").replace("49.90", "49,90").into()),
        ("tabs", with("\t").into()),
        ("mark of UTF-8", format!("\u{feff}{COMMAS}").into_bytes()),
        ("sep=;", format!("sep=;\n{}", with(";")).into()),
        ("\"sep=,\"", format!("\"SEP=,\"\r\n{COMMAS}").into()),
        ("sep=|", format!("sep=|\n{}", with("|")).into()),
        ("CR LF", COMMAS.replace('\n', "\r\n").into()),
        ("CR", COMMAS.replace('\n', "\r").into()),
        ("no last line end", COMMAS.trim_end().into()),
        ("trailing commas", COMMAS.replace('\n', ",,\n").into()),
        (
            "rows of empty cells",
            format!("{COMMAS},,,\n, ,,\n\n").into(),
        ),
        (
            "all in quotes",
            COMMAS
                .replace(',', "\",\"")
                .replace('\n', "\"\n")
                .replace("profile_id", "\"profile_id")
                .replace("xl-1", "\"xl-1")
                .into(),
        ),
        ("blanks around", COMMAS.replace(',', " , ").into()),
        ("UTF-16LE", utf16(&with("\t"), u16::to_le_bytes)),
        ("UTF-16BE", utf16(COMMAS, u16::to_be_bytes)),
        ("gzip", gzipped(COMMAS.as_bytes())),
        ("gzip of UTF-16", gzipped(&utf16(COMMAS, u16::to_le_bytes))),
        (
            "two gzips",
            [
                gzipped(COMMAS.as_bytes()),
                gzipped(b"xl-1,o1,2026-01-15 09:30:00,49.90\n"),
            ]
            .concat(),
        ),
        ("NDJSON", format!("\n{object}\r\n").into()),
        ("JSON over several lines", pretty.clone().into()),
        ("JSON objects over several lines", pretty.repeat(2).into()),
        ("JSON array", format!("[{object}]").into()),
        (
            "JSON array over several lines",
            format!("[\n{pretty},\n{pretty}]\n").into(),
        ),
        ("money as text", object.replace("49.90", "\"49.90\"").into()),
    ] {
        let table = TestTable::start().await;
        // The name says nothing.
        let (loaded, rejected) = table.counts("file.csv", &content, &[]).await;
        assert!(
            loaded > 0 && rejected == 0,
            "{name}: {loaded} and {rejected}"
        );
        assert_eq!(
            table
                .item("PROFILE#xl-1", "TXN#2026-01-15T09:30:00Z#o1")
                .await,
            r#"{"total":49.9}"#,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_something_else_says_what_it_is() {
    let table = TestTable::start().await;
    let unmarked: Vec<u8> = COMMAS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content, reason) in [
        (
            &b"PK\x03\x04\x14\x00\x06\x00"[..],
            "the file is an Excel workbook or a zip archive: save the sheet as CSV in UTF-8, or unpack the archive",
        ),
        (
            b"\xD0\xCF\x11\xE0\xA1\xB1",
            "the file is an old Excel workbook: save the sheet as CSV in UTF-8",
        ),
        (
            b"PAR1\x15\x04",
            "the file is Parquet: convert it to CSV, with DuckDB for example",
        ),
        (
            b"\x28\xB5\x2F\xFDx",
            "the file is packed with zstd: unpack it, or pack it with gzip",
        ),
        (
            &gzipped(b"$ion_1_0 {Item:{}}"),
            "the file is Amazon Ion: export the table as DynamoDB JSON",
        ),
        (
            &unmarked,
            "the file is no text, or UTF-16 without its mark: save it in UTF-8",
        ),
        (
            b"[{\"profile_id\":\"a\"},",
            "invalid JSON: EOF while parsing a value at line 1 column 20",
        ),
    ] {
        assert_eq!(table.refusal("book.xlsx", content, &[]).await, reason);
    }
    let half = &gzipped(COMMAS.repeat(2000).as_bytes());
    let error = table.refusal("half.gz", &half[..half.len() / 2], &[]).await;
    assert!(error.starts_with("cannot read the file: "), "{error}");
    assert!(table.items().await.is_empty());
}

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
