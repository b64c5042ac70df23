//! A request of the page on its way to DynamoDB, and the answer as it came.
//!
//! The SDK's client sends it, so endpoint, signature, retries and the short way to an embedded engine are the client's. Only what is
//! asked, and who reads the answer, is not: each operation is the same POST, told apart by a header, so one operation of the
//! client does for all.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use dynamodb_connection::reason;
use tokio::time::timeout;

use crate::problem::json_response;
use crate::refusal::{CONTENT_TYPE, Refusal};

/// How long a request may take, retries included.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends a body to DynamoDB as the operation that `target` names.
pub(super) async fn send(
    client: &Client,
    table_name: &str,
    target: String,
    body: Bytes,
) -> Result<Response, Refusal> {
    let kept = Kept::default();
    let request = client
        .get_item()
        .table_name(table_name)
        .customize()
        .mutate_request(move |request| {
            let headers = request.headers_mut();
            headers.insert("x-amz-target", target.clone());
            headers.insert("content-length", body.len().to_string());
            *request.body_mut() = SdkBody::from(body.clone());
        })
        .interceptor(kept.clone());
    let sent = timeout(PATIENCE, request.send()).await;
    let sent = sent.map_err(|_| Refusal::NoAnswer("it took too long".to_owned()))?;
    let answer = match &sent {
        Ok(_) => kept.0.get().cloned(),
        Err(error) => error.raw_response().map(Answer::of),
    };
    let answer = answer.ok_or_else(|| match &sent {
        Ok(_) => Refusal::NoAnswer("the answer was lost".to_owned()),
        Err(error) => Refusal::NoAnswer(reason(error)),
    })?;
    Ok(answer.response())
}

/// What DynamoDB answered.
#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    body: Bytes,
}

impl Answer {
    /// The SDK has read the body before it makes anything of it.
    fn of(response: &HttpResponse) -> Self {
        let body = response.body().bytes().unwrap_or_default();
        Self {
            status: response.status().as_u16(),
            body: Bytes::copy_from_slice(body),
        }
    }

    fn response(self) -> Response {
        let mut response = json_response(self.body, CONTENT_TYPE);
        // DynamoDB's statuses are ones.
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY);
        response
    }
}

/// Keeps the answer that the SDK takes for that of its own operation. (Of errors the SDK itself keeps the response.)
#[derive(Clone, Debug, Default)]
struct Kept(Arc<OnceLock<Answer>>);

impl Intercept for Kept {
    fn name(&self) -> &'static str {
        "Kept"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().status().is_success() {
            self.0.set(Answer::of(context.response())).ok();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
