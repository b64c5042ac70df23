//! Events as requests.
//!
//! `lambda_http` builds a URI and a body out of an event, and panics where it cannot. The handler reads neither of them,
//! but the query string, of which the URI is a part. So what else they are made of is taken out of the event, and a query
//! string that is invalid is refused.

use std::convert::Infallible;

use lambda_http::http::header::HOST;
use lambda_http::http::uri::PathAndQuery;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent, Request, Service, service_fn};
use serde::Serialize;

use crate::GetAggregations;

/// Why a query string cannot be part of a URI.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum InvalidQuery {
    #[error("invalid query string: the character `{0}` must be percent-encoded")]
    Character(char),
    #[error("the query string is too long")]
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

/// Takes out of an event what `lambda_http` may panic on.
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
