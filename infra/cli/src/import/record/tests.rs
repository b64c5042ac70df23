//! Records, and their cells.

use super::*;

fn split(record: &str) -> Option<Vec<String>> {
    let mut splitter = Splitter::new(b',');
    // Of what stood there before nothing is left.
    splitter.split(b"before,\"before");
    let cells = splitter.split(record.as_bytes())?;
    Some(
        cells
            .iter()
            .map(|cell| String::from_utf8(cell.to_vec()).unwrap())
            .collect(),
    )
}

#[test]
fn splits_as_the_csv_crate_does() {
    for record in [
        "a,b,c",
        "a,,",
        ",",
        "\"\"",
        "\"a,b\",c",
        "\"say \"\"hi\"\"\",x",
        "é,ü",
        " a , b",
        "\"\"\"\"",
        "12\" disc,c",
        "a,\"one\n\ntwo\",b",
        "a,\"one\r\ntwo\"",
        "x",
    ] {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(record.as_bytes());
        let expected = reader.records().next().unwrap().unwrap();
        let expected: Vec<String> = expected.iter().map(str::to_owned).collect();
        assert_eq!(split(record), Some(expected), "{record}");
    }
}

#[test]
fn unbalanced_quotes_are_no_record() {
    for record in [
        "a,\"b", "\"", "\"a\"b,c", "\"a\" ,c", "a\nb", "a\rb", "\"a\nb",
    ] {
        assert_eq!(split(record), None, "{record}");
    }
}
