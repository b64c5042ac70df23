//! The HTTP API: does with a request what API Gateway does, and hands the event to the real function.
//!
//! It knows the one route of the template. Tokens are taken at their word: their claims are handed on unverified, and a
//! request without a token comes from a service that may read everything. So it is meant for loopback only.

mod claims;
mod event;
mod route;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures::FutureExt;
use futures::future::BoxFuture;
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_http::RequestExt;
use table::Table;
use tokio::net::TcpListener;
use tracing::error;

use super::invocation::Function;
use super::service::Service;

/// The route of the read function.
pub(crate) const ROUTE: &str = "GET /profiles/{profileId}/aggregations";

/// The read function's handler.
type Handler = Arc<
    dyn Fn(lambda_http::Request) -> BoxFuture<'static, lambda_http::Response<lambda_http::Body>>
        + Send
        + Sync,
>;

/// What stands behind the route.
#[derive(Clone)]
pub(crate) struct Gateway {
    handler: Handler,
    function: Function,
}

/// What the gateway answers by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Refusal {
    BadRequest,
    Unauthorized,
    NotFound,
    Failed,
}

impl Gateway {
    /// The gateway before the real function.
    pub(crate) fn new(table: Table, envelope: Envelope, timeout: Duration) -> Self {
        let function = Arc::new(GetAggregations::new(table, Authorizer::Jwt, envelope));
        Self {
            handler: Arc::new(move |request| {
                let function = Arc::clone(&function);
                async move { function.handle(request).await }.boxed()
            }),
            function: Function {
                name: "get-aggregations",
                timeout,
            },
        }
    }

    /// Serves on `listener`.
    pub(crate) fn start(self, listener: TcpListener) -> Service {
        let routes = Router::new().fallback(answer).with_state(self);
        let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
        Service::start(|stop| async move {
            let served = axum::serve(listener, routes)
                .with_graceful_shutdown(async move { stop.requested().await });
            if let Err(error) = served.await {
                error!("the HTTP API stopped: {error}");
            }
        })
    }

    async fn respond(
        &self,
        request: &Parts,
        caller: SocketAddr,
        request_id: &str,
    ) -> Result<Response, Refusal> {
        let profile_id = route::profile_id(&request.method, request.uri.path())?;
        let claims = claims::of(request.headers.get(AUTHORIZATION))?;
        let host = host(&request.headers)?;
        let event = event::event(&event::Asked {
            request,
            caller,
            host: &host,
            profile_id: &profile_id,
            claims,
            request_id,
        })
        .to_string();
        let (handler, context) = (Arc::clone(&self.handler), self.function.context());
        let answered = self.function.run(async move {
            let request = lambda_http::request::from_str(&event)?;
            Ok::<_, serde_json::Error>(handler(request.with_lambda_context(context)).await)
        });
        match answered.await {
            Ok(Ok(response)) => Ok(response.map(body)),
            Ok(Err(error)) => {
                error!("the function cannot read its event: {error}");
                Err(Refusal::Failed)
            }
            Err(error) => {
                error!("{error}");
                Err(Refusal::Failed)
            }
        }
    }
}

impl Refusal {
    /// The gateway's own form, which is not that of the function.
    fn response(self) -> Response {
        let (status, message) = match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        };
        let mut response = Response::new(Body::from(format!("{{\"message\":\"{message}\"}}")));
        *response.status_mut() = status;
        let headers: &mut HeaderMap = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self == Self::Unauthorized {
            let challenge = HeaderValue::from_static("Bearer");
            headers.insert(axum::http::header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

async fn answer(
    State(gateway): State<Gateway>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = uuid::Uuid::new_v4().to_string();
    // The one route has no use for a body.
    let (request, _) = request.into_parts();
    let answered = gateway.respond(&request, caller, &request_id).await;
    let mut response = answered.unwrap_or_else(Refusal::response);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        let name = HeaderName::from_static("apigw-requestid");
        response.headers_mut().insert(name, id);
    }
    response
}

/// The host that was asked. One that is none would not be let through by a real gateway.
fn host(headers: &HeaderMap) -> Result<String, Refusal> {
    let Some(host) = headers.get(HOST) else {
        return Ok("localhost".to_owned());
    };
    let host = host.to_str().map_err(|_| Refusal::BadRequest)?;
    let authority: Authority = host.parse().map_err(|_| Refusal::BadRequest)?;
    Ok(authority.to_string())
}

fn body(body: lambda_http::Body) -> Body {
    match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    }
}

#[cfg(test)]
#[path = "gateway/tests.rs"]
mod tests;
