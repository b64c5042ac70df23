//! Requests over loopback to a function that echoes its event.

use std::sync::Mutex;
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::claims::tests::token;
use super::*;
use crate::function::HandlerError;

const ROUTE: &str = "GET /stores/{store}/sales";

/// An API before a function that answers with its event.
async fn echo() -> (SocketAddr, Service) {
    let function = Function::new("echo", Duration::from_secs(10), |event| async move {
        match event.payload["rawQueryString"].as_str() {
            Some("panic") => panic!("as asked"),
            Some("status") => return Ok(json!({"statusCode": "none"})),
            Some("plain") => return Ok(json!(7)),
            _ => {}
        }
        let echo = json!({"event": event.payload, "deadline": event.context.deadline});
        Ok(json!({
            "statusCode": 203,
            "headers": {"etag": "\"x\""},
            "cookies": ["a=1", "b=2"],
            "body": BASE64_STANDARD.encode(echo.to_string()),
            "isBase64Encoded": true,
        }))
    });
    serve(function).await
}

async fn serve(function: Function) -> (SocketAddr, Service) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let claims = Map::from_iter([("sub".to_owned(), json!("nobody"))]);
    let api = HttpApi::default().claims_without_token(claims);
    (address, api.route(ROUTE, function).unwrap().start(listener))
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
    let target = "/stores/a%40b/sales?as_of=2026-01-01&as_of=2026%2D01-02&x=%zz";
    let (status, head, body) = get(address, target, &headers).await;
    assert!(status.contains("203"), "{status}");
    assert!(
        head.contains("etag: \"x\"") && head.contains("apigw-requestid: "),
        "{head}"
    );
    assert!(head.contains("set-cookie: a=1") && head.contains("set-cookie: b=2"));
    let event = &body["event"];
    assert_eq!(event["pathParameters"], json!({"store": "a@b"}));
    assert_eq!(event["rawPath"], "/stores/a%40b/sales");
    assert_eq!(
        event["rawQueryString"],
        "as_of=2026-01-01&as_of=2026%2D01-02&x=%zz"
    );
    assert_eq!(
        event["queryStringParameters"],
        json!({"as_of": "2026-01-01,2026-01-02", "x": "%zz"})
    );
    assert_eq!(event["headers"]["x-two"], "1,2");
    assert_eq!(event["headers"]["x-forwarded-proto"], "http");
    let context = &event["requestContext"];
    assert_eq!(
        context["authorizer"]["jwt"]["claims"],
        json!({"profile_id": "a", "exp": "1"})
    );
    assert_eq!(context["routeKey"], ROUTE);
    assert_eq!(context["stage"], "$default");
    assert_eq!(context["http"]["method"], "GET");
    assert_eq!(context["http"]["path"], "/stores/a%40b/sales");
    assert_eq!(context["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["http"]["userAgent"], "test");
    assert!(head.contains(context["requestId"].as_str().unwrap()));
    assert!(body["deadline"].as_u64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn only_requests_to_loopback_are_answered() {
    let (address, _service) = echo().await;
    for (host, expected) in [
        ("localhost", "203"),
        ("LOCALHOST:3000", "203"),
        ("shop.localhost:3000", "203"),
        ("127.0.0.2", "203"),
        ("[::1]:3000", "203"),
        ("[::ffff:127.0.0.1]", "203"),
        ("evil.example", "403"),
        ("localhost.evil.example:3000", "403"),
        ("192.168.0.1", "403"),
        ("0.0.0.0", "403"),
        ("a b", "400"),
    ] {
        let target = "/stores/a/sales";
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let (status, _, body) = send(address, &request).await;
        assert!(status.contains(expected), "{host}: {status}");
        if expected == "403" {
            assert!(body["message"].as_str().unwrap().contains("localhost"));
        }
    }
    // A target that is a whole URL tells the host, whatever the header says.
    let (status, _, _) = get(address, "http://evil.example/stores/a/sales", "").await;
    assert!(status.contains("403"), "{status}");
}

#[tokio::test]
async fn pages_of_the_given_origins_may_call() {
    let cors = Cors {
        allow_origins: vec!["http://localhost:5173".into()],
        allow_methods: vec!["GET".into()],
        allow_headers: vec!["authorization".into()],
        expose_headers: vec!["etag".into()],
        max_age: 60,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let function = Function::new("f", Duration::from_secs(10), async |_| Ok(json!(7)));
    let api = HttpApi::default().claims_without_token(Map::new());
    let api = api.route(ROUTE, function).unwrap().cors(cors).unwrap();
    let _service = api.start(listener);

    let (status, head, _) = get(
        address,
        "/stores/a/sales",
        "Origin: http://localhost:5173\r\n",
    )
    .await;
    assert!(status.contains("200"), "{status}");
    assert!(
        head.contains("access-control-allow-origin: http://localhost:5173"),
        "{head}"
    );
    assert!(
        head.contains("access-control-expose-headers: etag"),
        "{head}"
    );
    let (_, head, _) = get(
        address,
        "/stores/a/sales",
        "Origin: http://evil.example\r\n",
    )
    .await;
    assert!(!head.contains("access-control-allow-origin"), "{head}");

    let asked = format!(
        "OPTIONS /stores/a/sales HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         Origin: http://localhost:5173\r\nAccess-Control-Request-Method: GET\r\n\r\n"
    );
    let (status, head, _) = send(address, &asked).await;
    assert!(status.contains("200"), "{status}");
    for header in [
        "allow-methods: GET",
        "allow-headers: authorization",
        "max-age: 60",
    ] {
        assert!(head.contains(&format!("access-control-{header}")), "{head}");
    }
    let malformed = Cors {
        allow_origins: vec!["a\nb".into()],
        ..Cors::default()
    };
    assert!(HttpApi::default().cors(malformed).is_err());
}

#[tokio::test]
async fn pages_are_served_beside_the_api_to_nobody_elses_page() {
    let cors = Cors {
        allow_origins: vec!["*".into()],
        allow_methods: vec!["GET".into()],
        ..Cors::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let function = Function::new("f", Duration::from_secs(10), async |_| Ok(json!(7)));
    let api = HttpApi::default().claims_without_token(Map::new());
    let api = api.route(ROUTE, function).unwrap().cors(cors).unwrap();
    let pages = Router::new().route("/page", axum::routing::get("\"a page\""));
    let _service = api.pages(pages).start(listener);

    let origin = "Origin: http://localhost:5173\r\n";
    for (target, expected, body, lets_in) in [
        ("/page", "200", json!("a page"), false),
        ("/stores/a/sales", "200", json!(7), true),
        ("/page/", "404", json!({"message": "Not Found"}), true),
        ("http://evil.example/page", "403", Value::Null, false),
    ] {
        let (status, head, answered) = get(address, target, origin).await;
        assert!(status.contains(expected), "{target}: {status}");
        assert!(body.is_null() || body == answered, "{target}: {answered}");
        let has_header = head.contains("access-control-allow-origin");
        assert_eq!(has_header, lets_in, "{target}: {head}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example:80"] {
        let request = format!("GET /page HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let (status, _, _) = send(address, &request).await;
        assert!(status.contains("403"), "{host}: {status}");
    }
    // What a browser asks before it sends what pages may not send by themselves.
    let asked = format!(
        "OPTIONS /page HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         {origin}Access-Control-Request-Method: GET\r\n\r\n"
    );
    let (status, head, _) = send(address, &asked).await;
    assert!(status.contains("405"), "{status}");
    assert!(!head.contains("access-control"), "{head}");
}

#[tokio::test]
async fn a_connection_that_sends_nothing_is_closed() {
    let (address, _service) = echo().await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut halting = TcpStream::connect(address).await.unwrap();
    halting
        .write_all(b"GET /stores/a/sales HTTP/1.1\r\nhost")
        .await
        .unwrap();
    let mut kept = TcpStream::connect(address).await.unwrap();
    let whole = format!("GET /nothing HTTP/1.1\r\nhost: {address}\r\n\r\n");
    kept.write_all(whole.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    kept.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 404");
    // From here on time passes at once where everybody waits.
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let mut rest = Vec::new();
    for connection in [&mut silent, &mut halting, &mut kept] {
        // Closed, whatever is said before.
        connection.read_to_end(&mut rest).await.ok();
    }
    assert!(
        began.elapsed() <= server::IDLE + Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn without_a_token_the_claims_are_those_of_the_api() {
    let (address, _service) = echo().await;
    let (_, _, body) = get(address, "/stores/a/sales", "").await;
    let event = &body["event"];
    let jwt = &event["requestContext"]["authorizer"]["jwt"];
    assert_eq!(jwt["claims"], json!({"sub": "nobody"}));
    assert_eq!(event["queryStringParameters"], Value::Null);
}

#[tokio::test]
async fn an_answer_without_a_status_is_a_body() {
    let (address, _service) = echo().await;
    let (status, head, body) = get(address, "/stores/a/sales?plain", "").await;
    assert!(status.contains("200"), "{status}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(body, json!(7));
}

#[tokio::test]
async fn refuses_in_the_form_of_the_gateway() {
    let (address, _service) = echo().await;
    let path = "/stores/a/sales";
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
            format!("GET /stores/%zz/sales HTTP/1.1\r\nhost: {address}\r\n"),
            "400",
            "Bad Request",
        ),
        (
            format!("GET {path} HTTP/1.1\r\nhost: a b\r\n"),
            "400",
            "Bad Request",
        ),
        (format!("GET {path} HTTP/1.1\r\n"), "400", "Bad Request"),
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
        (
            format!("GET {path}?status HTTP/1.1\r\nhost: {address}\r\n"),
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
    let (status, _, body) = send(address, "GET /stores/a/sales HTTP/1.0\r\n\r\n").await;
    assert!(status.contains("203"), "{status}");
    assert_eq!(
        body["event"]["requestContext"]["http"]["protocol"],
        "HTTP/1.0"
    );
}

#[tokio::test]
async fn a_function_that_hangs_is_a_failure_after_its_time() {
    let function = Function::new("f", Duration::ZERO, |_| std::future::pending());
    let (address, _service) = serve(function).await;
    let (status, _, body) = get(address, "/stores/a/sales", "").await;
    assert!(status.contains("500"), "{status}");
    assert_eq!(body, json!({"message": "Internal Server Error"}));
}

#[tokio::test]
async fn a_stop_lets_a_request_in_hand_finish() {
    let (entered, wait_entered) = tokio::sync::oneshot::channel();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let gates = Mutex::new(Some((entered, released)));
    let function = Function::new("f", Duration::from_secs(10), move |_| {
        let (entered, released) = gates.lock().unwrap().take().unwrap();
        async move {
            entered.send(()).unwrap();
            released.await.unwrap();
            Ok::<_, HandlerError>(json!({}))
        }
    });
    let (address, service) = serve(function).await;
    let request = tokio::spawn(async move { get(address, "/stores/a/sales", "").await });
    wait_entered.await.unwrap();
    let stopping = tokio::spawn(service.stop(Duration::from_secs(10)));
    release.send(()).unwrap();
    let (status, _, body) = request.await.unwrap();
    assert!(status.contains("200"), "{status}");
    assert_eq!(body, json!({}));
    stopping.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
