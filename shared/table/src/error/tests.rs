//! Tests of `error`: the codes are those of DynamoDB's reference, "Error handling with DynamoDB" and "TransactWriteItems".

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::ErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::CancellationReason;
use aws_smithy_runtime_api::http::StatusCode;

use super::*;

/// What DynamoDB says of an item above 400 KB.
const ITEM_TOO_LARGE: &str = "Item size has exceeded the maximum allowed size";
/// What it says of a transaction above 4 MB.
const TRANSACTION_TOO_LARGE: &str = "Transaction cancelled: Aggregate size of items exceeds 4 MB";

fn error(code: &str, message: &str) -> PutItemError {
    let metadata = ErrorMetadata::builder().code(code).message(message);
    PutItemError::generic(metadata.build())
}

fn answer(code: &str, message: &str) -> SdkError<PutItemError> {
    let status = StatusCode::try_from(400).unwrap();
    SdkError::service_error(error(code, message), HttpResponse::new(status, "".into()))
}

fn request(source: impl Into<aws_sdk_dynamodb::Error>) -> TableError {
    TableError::request("PutItem")(source.into())
}

/// A transaction of two writes that was cancelled for the second one.
fn cancelled(code: &str, message: &str) -> TransactionCanceledException {
    let none = CancellationReason::builder().code("None").build();
    let reason = CancellationReason::builder().code(code).message(message);
    TransactionCanceledException::builder()
        .cancellation_reasons(none)
        .cancellation_reasons(reason.build())
        .build()
}

#[test]
fn dynamodb_is_unavailable_when_it_throttles_or_fails_by_itself() {
    for code in [
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    ] {
        assert!(request(error(code, "")).is_unavailable(), "{code}");
    }
    for code in [
        "AccessDeniedException",
        "ConditionalCheckFailedException",
        "ResourceNotFoundException",
        "ValidationException",
    ] {
        assert!(!request(error(code, "")).is_unavailable(), "{code}");
    }
}

#[test]
fn dynamodb_is_unavailable_when_nothing_answered() {
    let timeout: SdkError<PutItemError> = SdkError::timeout_error("no answer");
    assert!(request(timeout).is_unavailable());
}

#[test]
fn a_cancelled_transaction_is_unavailable_for_its_reasons_alone() {
    for (code, expected) in [
        ("ProvisionedThroughputExceeded", true),
        ("ThrottlingError", true),
        ("ConditionalCheckFailed", false),
        ("ValidationError", false),
    ] {
        let cancelled = cancelled(code, "");
        let cancelled = aws_sdk_dynamodb::Error::TransactionCanceledException(cancelled);
        assert_eq!(request(cancelled).is_unavailable(), expected, "{code}");
    }
}

#[test]
fn what_is_no_answer_of_dynamodb_but_for_unread_keys_is_not_unavailable() {
    assert!(TableError::Unprocessed(3).is_unavailable());
    for error in [
        TableError::LostRaces(8),
        TableError::TooManyItems(1),
        TableError::TooManyPages(1),
    ] {
        assert!(!error.is_unavailable(), "{error}");
    }
}

#[test]
fn a_race_is_lost_to_a_condition_or_a_transaction() {
    for (code, expected) in [
        ("ConditionalCheckFailedException", true),
        ("TransactionConflictException", true),
        ("TransactionInProgressException", true),
        ("ThrottlingException", false),
        ("ValidationException", false),
    ] {
        assert_eq!(is_lost_race(&answer(code, "")), expected, "{code}");
    }
    assert!(!is_lost_race::<PutItemError>(&SdkError::timeout_error("")));
}

#[test]
fn a_transaction_is_lost_to_a_condition_or_a_transaction() {
    for (code, expected) in [
        ("ConditionalCheckFailed", true),
        ("TransactionConflict", true),
        ("None", false),
        ("ThrottlingError", false),
        ("ValidationError", false),
    ] {
        let cancelled = cancelled(code, "");
        assert_eq!(is_lost_transaction(&cancelled), expected, "{code}");
    }
}

#[test]
fn an_item_is_too_large_by_code_and_message() {
    for (code, message, expected) in [
        ("ValidationException", ITEM_TOO_LARGE, true),
        (
            "ValidationException",
            "Item size to update has exceeded the maximum allowed size",
            true,
        ),
        (
            "ValidationException",
            "The table does not have the specified index",
            false,
        ),
        ("ThrottlingException", ITEM_TOO_LARGE, false),
    ] {
        let answer = answer(code, message);
        assert_eq!(is_too_large(&answer), expected, "{code}: {message}");
    }
}

#[test]
fn a_transaction_is_too_large_by_code_and_message_of_one_reason() {
    for (code, message, expected) in [
        ("ValidationError", ITEM_TOO_LARGE, true),
        ("ValidationError", TRANSACTION_TOO_LARGE, true),
        (
            "ValidationError",
            "Item collection size limit exceeded",
            true,
        ),
        ("ValidationError", "An operand has an incorrect type", false),
        ("ConditionalCheckFailed", ITEM_TOO_LARGE, false),
    ] {
        let cancelled = cancelled(code, message);
        let is_too_large = is_too_large_transaction(&cancelled);
        assert_eq!(is_too_large, expected, "{code}: {message}");
    }
}
