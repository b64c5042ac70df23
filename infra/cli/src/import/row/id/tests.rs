//! Ids, and what spreadsheets make of them.

use super::*;

fn is_id(text: &str) -> bool {
    check_id(&Value::Text(text.to_owned())).is_ok()
}

#[test]
fn numbers_made_of_ids_are_told_from_ids() {
    for mangled in [
        "71.0",
        "71.00",
        "17850.0",
        "71.",
        "-71.0",
        "71,0",
        "6.70E+12",
        "6,7E+12",
        "1E+05",
        "1e5",
        "7.1e1",
        "1.E5",
        "1,234",
        "1,234,567",
        "1 234 567",
        "1'234",
        "1\u{a0}234",
        "1.234.567",
        "+71",
        "'007",
        "=\"007\"",
        "#REF!",
        "#NUM!",
    ] {
        assert!(!is_id(mangled), "{mangled}");
    }
    for id in [
        "71",
        "007",
        "-7",
        "2023.0042",
        "1.234",
        "12.5",
        "a.0",
        "C536379",
        "e5",
        "1e5a",
        "12-05",
        "10,20",
        "ann@x.org",
        "o'brien",
        "#1001",
        "192.168.10.1",
        "NA",
        "123456789012345678901234567890123456789",
    ] {
        assert!(is_id(id), "{id}");
    }
    let number = |text: &str| check_id(&Value::Number(text.to_owned()));
    for text in [
        "1.0",
        "1.5",
        "1e3",
        "-0",
        "123456789012345678901234567890123456789",
    ] {
        assert!(number(text).is_err(), "{text}");
    }
    assert!(number("12345678901234567890123456789012345678").is_ok());
    for (phone, is_one) in [
        ("555-0101", true),
        ("555.0101", true),
        ("61 312 345", true),
        ("6.15E+10", false),
        ("615.0", false),
    ] {
        assert_eq!(
            check_phone(&Value::Text(phone.to_owned())).is_ok(),
            is_one,
            "{phone}"
        );
    }
}
