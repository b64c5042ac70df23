//! Requests over loopback against a function that echoes what it was given.

use std::sync::Mutex;

use lambda_http::request::RequestContext;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::claims::tests::token;
use super::*;

/// A gateway before a function that answers with what the runtime made of its event.
async fn echo() -> (SocketAddr, Service) {
    let handler: Handler = Arc::new(|request| {
        async move {
            if request.uri().query() == Some("panic") {
                panic!("as asked");
            }
            let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
                panic!("no context");
            };
            let query = request.query_string_parameters();
            let echo = json!({
                "uri": request.uri().to_string(),
                "raw_path": request.raw_http_path(),
                "profile_id": request.path_parameters().first("profileId"),
                "as_of": query.all("as_of"),
                "context": context,
                "headers": request.headers().iter().map(|(name, value)| {
                    (name.to_string(), value.to_str().unwrap().into())
                }).collect::<serde_json::Map<_, _>>(),
                "deadline": request.lambda_context().deadline,
            });
            lambda_http::Response::builder()
                .status(203)
                .header("etag", "\"x\"")
                .body(echo.to_string().into())
                .unwrap()
        }
        .boxed()
    });
    serve(handler, Duration::from_secs(10)).await
}

async fn serve(handler: Handler, timeout: Duration) -> (SocketAddr, Service) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let function = Function {
        name: "get-aggregations",
        timeout,
    };
    (address, Gateway { handler, function }.start(listener))
}

/// Sends a request as it stands, and gives status line, headers and body.
async fn send(address: SocketAddr, request: &str) -> (String, String, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    let response = String::from_utf8(response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    (status.to_owned(), headers.to_owned(), body)
}

async fn get(address: SocketAddr, target: &str, headers: &str) -> (String, String, Value) {
    let request =
        format!("GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    send(address, &request).await
}

#[tokio::test]
async fn the_function_sees_the_event_of_an_http_api() {
    let (address, _service) = echo().await;
    let token = token(r#"{"profile_id": "a", "exp": 1}"#);
    let headers = format!(
        "Authorization: Bearer {token}\r\nUser-Agent: test\r\nX-Two: 1\r\nx-two: 2\r\n\
         X-Forwarded-Proto: gopher\r\n"
    );
    let target = "/profiles/a%40b/aggregations?as_of=2026-01-01&as_of=2026%2D01-02&x=%zz";
    let (status, head, body) = get(address, target, &headers).await;
    assert!(status.contains("203"), "{status}");
    assert!(
        head.contains("etag: \"x\"") && head.contains("apigw-requestid: "),
        "{head}"
    );
    assert_eq!(body["profile_id"], "a@b");
    assert_eq!(body["raw_path"], "/profiles/a%40b/aggregations");
    assert_eq!(body["as_of"], json!(["2026-01-01", "2026-01-02"]));
    assert_eq!(body["headers"]["x-two"], "1,2");
    assert_eq!(body["uri"], format!("http://{address}{target}"));
    let context = &body["context"];
    assert_eq!(
        context["authorizer"]["jwt"]["claims"],
        json!({"profile_id": "a", "exp": "1"})
    );
    assert_eq!(context["routeKey"], ROUTE);
    assert_eq!(context["stage"], "$default");
    assert_eq!(context["http"]["method"], "GET");
    assert_eq!(context["http"]["path"], "/profiles/a%40b/aggregations");
    assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["http"]["userAgent"], "test");
    assert!(head.contains(context["requestId"].as_str().unwrap()));
    assert!(body["deadline"].as_u64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn without_a_token_the_caller_is_a_service() {
    let (address, _service) = echo().await;
    let (_, _, body) = get(address, "/profiles/a/aggregations", "").await;
    let jwt = &body["context"]["authorizer"]["jwt"];
    assert_eq!(jwt["claims"], json!({"scope": "aggregations:read"}));
}

#[tokio::test]
async fn refuses_in_the_form_of_the_gateway() {
    let (address, _service) = echo().await;
    let path = "/profiles/a/aggregations";
    for (request, status, message) in [
        (
            format!("GET / HTTP/1.1\r\nhost: {address}\r\n"),
            "404",
            "Not Found",
        ),
        (
            format!("POST {path} HTTP/1.1\r\nhost: {address}\r\n"),
            "404",
            "Not Found",
        ),
        (
            format!("GET /profiles/%zz/aggregations HTTP/1.1\r\nhost: {address}\r\n"),
            "400",
            "Bad Request",
        ),
        (
            format!("GET {path} HTTP/1.1\r\nhost: a b\r\n"),
            "400",
            "Bad Request",
        ),
        (
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer x\r\n"),
            "401",
            "Unauthorized",
        ),
        (
            format!("GET {path}?panic HTTP/1.1\r\nhost: {address}\r\n"),
            "500",
            "Internal Server Error",
        ),
    ] {
        let (line, _, body) = send(address, &format!("{request}connection: close\r\n\r\n")).await;
        assert!(line.contains(status), "{request}: {line}");
        assert_eq!(body, json!({"message": message}), "{request}");
    }
}

#[tokio::test]
async fn a_request_of_http_1_0_needs_no_host() {
    let (address, _service) = echo().await;
    let (status, _, body) = send(address, "GET /profiles/a/aggregations HTTP/1.0\r\n\r\n").await;
    assert!(status.contains("203"), "{status}");
    assert_eq!(body["context"]["http"]["protocol"], "HTTP/1.0");
}

#[tokio::test]
async fn a_function_that_hangs_is_a_failure_after_its_time() {
    let (address, _service) = serve(
        Arc::new(|_| futures::future::pending().boxed()),
        Duration::ZERO,
    )
    .await;
    let (status, _, body) = get(address, "/profiles/a/aggregations", "").await;
    assert!(status.contains("500"), "{status}");
    assert_eq!(body, json!({"message": "Internal Server Error"}));
}

#[tokio::test]
async fn a_stop_lets_a_request_in_hand_finish() {
    let (entered, wait_entered) = tokio::sync::oneshot::channel();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let gates = Mutex::new(Some((entered, released)));
    let handler: Handler = Arc::new(move |_| {
        let (entered, released) = gates.lock().unwrap().take().unwrap();
        async move {
            entered.send(()).unwrap();
            released.await.unwrap();
            lambda_http::Response::new("{}".into())
        }
        .boxed()
    });
    let (address, service) = serve(handler, Duration::from_secs(10)).await;
    let request = tokio::spawn(async move { get(address, "/profiles/a/aggregations", "").await });
    wait_entered.await.unwrap();
    let stopping = tokio::spawn(service.stop(Duration::from_secs(10)));
    release.send(()).unwrap();
    let (status, _, body) = request.await.unwrap();
    assert!(status.contains("200"), "{status}");
    assert_eq!(body, json!({}));
    stopping.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
