//! The OpenAPI description against what the stack answers.

mod description;
mod live;

use calculation::{Aggregations, FurtherAggregations};
use description::Description;
use golden_cases::{Case, cases};
use indexmap::IndexMap;
use jsonschema::Validator;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The golden cases that have a document, and its text.
fn documents() -> Vec<(Case, String)> {
    cases()
        .into_iter()
        .filter_map(|case| {
            let body = case.expected.body.as_ref()?.get().to_owned();
            Some((case, body))
        })
        .collect()
}

/// The published example, which has two locations.
fn example() -> Value {
    let is_example = |case: &Case| case.name == "source-example";
    let mut documents = documents().into_iter();
    let (_, body) = documents.find(|(case, _)| is_example(case)).unwrap();
    serde_json::from_str(&body).unwrap()
}

/// The keys of a JSON object, in the order of the text.
fn keys(object: &str) -> Vec<String> {
    let members: IndexMap<String, Box<RawValue>> = serde_json::from_str(object).unwrap();
    members.into_keys().collect()
}

fn schema(name: &str) -> Validator {
    let schema = format!("#/components/schemas/{name}");
    Description::read().validator(&json!({"$ref": schema}))
}

#[test]
fn every_golden_document_is_as_described() {
    let validator = schema("Aggregations");
    let documents = documents();
    assert_eq!(documents.len(), 132);
    for (case, body) in documents {
        let document = serde_json::from_str(&body).unwrap();
        let errors: Vec<_> = validator.iter_errors(&document).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.name);
    }
}

#[test]
fn every_field_can_be_named() {
    let description = Description::read();
    let parameter = &description.0["components"]["parameters"]["Fields"];
    let validator = description.validator(&parameter["schema"]);
    let (all, selected) = (
        Description::keys("Aggregations"),
        Description::keys("SelectedAggregations"),
    );
    let mut names: Vec<&str> = selected.properties.keys().map(String::as_str).collect();
    assert!(all.properties.keys().eq(names.iter().copied()));
    assert_eq!(names.pop(), Some("explanation"));
    let further = FurtherAggregations::FIELDS;
    let known: Vec<&str> = Aggregations::FIELDS.into_iter().chain(further).collect();
    assert_eq!(names, known);
    assert!(names.iter().all(|name| validator.is_valid(&json!(name))));
    assert!(validator.is_valid(&json!(names.join(","))));
    for text in [
        "",
        "all,spend_12m",
        "spend_12m,",
        "spend",
        "spend_12m,shop_days,spend_12m",
    ] {
        assert!(!validator.is_valid(&json!(text)), "{text}");
    }
    let dated = Description::keys("DatedAggregations");
    let figures: Vec<&str> = dated
        .properties
        .keys()
        .skip(1)
        .map(String::as_str)
        .collect();
    assert_eq!(figures, Aggregations::FIELDS[1..]);
    assert!(dated.required.iter().eq(dated.properties.keys()));
}

#[test]
fn keys_are_described_in_the_order_of_the_response() {
    let (described, location) = (
        Description::keys("Aggregations"),
        Description::keys("Location"),
    );
    let described_keys: Vec<&String> = described.required.iter().collect();
    let location_keys: Vec<&String> = location.properties.keys().collect();
    assert_eq!((described_keys.len(), location_keys.len()), (18, 18));
    assert!(
        described_keys
            .iter()
            .copied()
            .eq(described.properties.keys().take(18))
    );
    assert!(location.required.iter().eq(location_keys.iter().copied()));
    let mut locations = 0;
    for (case, body) in documents().into_iter().filter(|(case, _)| !case.further) {
        assert!(
            keys(&body).iter().eq(described_keys.iter().copied()),
            "{}",
            case.name
        );
        let document: IndexMap<String, Box<RawValue>> = serde_json::from_str(&body).unwrap();
        for key in ["store_join", "most_transacted_location"] {
            let location = document[key].get();
            if location != "null" {
                assert!(
                    keys(location).iter().eq(location_keys.iter().copied()),
                    "{}",
                    case.name
                );
                locations += 1;
            }
        }
    }
    assert!(locations > 0);
}

