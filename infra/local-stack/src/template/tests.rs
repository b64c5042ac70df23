//! What the local stack reads from the real template.

mod permissions;
mod retention;
mod settings;

use serde_json::json;

use super::*;

fn record(pk: &str, sk: &str) -> Value {
    json!({"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}}})
}

#[test]
fn gives_the_table() {
    let template = Template::embedded().unwrap();
    let table = template.table();
    let keys: Vec<_> = table
        .key_schema
        .iter()
        .map(|key| (key.attribute_name.as_str(), key.key_type.as_str()))
        .collect();
    assert_eq!(keys, [("pk", "HASH"), ("sk", "RANGE")]);
    assert!(
        table
            .attribute_definitions
            .iter()
            .all(|attribute| attribute.attribute_type == "S")
    );
    assert_eq!(table.billing_mode, "PAY_PER_REQUEST");
    assert_eq!(table.stream_specification.stream_view_type, "KEYS_ONLY");
    assert!(table.deletion_protection_enabled);
}

#[test]
fn gives_the_mapping_with_defaults_of_parameters() {
    let settings = Template::embedded().unwrap().stream_settings().unwrap();
    assert_eq!(settings.batch_size, 500);
    assert_eq!(
        (settings.parallelization, settings.partition_key.as_str()),
        (4, "pk")
    );
    assert!(settings.bisects && settings.reports_failures);
    assert_eq!(settings.retries, Some(240));
    assert_eq!(settings.longest_age, Some(Duration::from_secs(82_800)));
}

#[test]
fn gives_the_queue_of_unfinished_profiles() {
    let template = Template::embedded().unwrap();
    let settings = template.queue_settings();
    assert_eq!(settings.max_receives, 19);
    assert!(settings.visibility >= template.repair_aggregations().timeout());
    let fortnight = Duration::from_secs(14 * 86_400);
    assert_eq!(settings.retention, fortnight);
    assert_eq!(settings.dead_letter_retention, fortnight);
    assert_eq!(template.repair_concurrency(), 5);
}

#[test]
fn minus_one_is_no_limit() {
    let template = TEMPLATE.replace("MaximumRetryAttempts: 240", "MaximumRetryAttempts: -1");
    assert_ne!(template, TEMPLATE);
    let settings = Template::read(&template)
        .unwrap()
        .stream_settings()
        .unwrap();
    assert_eq!(settings.retries, None);
}

#[test]
fn gives_the_functions_time_outs_and_routes() {
    let template = Template::embedded().unwrap();
    let (get, recalculate) = (
        template.get_aggregations(),
        template.recalculate_aggregations(),
    );
    assert_eq!(get.timeout(), Duration::from_secs(10));
    assert_eq!(recalculate.timeout(), Duration::from_secs(60));
    let mut routes: Vec<_> = get.routes().collect();
    routes.sort();
    let expected = [
        "GET /profiles/aggregations",
        "GET /profiles/{profileId}/aggregations",
        "GET /profiles/{profileId}/aggregations/calculate",
        "GET /profiles/{profileId}/aggregations/history",
    ];
    assert_eq!(routes, expected);
    assert_eq!(recalculate.routes().count(), 0);
}

#[test]
fn the_template_lets_source_items_of_profiles_pass() {
    let template = Template::embedded().unwrap();
    let filter = template.stream_settings().unwrap().filter;
    for sk in ["PROFILE", "TXN#2026-01-01T10:00:00Z#1", "TXN#", "ADDRESS#1"] {
        assert!(filter.passes(&record("PROFILE#a", sk)), "{sk}");
    }
    for (pk, sk) in [
        ("PROFILE#a", "AGG"),
        ("PROFILE#a", "PROFILE#"),
        ("PROFILE#a", "NOTE"),
        ("PROFILE#a", "XTXN#"),
        ("LOCATION#1", "LOCATION"),
        ("LOCATION#1", "PROFILE"),
        ("", ""),
    ] {
        assert!(!filter.passes(&record(pk, sk)), "{pk} {sk}");
    }
    assert!(!filter.passes(&json!({})));
    assert!(!filter.passes(&json!({"dynamodb": {"Keys": {"pk": {"N": "1"}}}})));
}

#[test]
fn a_template_without_the_table_is_an_error() {
    let without = TEMPLATE.replace("\n  Table:\n", "\n  Other:\n");
    let error = Template::read(&without).unwrap_err();
    let TemplateError::Content(cause) = error else {
        panic!("{error}");
    };
    assert!(cause.to_string().contains("`Table`"), "{cause}");
    assert!(Template::read("a: [").is_err());
}
