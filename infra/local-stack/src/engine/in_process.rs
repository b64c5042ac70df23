//! The way of the stack's own functions to the embedded engine: past the socket.
//!
//! A recalculation is a handful of small requests, and half of what one costs is HTTP, on both sides. So the usual ones are handed
//! to the engine directly. Whatever it refuses, and every other request, goes over HTTP: the engine's server words the errors.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An HTTP client for the engine that serves `database`, which asks `http` for what it does not answer itself.
pub(crate) fn in_process(database: Database, http: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(InProcess { database, http })
}

#[derive(Clone)]
struct InProcess<H> {
    database: Database,
    http: H,
}

impl<H> fmt::Debug for InProcess<H> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InProcess")
    }
}

impl HttpClient for InProcess<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(InProcess {
            database: self.database.clone(),
            http: self.http.http_connector(settings, components),
        })
    }
}

impl HttpConnector for InProcess<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match answer(&self.database, &request) {
            Some(answer) => HttpConnectorFuture::ready(Ok(answer)),
            None => self.http.call(request),
        }
    }
}

/// What the engine answers to one of the usual requests, if it does what it is asked to.
fn answer(database: &Database, request: &HttpRequest) -> Option<HttpResponse> {
    let target = request.headers().get("x-amz-target")?;
    let (_, operation) = target.split_once('.')?;
    let body = request.body().bytes()?;
    let json = match operation {
        "GetItem" => run(body, |request| database.get_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "GetRecords" => run(body, |request| database.get_records(request)),
        _ => None,
    }?;
    let ok = StatusCode::try_from(200).ok()?;
    Some(HttpResponse::new(ok, SdkBody::from(json)))
}

fn run<I: DeserializeOwned, O: Serialize>(
    body: &[u8],
    operation: impl FnOnce(I) -> dynoxide::Result<O>,
) -> Option<Vec<u8>> {
    let answer = operation(serde_json::from_slice(body).ok()?).ok()?;
    serde_json::to_vec(&answer).ok()
}
