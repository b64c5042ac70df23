//! What DynamoDB gets, and what comes of its answers.

use std::sync::Mutex;

use axum::body::to_bytes;
use test_support::{Engine, HttpResponse, TABLE, answer, body, hooked_client};

use super::*;

const TARGET: &str = "DynamoDB_20120810.PutItem";
const BODY: &str = r#"{"a": "ö"}"#;

/// Sends [`BODY`] to a DynamoDB that answers so, and gives what came of it with the requests that it got.
async fn sent(
    answers: impl Fn() -> Option<HttpResponse> + Send + Sync + 'static,
) -> (Result<(u16, String), String>, Vec<[String; 4]>) {
    let engine = Engine::start().await;
    // From here on nothing waits for a socket, and so every pause is over at once.
    tokio::time::pause();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let got = Arc::clone(&requests);
    let hook = move |_, request: &_| {
        let request: &test_support::HttpRequest = request;
        let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
        let headers = ["x-amz-target", "content-length", "authorization"].map(header);
        let [target, length, signature] = headers;
        let mut got = got.lock().unwrap();
        got.push([target, length, signature, body(request)]);
        let answer = answers();
        Box::pin(async move {
            match answer {
                None => std::future::pending().await,
                answer => answer,
            }
        }) as _
    };
    let client = hooked_client(&engine, Arc::new(hook));
    let sent = send(&client, TABLE, TARGET.to_owned(), Bytes::from(BODY)).await;
    tokio::time::resume();
    let sent = match sent {
        Ok(response) => {
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), 1_000).await.unwrap();
            Ok((status, String::from_utf8(body.to_vec()).unwrap()))
        }
        Err(refusal) => Err(refusal.to_string()),
    };
    let requests = requests.lock().unwrap().clone();
    (sent, requests)
}

#[tokio::test]
async fn a_request_is_sent_as_it_is_and_signed() {
    let (sent, requests) = sent(|| Some(answer(200, "{}"))).await;
    assert_eq!(sent, Ok((200, "{}".to_owned())));
    let [[target, length, signature, body]] = &requests[..] else {
        panic!("{requests:?}");
    };
    assert_eq!([target.as_str(), length, body], [TARGET, "11", BODY]);
    assert!(signature.starts_with("AWS4-HMAC-SHA256 "), "{signature}");
    for signed in ["content-length", "x-amz-target"] {
        let headers = signature.split("SignedHeaders=").nth(1).unwrap();
        assert!(headers.contains(signed), "{signature}");
    }
}

#[tokio::test]
async fn an_answer_comes_as_it_is() {
    for (status, body, times) in [
        (200, r#"{"Attributes":{"a":{"N":"1.50"}}, "x": 7}"#, 1),
        (
            400,
            r#"{"__type":"x#ConditionalCheckFailedException","Item":{}}"#,
            1,
        ),
        (400, "not even JSON", 1),
        // Those that may pass are tried again, as the SDK does.
        (500, r#"{"__type":"x#InternalServerError"}"#, 3),
        (400, r#"{"__type":"x#ThrottlingException"}"#, 3),
    ] {
        let (sent, requests) = sent(move || Some(answer(status, body))).await;
        assert_eq!(sent, Ok((status, body.to_owned())));
        assert_eq!(requests.len(), times, "{body}");
    }
}

#[tokio::test]
async fn no_answer_is_told_after_a_while() {
    let (sent, _) = sent(|| None).await;
    let error = sent.unwrap_err();
    assert_eq!(error, "DynamoDB does not answer: it took too long");
}
