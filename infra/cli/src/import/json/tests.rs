//! JSON that is read, and that is not.

use super::*;

#[test]
fn what_is_nested_too_deep_is_not_read() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse::<calculation::Value>(&nested(DEEPEST)).is_ok());
    for depth in [DEEPEST + 1, 1_000_000] {
        let error = parse::<calculation::Value>(&nested(depth)).unwrap_err();
        assert!(error.contains("nested deeper"), "{error}");
    }
    let quoted = format!("\"{}\\\"[\\\\\"", "[".repeat(99));
    assert!(parse::<calculation::Value>(&quoted).is_ok());
}

#[test]
fn a_name_stands_in_an_object_once() {
    let names = |text| parse::<Object<Box<RawValue>>>(text).map(|Object(names)| names.len());
    assert_eq!(names(r#"{"a":1,"b":{"c":[]}}"#), Ok(2));
    assert_eq!(
        names(r#"{"a":1,"b":2,"a":1}"#),
        Err("the name `a` appears twice".to_owned())
    );
    for broken in ["{broken}", "[]", "{\"a\":1} {", "{\"a\":", "1"] {
        assert!(names(broken).is_err(), "{broken}");
    }
}

#[test]
fn a_row_of_rejects_that_lost_bytes_is_no_row_until_they_are_back() {
    let reject = |name: &str| {
        let row = format!(r#"{{"profile_id":"{name}"}}"#);
        let reject = Reject {
            rejected_line: 1,
            reason: NOT_UTF8.into(),
            row: row.into(),
        };
        serde_json::to_string(&reject).unwrap()
    };
    let lost = row(&reject("\u{fffd}da"));
    assert_eq!(lost.map(drop), Err(NOT_UTF8.to_owned()));
    assert!(row(&reject("ada")).is_ok());
}
