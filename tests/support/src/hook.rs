//! A client that can be held before each of its requests, and whose answers can be made up or lost.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use futures::future::BoxFuture;

use crate::Engine;

/// Called before each request with its number, from 0, and itself; an answer that it gives is not asked for.
pub type Hook =
    dyn Fn(usize, &HttpRequest) -> BoxFuture<'static, Option<HttpResponse>> + Send + Sync;

struct Hooked {
    inner: SharedHttpConnector,
    hook: Arc<Hook>,
    requests: Arc<AtomicUsize>,
}

impl fmt::Debug for Hooked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hooked")
    }
}

impl HttpConnector for Hooked {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let hook = (self.hook)(number, &request);
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            match hook.await {
                Some(answer) => Ok(answer),
                None => inner.call(request).await,
            }
        })
    }
}

/// Loses answers on their way: a request is sent on, and what was answered is a 500 to the client.
struct Forgetful {
    inner: SharedHttpConnector,
    loses: Arc<dyn Fn(&HttpRequest) -> bool + Send + Sync>,
}

impl fmt::Debug for Forgetful {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Forgetful")
    }
}

impl HttpConnector for Forgetful {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_lost = (self.loses)(&request);
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            let answered = inner.call(request).await?;
            Ok(if is_lost { answer(500, "{}") } else { answered })
        })
    }
}

/// A client configured by `config` whose every request takes effect, and which gets a 500 instead of the answer to those that
/// `loses` picks. It is asked once before each request.
pub fn forgetful_client(
    config: Builder,
    loses: impl Fn(&HttpRequest) -> bool + Send + Sync + 'static,
) -> Client {
    let inner = aws_smithy_http_client::Builder::new().build_http();
    let loses = Arc::new(loses);
    let client = http_client_fn(move |settings, components| {
        SharedHttpConnector::new(Forgetful {
            inner: inner.http_connector(settings, components),
            loses: Arc::clone(&loses) as _,
        })
    });
    Client::from_conf(config.http_client(client).build())
}

/// A client of `engine` whose every request first awaits `hook`.
pub fn hooked_client(engine: &Engine, hook: Arc<Hook>) -> Client {
    hooked_client_of(engine.config(), hook)
}

/// A client configured by `config` whose every request first awaits `hook`.
pub fn hooked_client_of(config: Builder, hook: Arc<Hook>) -> Client {
    Client::from_conf(config.http_client(hooked_http_client(hook)).build())
}

/// What sends the requests of a client, and first awaits `hook` for each.
pub fn hooked_http_client(hook: Arc<Hook>) -> SharedHttpClient {
    let inner = aws_smithy_http_client::Builder::new().build_http();
    let requests = Arc::new(AtomicUsize::new(0));
    http_client_fn(move |settings, components| {
        SharedHttpConnector::new(Hooked {
            inner: inner.http_connector(settings, components),
            hook: Arc::clone(&hook),
            requests: Arc::clone(&requests),
        })
    })
}

/// The operation that a request asks for, `GetItem` for example.
pub fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

/// An answer of DynamoDB: a status and a JSON body.
///
/// # Panics
///
/// The status is none.
pub fn answer(status: u16, body: impl Into<String>) -> HttpResponse {
    HttpResponse::new(
        status.try_into().expect("a status"),
        SdkBody::from(body.into()),
    )
}

/// The body of a request.
pub fn body(request: &HttpRequest) -> String {
    String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned()
}
