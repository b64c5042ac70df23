//! Which items of a batch failed, as a function with `ReportBatchItemFailures` answers.

use serde::Deserialize;
use serde_json::Value;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BatchAnswer {
    batch_item_failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// The identifiers of the items that failed. As for Lambda, nothing at all means that none did, while an entry without an
/// identifier is an error.
pub(crate) fn failed_items(answer: Value) -> Result<Vec<String>, serde_json::Error> {
    let answer = Option::<BatchAnswer>::deserialize(answer)?.unwrap_or_default();
    let failures = answer.batch_item_failures.unwrap_or_default();
    Ok(failures
        .into_iter()
        .map(|failure| failure.item_identifier)
        .collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_answer_is_a_success_and_a_malformed_one_an_error() {
        for success in [
            json!(null),
            json!({}),
            json!({"batchItemFailures": null}),
            json!({"batchItemFailures": []}),
        ] {
            assert!(
                failed_items(success.clone()).unwrap().is_empty(),
                "{success}"
            );
        }
        let failed =
            json!({"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "1"}]});
        assert_eq!(failed_items(failed).unwrap(), ["2", "1"]);
        for malformed in [
            json!("ok"),
            json!({"batchItemFailures": [{}]}),
            json!({"batchItemFailures": [{"itemIdentifier": null}]}),
            json!({"batchItemFailures": [{"id": "1"}]}),
        ] {
            assert!(failed_items(malformed.clone()).is_err(), "{malformed}");
        }
    }
}
