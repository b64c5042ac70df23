//! Answers that are made up.

use std::io;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use test_support::{body, operation};

use crate::engine::Answer;
use crate::state::World;

/// A connection that breaks.
pub(crate) fn broken() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into())
}

/// A refusal of this status and code.
pub(crate) fn error(status: u16, code: &str) -> Answer {
    let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
    let body = json!({"__type": code, "message": "by schedule"});
    Answer {
        status,
        body: body.to_string().into_bytes(),
    }
}

/// A transaction that is cancelled for its first action.
pub(crate) fn cancelled(request: &HttpRequest, reason: &str) -> Answer {
    let request: Value = serde_json::from_str(&body(request)).unwrap_or_default();
    let actions = request["TransactItems"].as_array().map_or(0, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); actions];
    if let Some(first) = reasons.first_mut() {
        *first = json!({"Code": reason, "Message": "by schedule"});
    }
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "by schedule",
        "CancellationReasons": reasons,
    });
    Answer {
        status: 400,
        body: body.to_string().into_bytes(),
    }
}

/// A batch of which the second half, at least one, is left out.
pub(crate) fn unprocessed(world: &World, request: &HttpRequest) -> Answer {
    let (list, left_list) = match operation(request).as_str() {
        "BatchGetItem" => ("/Keys", "UnprocessedKeys"),
        "BatchWriteItem" => ("", "UnprocessedItems"),
        _ => {
            let request: HttpRequest = request.try_clone().expect("in memory");
            let entries = body(&request).matches("MessageBody").count();
            return world.apply(&request, entries.div_ceil(2));
        }
    };
    let mut asked: Value = serde_json::from_str(&body(request)).unwrap_or_default();
    let path = format!("/RequestItems/{}{list}", world.table);
    let mut left = asked["RequestItems"].clone();
    let Some(Value::Array(kept)) = asked.pointer_mut(&path) else {
        return world.apply(request, 0);
    };
    let rest = kept.split_off(kept.len() / 2);
    let nothing_kept = kept.is_empty();
    if let Some(place) = left.pointer_mut(&format!("/{}{list}", world.table)) {
        *place = Value::Array(rest);
    }
    let mut answer = json!({"Responses": {}});
    if !nothing_kept {
        let mut part = request.try_clone().expect("in memory");
        *part.body_mut() = SdkBody::from(asked.to_string());
        let length = asked.to_string().len().to_string();
        part.headers_mut().insert("content-length", length);
        let answered = world.apply(&part, 0);
        answer = serde_json::from_slice(&answered.body).unwrap_or_default();
    }
    answer[left_list] = left;
    Answer {
        status: 200,
        body: answer.to_string().into_bytes(),
    }
}
