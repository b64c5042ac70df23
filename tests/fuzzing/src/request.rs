//! Bytes as an event of API Gateway, and as what the table answers to it.

#![expect(clippy::indexing_slicing, reason = "what is not there is null")]

use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_http::request::LambdaRequest;
use lambda_http::{Context, LambdaEvent};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::dynamodb::MadeUp;
use crate::input::texts;

/// What Lambda takes of an answer.
const MAX_BYTES: usize = 6 * 1_000_000;

/// Hands the text before the first blank line to the read function as an event; the others are what the table answers. Where the
/// event tells of an authorizer, it decides. The answer has one of the documented statuses, and what belongs to it.
pub fn request(input: &[u8]) {
    let (event, answers) = texts(input);
    let Ok(request) = serde_json::from_slice::<LambdaRequest>(event) else {
        return;
    };
    let is_authorized = event.windows(10).any(|word| word == b"authorizer");
    let (authorizer, envelope) = match is_authorized {
        true => (Authorizer::Jwt, Envelope::None),
        false => (Authorizer::None, Envelope::Data),
    };
    let answer = MadeUp::answering(&answers, |table| {
        let function = GetAggregations::new(table, authorizer, envelope);
        let event = LambdaEvent::new(request, Context::default());
        async move { serde_json::to_value(function.handle_event(event).await) }
    });
    match answer {
        Ok(answer) => check(&answer),
        Err(error) => panic!("{error}"),
    }
}

fn check(answer: &Value) {
    let header = |name: &str| answer["headers"][name].as_str();
    let body = answer["body"].as_str().unwrap_or_default();
    let status = answer["statusCode"].as_u64();
    assert!(answer.to_string().len() <= MAX_BYTES);
    match status {
        Some(200) => assert_eq!(header("content-type"), Some("application/json")),
        Some(304) => {
            assert_eq!(body, "");
            return;
        }
        Some(400 | 403 | 404 | 422 | 500 | 503) => {
            assert_eq!(header("content-type"), Some("application/problem+json"));
            let problem: Value = serde_json::from_str(body).unwrap_or_default();
            assert_eq!(problem["status"].as_u64(), status, "{answer}");
            assert!(problem["detail"].is_string());
        }
        _ => panic!("an answer without a status that is documented: {answer}"),
    }
    assert_eq!(header("retry-after").is_some(), status == Some(503));
    assert!(serde_json::from_str::<&RawValue>(body).is_ok(), "{answer}");
}
