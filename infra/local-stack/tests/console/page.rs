//! The page's files, and what all responses tell the browser.

use std::fs;
use std::path::{Path, PathBuf};

use calculation::Currency;
use local_stack::{EXAMPLE_PROFILE, Envelope, Options, Stack};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Answer, answer, ask, get, purchase, request, start};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../local-console/page")
}

#[tokio::test]
async fn the_page_says_what_is_served() {
    let stack = start(Options {
        table_name: "another".into(),
        currency: Currency::parse("EUR"),
        envelope: Envelope::Data,
        ..Options::default()
    })
    .await;
    let page = get(&stack, "/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let expected = fs::read_to_string(folder().join("index.html")).unwrap();
    let expected = expected
        .replace("{{table_name}}", "another")
        .replace("{{currency}}", "EUR")
        .replace("{{envelope}}", "data")
        .replace("{{dynamodb_url}}", stack.dynamodb_url())
        .replace("{{example_profile}}", EXAMPLE_PROFILE);
    assert_eq!(page.text, expected);
    assert!(!page.text.contains("{{"), "{}", page.text);
    stack.stop().await;
}

#[tokio::test]
async fn every_file_of_the_page_is_served() {
    let stack = start(Options::default()).await;
    let mut folders = vec![folder()];
    let mut served = 0;
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder()).unwrap().to_str().unwrap();
            if name == "index.html" {
                continue;
            }
            let file = get(&stack, &format!("/console/{name}")).await;
            assert_eq!(file.status, 200, "{name}");
            assert_eq!(file.text, fs::read_to_string(&path).unwrap(), "{name}");
            let expected = match path.extension().map(|ending| ending.to_str().unwrap()) {
                Some("js" | "mjs") => "text/javascript; charset=utf-8",
                Some("css") => "text/css; charset=utf-8",
                Some("svg") => "image/svg+xml",
                Some("md" | "txt") | None => "text/plain; charset=utf-8",
                other => panic!("{name}: which content type has {other:?}?"),
            };
            assert_eq!(file.headers["content-type"], expected, "{name}");
            served += 1;
        }
    }
    assert!(served >= 2);
    for none in [
        "index.html",
        "none.js",
        "../Cargo.toml",
        "%2e%2e/Cargo.toml",
        "%2Fetc%2Fhosts",
    ] {
        let answer = get(&stack, &format!("/console/{none}")).await;
        assert_eq!(answer.status, 404, "{none}");
    }
    stack.stop().await;
}

/// What each response of the console has.
fn assert_closed(answer: &Answer, what: &str) {
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        let headers: Vec<_> = answer.headers.get_all(name).iter().collect();
        assert_eq!(headers, [value], "{what}: {name}");
    }
    let names = answer.headers.keys();
    let cors = names.filter(|name| name.as_str().starts_with("access-control"));
    assert_eq!(cors.count(), 0, "{what}: {:?}", answer.headers);
}

#[tokio::test]
async fn no_other_page_is_let_in_even_if_the_api_is_open_to_it() {
    for origins in ["*", "http://localhost:5173"] {
        let stack = start(Options {
            cors_origins: vec![origins.into()],
            ..Options::default()
        })
        .await;
        let origin = "http://localhost:5173";
        for (method, path, status) in [
            (Method::GET, "/", 200),
            (Method::HEAD, "/", 200),
            (Method::POST, "/", 405),
            (Method::OPTIONS, "/", 405),
            (Method::GET, "/console/app.js", 200),
            (Method::HEAD, "/console/app.js", 200),
            (Method::PUT, "/console/app.js", 405),
            (Method::GET, "/console/none", 404),
            (Method::GET, "/_local/profiles", 200),
            (Method::GET, "/_local/profiles?x=1", 400),
            (Method::DELETE, "/_local/profiles", 405),
            (Method::GET, "/_local/segments", 200),
            (Method::OPTIONS, "/_local/segments", 405),
            (Method::GET, "/_local/dynamodb", 405),
            (Method::OPTIONS, "/_local/dynamodb", 405),
            (Method::POST, "/_local/dynamodb", 403),
        ] {
            let what = format!("{method} {path}");
            let request = request(&stack, method.clone(), path)
                .header("origin", origin)
                .header("access-control-request-method", "POST");
            let answer = answer(request).await;
            assert_eq!(answer.status, status, "{what}: {}", answer.text);
            assert_closed(&answer, &what);
            if method == Method::HEAD {
                assert!(answer.headers.contains_key("content-type"), "{what}");
                assert_eq!(answer.text, "");
            }
        }
        let own = answer(ask(
            &stack,
            "PutItem",
            &purchase("a", "2026-01-01T10:00:00Z#1", "1"),
        ));
        let own = own.await;
        assert_eq!(own.status, 200);
        assert_closed(&own, "the console's own page");
        // The API is as it was, and so is what neither has.
        let api = request(&stack, Method::GET, "/nothing").header("origin", origin);
        let api = answer(api).await;
        assert_eq!(
            (api.status, api.json()),
            (404, json!({"message": "Not Found"}))
        );
        assert_eq!(api.headers["access-control-allow-origin"], origins);
        assert!(!api.headers.contains_key("content-security-policy"));
        stack.stop().await;
    }
}

/// Sends a request to another host by name, as a page does whose name has become the address of loopback.
async fn rebound(stack: &Stack, method: &str, path: &str) -> String {
    let address = stack.http_url().replace("http://", "");
    let host = "evil.example:3000";
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\nconnection: close\r\n\
         content-type: application/json\r\nx-amz-target: DynamoDB_20120810.Query\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn other_hosts_are_refused() {
    let stack = start(Options::default()).await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/console/app.js"),
        ("GET", "/_local/profiles"),
        ("GET", "/_local/segments"),
        ("POST", "/_local/dynamodb"),
    ] {
        let response = rebound(&stack, method, path).await;
        assert!(response.starts_with("HTTP/1.1 403 "), "{path}: {response}");
        assert!(response.contains("localhost"), "{path}: {response}");
    }
    stack.stop().await;
}
