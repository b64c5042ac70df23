//! Events of API Gateway as requests.
//!
//! `lambda_http` builds a URI and a body from an event, and panics if it cannot. The handler needs the query string alone of
//! them: an invalid one is answered with 400. Everything else that could make `lambda_http` panic is removed from the event.

use std::convert::Infallible;

use lambda_http::http::header::HOST;
use lambda_http::http::uri::PathAndQuery;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent, Request, Service, service_fn};
use serde::Serialize;
use table::printable;

use crate::GetAggregations;

/// Why a query string is invalid.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum InvalidQuery {
    #[error(
        "invalid query string: the character `{}` must be percent-encoded",
        printable(&.0.to_string())
    )]
    Character(char),
    #[error("invalid query string: it is too long")]
    TooLong,
}

impl GetAggregations {
    /// Answers one event of API Gateway's HTTP API; every error is a response.
    pub async fn handle_event(&self, event: LambdaEvent<LambdaRequest>) -> impl Serialize + use<> {
        let (mut request, context) = event.into_parts();
        let invalid = mend(&mut request).err();
        let handler = service_fn(move |mut request: Request| {
            if let Some(invalid) = invalid.clone() {
                request.extensions_mut().insert(invalid);
            }
            async { Ok::<_, Infallible>(self.handle(request).await) }
        });
        let answer = Adapter::from(handler).call(LambdaEvent::new(request, context));
        let Ok(answer) = answer.await;
        answer
    }
}

/// Removes from an event what `lambda_http` may panic on; an error if that includes the query string.
fn mend(request: &mut LambdaRequest) -> Result<(), InvalidQuery> {
    let LambdaRequest::ApiGatewayV2(request) = request else {
        return Ok(());
    };
    request.raw_path = None;
    request.headers.remove(HOST);
    request.headers.remove("x-forwarded-proto");
    request.request_context.domain_name = None;
    request.request_context.stage = None;
    request.body = None;
    let query = request.raw_query_string.as_deref().unwrap_or_default();
    let checked = check(query);
    if checked.is_err() {
        request.raw_query_string = None;
    }
    checked
}

/// Whether a URI can have this query string.
fn check(query: &str) -> Result<(), InvalidQuery> {
    let is_valid = |query: &str| PathAndQuery::try_from(format!("/?{query}")).is_ok();
    if is_valid(query) {
        return Ok(());
    }
    let invalid = query
        .chars()
        .find(|c| !is_valid(c.encode_utf8(&mut [0; 4])));
    Err(invalid.map_or(InvalidQuery::TooLong, InvalidQuery::Character))
}
