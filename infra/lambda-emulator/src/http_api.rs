//! The HTTP API: does with a request what API Gateway does, and invokes the route's function with the event.
//!
//! Tokens are not verified: their claims are passed on as they are. So serve on loopback only; requests that were sent to
//! another host are refused, since a page on the web can give its name the address of loopback (DNS rebinding).

mod answer;
mod claims;
mod cors;
mod event;
mod host;
mod route;
mod server;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware;
use axum::response::Response;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;
use tracing::error;
use uuid::Uuid;

use crate::function::Function;
use crate::service::Service;
pub use cors::{Cors, CorsError};
use route::Route;
pub use route::RouteError;

/// An HTTP API with a JWT authorizer: routes, and the functions behind them.
#[derive(Debug, Default)]
pub struct HttpApi {
    routes: Vec<(Route, Function)>,
    claims_without_token: Option<Map<String, Value>>,
    cors: Option<CorsLayer>,
    pages: Router,
}

impl HttpApi {
    /// Adds a route, which a key such as `GET /stores/{storeId}` names.
    ///
    /// # Errors
    ///
    /// The key is malformed.
    pub fn route(mut self, key: &str, function: Function) -> Result<Self, RouteError> {
        self.routes.push((Route::parse(key)?, function));
        Ok(self)
    }

    /// Accepts requests without a token, as if it had `claims`. Otherwise they are answered with 401.
    #[must_use]
    pub fn claims_without_token(self, claims: Map<String, Value>) -> Self {
        Self {
            claims_without_token: Some(claims),
            ..self
        }
    }

    /// Lets pages of other origins call the API, and answers what browsers ask beforehand.
    ///
    /// # Errors
    ///
    /// An origin, a method or a header is malformed.
    pub fn cors(self, cors: Cors) -> Result<Self, CorsError> {
        let cors = Some(cors.try_into()?);
        Ok(Self { cors, ..self })
    }

    /// Serves `pages` beside the API, which answers whatever is none of their routes. No page of another origin is let in to
    /// them; like the API, they answer requests to loopback only.
    #[must_use]
    pub fn pages(self, pages: Router) -> Self {
        Self { pages, ..self }
    }

    /// Serves the API on `listener`.
    pub fn start(mut self, listener: TcpListener) -> Service {
        let (cors, pages) = (self.cors.take(), std::mem::take(&mut self.pages));
        let mut routes = Router::new().fallback(answer).with_state(Arc::new(self));
        if let Some(cors) = cors {
            routes = routes.layer(cors);
        }
        let routes = pages.fallback_service(routes);
        let routes = routes.layer(middleware::from_fn(host::only_loopback));
        Service::start(|stop| server::serve(listener, routes, stop))
    }

    async fn respond(
        &self,
        request: &Parts,
        caller: SocketAddr,
        request_id: &str,
    ) -> Result<Response, StatusCode> {
        let mut routes = self.routes.iter();
        let (route, function, parameters) = routes
            .find_map(|(route, function)| {
                let parameters = route.matches(&request.method, request.uri.path())?;
                Some((route, function, parameters))
            })
            .ok_or(StatusCode::NOT_FOUND)?;
        let event = event::event(event::Call {
            request,
            caller,
            host: &host::host(request)?,
            route: &route.key,
            parameters: route::decoded(parameters)?,
            claims: self.claims(request.headers.get(AUTHORIZATION))?,
            request_id,
        });
        let answered = function.invoke(event).await.result.map_err(|error| {
            error!("{error}");
            StatusCode::INTERNAL_SERVER_ERROR
        })?;
        answer::response(answered).ok_or_else(|| {
            error!("{function:?} answered with what is not a response of payload format 2.0");
            StatusCode::INTERNAL_SERVER_ERROR
        })
    }

    fn claims(
        &self,
        authorization: Option<&HeaderValue>,
    ) -> Result<Map<String, Value>, StatusCode> {
        let claims = match authorization {
            Some(authorization) => authorization.to_str().ok().and_then(claims::parse),
            None => self.claims_without_token.clone(),
        };
        claims.ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// What the gateway answers by itself, in its own form.
fn refusal(status: StatusCode) -> Response {
    refusal_because(status, status.canonical_reason().unwrap_or_default())
}

fn refusal_because(status: StatusCode, message: &str) -> Response {
    let mut response = Response::new(Body::from(json!({"message": message}).to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

async fn answer(
    State(api): State<Arc<HttpApi>>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let (request, _) = request.into_parts();
    let answered = api.respond(&request, caller, &request_id).await;
    let mut response = answered.unwrap_or_else(refusal);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        let name = HeaderName::from_static("apigw-requestid");
        response.headers_mut().insert(name, id);
    }
    response
}

#[cfg(test)]
mod tests;
