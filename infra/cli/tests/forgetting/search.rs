//! Looks for the person in bytes of any kind.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use test_support::{Engine, TABLE};

use crate::person::PERSON;

/// What stands in every text of the person, in small letters.
const MARK: &str = "zq7731";

/// In which of the forms that a text may take the person is in these bytes: as it is, in hexadecimal, as a list of numbers, or in
/// Base64 wherever it begins.
pub fn find(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let small = text.to_lowercase();
    let numbers: Vec<String> = MARK.bytes().map(|byte| byte.to_string()).collect();
    let hexadecimal: String = MARK.bytes().map(|byte| format!("{byte:02x}")).collect();
    let plain = [
        MARK.to_owned(),
        hexadecimal,
        numbers.join(", "),
        numbers.join(","),
    ];
    let plain = plain.into_iter().find(|form| small.contains(form));
    let encoded = (0..3).flat_map(|before| {
        let whole = [&vec![b' '; before], PERSON.as_bytes()].concat();
        // Without what depends on the bytes before and after.
        [STANDARD.encode(&whole), URL_SAFE.encode(&whole)].map(|form| form[4..20].to_owned())
    });
    plain.or_else(|| {
        encoded
            .into_iter()
            .find(|form| text.contains(form.as_str()))
    })
}

/// Every item of the table, each as bytes in which all of its keys, attributes and binary content are found, in the order of the
/// keys.
pub async fn everything(engine: &Engine) -> Vec<Vec<u8>> {
    let scan = engine.client().scan().table_name(TABLE).send();
    let page = scan.await.unwrap();
    assert!(page.last_evaluated_key.is_none());
    let mut items: Vec<_> = page.items.unwrap().into_iter().map(bytes).collect();
    items.sort();
    items
}

/// Those of one customer.
pub async fn stored(engine: &Engine, profile: &str) -> Vec<Vec<u8>> {
    let query = engine.client().query().table_name(TABLE);
    let query = query
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(format!("PROFILE#{profile}")));
    let items = query.send().await.unwrap().items.unwrap();
    let mut items: Vec<_> = items.into_iter().map(bytes).collect();
    items.sort();
    items
}

fn bytes(item: std::collections::HashMap<String, AttributeValue>) -> Vec<u8> {
    let mut attributes: Vec<_> = item.into_iter().collect();
    attributes.sort_by(|left, right| left.0.cmp(&right.0));
    let mut bytes = Vec::new();
    for (name, value) in attributes {
        bytes.extend(name.as_bytes());
        add(&mut bytes, value);
    }
    bytes
}

fn add(bytes: &mut Vec<u8>, value: AttributeValue) {
    match value {
        // What was derived has its names as they are.
        AttributeValue::B(value) => bytes.extend(value.into_inner()),
        AttributeValue::S(value) | AttributeValue::N(value) => bytes.extend(value.into_bytes()),
        AttributeValue::L(values) => values.into_iter().for_each(|value| add(bytes, value)),
        AttributeValue::M(values) => bytes.extend(self::bytes(values)),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => {}
        other => unreachable!("{other:?} is not written"),
    }
}

#[test]
fn the_person_is_found_in_every_form() {
    let email = PERSON.to_uppercase();
    let hexadecimal: String = PERSON.bytes().map(|byte| format!("{byte:02X}")).collect();
    for found in [
        email,
        hexadecimal,
        format!("{:?}", PERSON.as_bytes()),
        STANDARD.encode(format!(r#"{{"pk":"PROFILE#{PERSON}"}}"#)),
        STANDARD.encode(format!(r#" {{"pk":"PROFILE#{PERSON}"}}"#)),
        STANDARD.encode(format!(r#"  {{"pk":"PROFILE#{PERSON}"}}"#)),
    ] {
        assert!(find(found.as_bytes()).is_some(), "{found}");
    }
    assert_eq!(find(b"ada"), None);
}
