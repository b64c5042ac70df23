//! Lambda's runtime interface and DynamoDB, as little of them as one function needs.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use base64::prelude::{BASE64_STANDARD, Engine};
use calculation::{Item, Rebuild, SourceKey, Tag, TransactionKey, Value};
use chrono::{Days, NaiveDate};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

const EVENT: &str = include_str!("../../../infra/events/get-profile.json");
/// The profile and the date of that event.
const PROFILE: &str = "922fafaf-1115-2221-a33-fed3333397";
const AS_OF: NaiveDate = NaiveDate::from_ymd_opt(2020, 12, 8).expect("a date");
/// Shopping days of the profile, one a week. Its purchases name no store, so a GET is one request of either function.
const SHOPPING_DAYS: u64 = 100;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the function did.
pub enum Call {
    /// It asked for an event, which it gets when something is sent back.
    Next(Instant, oneshot::Sender<()>),
    /// It answered.
    Response(Instant, Bytes),
}

/// Both services on loopback.
pub struct Stub {
    runtime: SocketAddr,
    dynamodb: SocketAddr,
    calls: mpsc::UnboundedReceiver<Call>,
}

impl Stub {
    pub async fn start() -> Self {
        let (sender, calls) = mpsc::unbounded_channel();
        let asked = sender.clone();
        let next = get(async move || {
            let (reply, replied) = oneshot::channel();
            asked.send(Call::Next(Instant::now(), reply)).expect("open");
            match replied.await {
                Ok(()) => (StatusCode::OK, event_headers(), EVENT),
                Err(_) => (StatusCode::GONE, HeaderMap::new(), ""),
            }
        });
        let answer = post(async move |body: Bytes| {
            let answered = Call::Response(Instant::now(), body);
            sender.send(answered).expect("open");
            StatusCode::ACCEPTED
        });
        let invocation = "/2018-06-01/runtime/invocation";
        let runtime = Router::new()
            .route(&format!("{invocation}/next"), next)
            .route(&format!("{invocation}/{{id}}/response"), answer.clone())
            .route(&format!("{invocation}/{{id}}/error"), answer);
        let item = item();
        let dynamodb = Router::new().route(
            "/",
            post(async move |body: Bytes| {
                let is_derived = body.windows(5).any(|bytes| bytes == br#""AGG""#);
                let body = if is_derived {
                    item.clone()
                } else {
                    "{}".to_owned()
                };
                ([("content-type", "application/x-amz-json-1.0")], body).into_response()
            }),
        );
        Self {
            runtime: serve(runtime).await,
            dynamodb: serve(dynamodb).await,
            calls,
        }
    }

    pub fn runtime(&self) -> SocketAddr {
        self.runtime
    }

    pub fn dynamodb(&self) -> SocketAddr {
        self.dynamodb
    }

    /// Waits for what the function does next.
    pub async fn call(&mut self) -> Call {
        let call = tokio::time::timeout(PATIENCE, self.calls.recv()).await;
        call.expect("the function does something").expect("open")
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn event_headers() -> HeaderMap {
    let deadline = SystemTime::now() + Duration::from_secs(60);
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:function";
    [
        ("lambda-runtime-aws-request-id", "request".to_owned()),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", arn.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| {
        let value = HeaderValue::try_from(value).expect("a value");
        (axum::http::HeaderName::from_static(name), value)
    })
    .collect()
}

/// What a GetItem of the profile's derived item is answered with.
fn item() -> String {
    let mut rebuild = Rebuild::new(None);
    for week in (0..SHOPPING_DAYS).rev() {
        let date = AS_OF - Days::new(week * 7);
        let key = format!("{date}T10:00:00Z#order-{week}");
        let item = Item::from([("total".to_owned(), Value::Number("49.90".to_owned()))]);
        rebuild.add(SourceKey::Transaction(TransactionKey::parse(&key)), &item);
    }
    let encoded = rebuild.finish().encode(PROFILE, Tag::default());
    let item = json!({"Item": {
        "version": {"S": "0123456789abcdef0123456789abcdef"},
        "ledger": {"B": BASE64_STANDARD.encode(encoded.ledger)},
        "calculated_at": {"S": "2020-12-08 00:00:00"},
    }});
    item.to_string()
}