#[test]
fn a_document_with_other_keys_is_refused() {
    let validator = schema("Aggregations");
    let example = example();
    assert!(validator.is_valid(&example));
    for place in ["", "/store_join", "/most_transacted_location"] {
        let object = example.pointer(place).unwrap().as_object().unwrap();
        for key in object.keys() {
            let mut changed = example.clone();
            let changed_object = changed.pointer_mut(place).unwrap().as_object_mut().unwrap();
            changed_object.remove(key);
            assert!(!validator.is_valid(&changed), "{place} without {key}");
        }
        let mut changed = example.clone();
        changed.pointer_mut(place).unwrap()["other"] = json!(1);
        assert!(!validator.is_valid(&changed), "{place} with another key");
    }
}

#[test]
fn a_document_with_other_values_is_refused() {
    let validator = schema("Aggregations");
    let example = example();
    let fields = example.as_object().unwrap().keys();
    let of_a_wrong_type = fields.map(|field| (format!("/{field}"), json!({"wrong": true})));
    let of_a_wrong_form = [
        ("/shop_days", json!(-1)),
        ("/shop_days", json!(1.5)),
        ("/spend_12m", json!("2000")),
        ("/spend_all", json!(null)),
        ("/spend_first_date", json!("2020-12-07T13:04:30Z")),
        ("/spend_last_date", json!("2020-12-07 24:00:00")),
        ("/dimension_frequency", json!("F3")),
        ("/dimension_recency", json!("R1")),
        ("/dimension_join", json!("J0")),
        ("/channel", json!("CX")),
        ("/shop_count", json!(null)),
        ("/shop_count", json!(-1)),
        ("/store_join", json!("1")),
        ("/store_join/id", json!(null)),
        ("/store_join/tags", json!(null)),
        ("/store_join/normal_hours", json!("never")),
        ("/likely_country", json!("nz")),
        ("/likely_country", json!("NZL")),
        ("/likely_country_score", json!(0)),
        ("/likely_country_score", json!(5)),
        ("/purchased_brands", json!(null)),
        ("/purchased_brands", json!(["Acme", "Acme"])),
        ("/purchased_brands", json!([""])),
    ];
    let of_a_wrong_form = of_a_wrong_form.map(|(place, value)| (place.to_owned(), value));
    for (place, value) in of_a_wrong_type.chain(of_a_wrong_form) {
        let mut changed = example.clone();
        *changed.pointer_mut(&place).unwrap() = value.clone();
        assert!(!validator.is_valid(&changed), "{place}: {value}");
    }
}

#[test]
fn every_example_is_as_described() {
    let description = Description::read();
    let components = &description.0["components"];
    let mut examples: Vec<(&Value, &Value)> = Vec::new();
    for response in components["responses"].as_object().unwrap().values() {
        let contents = response["content"].as_object().into_iter().flatten();
        for (_, content) in contents {
            examples.extend(own_examples(content));
        }
    }
    for kind in ["parameters", "headers"] {
        for part in components[kind].as_object().unwrap().values() {
            examples.extend(own_examples(part));
        }
    }
    for schema in components["schemas"].as_object().unwrap().values() {
        for property in schema["properties"].as_object().unwrap().values() {
            let given = property["examples"].as_array().into_iter().flatten();
            examples.extend(given.map(|example| (property, example)));
        }
    }
    assert!(examples.len() > 40, "{}", examples.len());
    for (schema, example) in examples {
        let errors = description.validator(schema);
        let errors: Vec<_> = errors.iter_errors(example).collect();
        assert!(errors.is_empty(), "{example}: {errors:?}");
    }
}

/// The examples beside a schema, each with the schema.
fn own_examples(part: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let many = part["examples"].as_object().into_iter().flatten();
    let many = many.map(|(_, example)| &example["value"]);
    let examples = many.chain(part.get("example"));
    examples.map(|example| (&part["schema"], example))
}

#[test]
fn the_description_is_of_this_version() {
    let info = &Description::read().0["info"];
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
}
