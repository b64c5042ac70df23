//! Cells of CSV and values of JSON, and what they are read as.

use super::*;

fn cell(text: &str) -> Fields {
    Fields::of_cells([("x", text)].into_iter())
}

fn json(value: &str) -> Fields {
    Fields::of_json(&format!("{{\"x\":{value}}}")).unwrap()
}

#[test]
fn an_empty_cell_and_a_null_are_absent() {
    assert_eq!(cell("  ").text("x").unwrap(), None);
    assert_eq!(json("null").text("x").unwrap(), None);
    assert_eq!(json("\"\"").text("x").unwrap().as_deref(), Some(""));
    assert_eq!(cell(" a b ").text("x").unwrap().as_deref(), Some("a b"));
}

#[test]
fn booleans_of_cells_have_many_forms_and_of_json_one() {
    for (text, expected) in [
        ("true", true),
        ("TRUE", true),
        ("1", true),
        ("False", false),
        ("0", false),
    ] {
        assert_eq!(cell(text).boolean("x").unwrap(), Some(expected), "{text}");
    }
    assert!(cell("yes").boolean("x").is_err());
    assert_eq!(json("true").boolean("x").unwrap(), Some(true));
    assert!(json("1").boolean("x").is_err());
    assert!(json("\"true\"").boolean("x").is_err());
}

#[test]
fn numbers_keep_their_text() {
    let long = "12345678901234567890.10";
    assert_eq!(json(long).number("x").unwrap().as_deref(), Some(long));
    assert_eq!(cell("29.30").number("x").unwrap().as_deref(), Some("29.30"));
    assert!(json("\"29.30\"").number("x").is_err());
}

#[test]
fn a_number_is_an_id_only_if_it_comes_back_as_it_was_written() {
    for whole in ["0", "1", "-7", "12345678901234567890123456789012345678"] {
        assert_eq!(
            json(whole).id("x").unwrap(),
            Some(Value::Number(whole.into())),
            "{whole}"
        );
    }
    for other in [
        "1.0",
        "1e3",
        "-0",
        "123456789012345678901234567890123456789",
    ] {
        assert!(json(other).id("x").is_err(), "{other}");
    }
    assert!(!is_whole("01") && !is_whole("") && !is_whole("-") && !is_whole("+1"));
    assert_eq!(
        cell("1.0").id("x").unwrap(),
        Some(Value::Text("1.0".into()))
    );
    assert!(json("true").id("x").is_err());
}

#[test]
fn words_are_a_list_or_stand_between_bars() {
    let expected = vec![Value::Text("a".into()), Value::Text("b c".into())];
    for mut fields in [
        cell("a | b c"),
        cell("[\"a\",\"b c\"]"),
        json("[\"a\",\"b c\"]"),
        json("\"a|b c\""),
    ] {
        assert_eq!(fields.words("x").unwrap().as_ref(), Some(&expected));
        assert_eq!(fields.names().count(), 0);
    }
    assert!(cell("[a").words("x").is_err());
    assert!(json("1").words("x").is_err());
    assert_eq!(cell("").words("x").unwrap(), None);
}

#[test]
fn structures_are_json_in_a_cell() {
    assert_eq!(cell("[]").list("x").unwrap(), Some(vec![]));
    assert_eq!(cell("{}").map("x").unwrap(), Some(Item::new()));
    assert!(cell("{}").list("x").is_err());
    assert!(json("\"[]\"").list("x").is_err());
    assert!(
        cell("[1,")
            .list("x")
            .unwrap_err()
            .to_string()
            .starts_with("invalid JSON in `x`: ")
    );
}

#[test]
fn a_row_of_json_is_an_object() {
    assert!(matches!(Fields::of_json("[1]"), Err(RowError::NoObject)));
    assert!(matches!(
        Fields::of_json("{\"x\":1} {"),
        Err(RowError::Json(_))
    ));
    assert!(matches!(Fields::of_json("{\"x\":"), Err(RowError::Json(_))));
}
