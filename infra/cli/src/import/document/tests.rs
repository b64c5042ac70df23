//! Documents, and their lines.

use super::*;

fn rewritten(text: &str) -> Result<String, String> {
    let mut output = Vec::new();
    match rewrite(text.as_bytes(), &mut output) {
        Ok(()) => Ok(String::from_utf8(output).unwrap()),
        Err(FileProblem::Json(error)) => Err(error.to_string()),
        Err(other) => Err(other.to_string()),
    }
}

#[test]
fn every_object_gets_a_line() {
    for (text, expected) in [
        (
            "[{\"a\":1},\n {\"a\":\n2}, {\"a\":3}]\n",
            "{\"a\":1}\n{\"a\": 2}\n{\"a\":3}\n",
        ),
        (
            "{\n  \"a\": 1,\n  \"b\": [\n]\n}\n{}",
            "{\"a\":1,\"b\":[ ]}\n{}\n",
        ),
        ("{\"Items\":[{\"a\":1}],\"Count\":1}", "{\"a\":1}\n"),
        (
            "{\"Items\":[{}],\"NextToken\":\"x\"} {\"Items\":[{}]}",
            "{}\n{}\n",
        ),
        ("[]", ""),
    ] {
        assert_eq!(rewritten(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_cut_off_is_an_error() {
    for (text, reason) in [
        (
            "[{\"a\":1},",
            "EOF while parsing a value at line 1 column 9",
        ),
        (
            "{\"Items\":[{}],\"LastEvaluatedKey\":{}}",
            "the scan stopped before the end of the table",
        ),
        ("\"text\"", "expected a JSON object, or an array of objects"),
    ] {
        let error = rewritten(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}
