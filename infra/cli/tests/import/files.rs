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
        ("sep= and a tab", format!("sep=\t\r\n{}", with("\t")).into()),
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
            "the file is not text, or UTF-16 without its mark: save it in UTF-8",
        ),
        (
            b"[{\"profile_id\":\"a\"},",
            "invalid JSON: EOF while parsing a value at line 1 column 20",
        ),
    ] {
        assert_eq!(table.refusal("book.xlsx", content, &[]).await, reason);
    }
    for empty in ["", "\n\n", "[]", "{\"Items\":[],\"Count\":0}"] {
        assert_eq!(
            table.refusal("empty", empty, &[]).await,
            "the file is empty"
        );
    }
    let half = &gzipped(COMMAS.repeat(2000).as_bytes());
    let error = table.refusal("half.gz", &half[..half.len() / 2], &[]).await;
    assert!(error.starts_with("cannot read the file: "), "{error}");
    assert!(table.items().await.is_empty());
}
