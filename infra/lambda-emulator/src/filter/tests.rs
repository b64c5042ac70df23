//! Patterns, and the records that pass them.

use serde_json::json;

use super::*;

fn filter(patterns: &[&str]) -> Filter {
    Filter::parse(patterns.iter().copied()).unwrap()
}

#[test]
fn equality_is_that_of_json() {
    let filter = filter(&[r#"{"a": ["x", 1, null, true]}"#]);
    for value in [json!("x"), json!(1), json!(null), json!(true)] {
        assert!(filter.passes(&json!({"a": value})), "{value}");
    }
    for value in [
        json!("X"),
        json!("1"),
        json!(false),
        json!(["x"]),
        json!({}),
    ] {
        assert!(!filter.passes(&json!({"a": value})), "{value}");
    }
    assert!(!filter.passes(&json!({})));
}

#[test]
fn a_prefix_is_one_of_text() {
    let filter = filter(&[r#"{"a": [{"prefix": "1"}]}"#]);
    assert!(filter.passes(&json!({"a": "12"})));
    assert!(!filter.passes(&json!({"a": "21"})));
    assert!(!filter.passes(&json!({"a": 12})));
}

#[test]
fn members_are_and_patterns_are_or() {
    let filter = filter(&[r#"{"a": [1], "b": [1]}"#, r#"{"c": [1]}"#]);
    assert!(filter.passes(&json!({"a": 1, "b": 1})));
    assert!(filter.passes(&json!({"c": 1})));
    assert!(!filter.passes(&json!({"a": 1, "b": 2})));
}

#[test]
fn without_patterns_everything_passes() {
    assert!(filter(&[]).passes(&json!({})));
}

#[test]
fn what_is_not_known_is_an_error() {
    for (pattern, reason) in [
        (
            r#"{"a": [{"suffix": "x"}]}"#,
            r#"unknown rule `{"suffix":"x"}`"#,
        ),
        (
            r#"{"a": [{"prefix": 1}]}"#,
            r#"unknown rule `{"prefix":1}`"#,
        ),
        (
            r#"{"a": [{"anything-but": ["x"]}]}"#,
            r#"unknown rule `{"anything-but":["x"]}`"#,
        ),
        (
            r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#,
            r#"unknown rule `{"prefix":"x","suffix":"y"}`"#,
        ),
        (r#"{"a": [["x"]]}"#, r#"unknown rule `["x"]`"#),
        (
            r#"{"a": "x"}"#,
            "expected an object or a list of rules at `a`",
        ),
        (r#"{"a": {"b": []}}"#, "the list of rules at `b` is empty"),
        ("[]", "`[]`: invalid type"),
        ("{", "`{`: EOF"),
    ] {
        let error = Filter::parse([pattern].into_iter()).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}
