//! What a caller who means harm gets to see: nothing that is not its own, and nothing of the inside.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::system::{System, bearer};

/// Sends a request byte by byte as it stands, which no HTTP client would; gives the status and the whole response.
async fn send(system: &System, method: &str, target: &[u8], headers: &str) -> (u16, String) {
    let url = system.stack.http_url();
    let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut request = [method.as_bytes(), b" ", target].concat();
    let rest = format!(" HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    request.extend(rest.as_bytes());
    // A request that is refused may be refused before it was read to its end.
    stream.write_all(&request).await.ok();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.ok();
    let response = String::from_utf8_lossy(&response).into_owned();
    let status = response
        .split(' ')
        .nth(1)
        .and_then(|text| text.parse().ok());
    (status.unwrap_or_default(), response)
}

/// Whether a response tells nothing of what stands behind the API.
fn is_discreet(response: &str) -> bool {
    let response = response.to_ascii_lowercase();
    let inside = [
        "dynamo",
        "profile-aggregations",
        "end-to-end-",
        "profile#",
        "txn#",
        "arn:",
        "amazon",
        "panic",
        ".rs",
        "sdk",
        "ledger",
        "secret",
    ];
    !inside.iter().any(|word| response.contains(word))
}

/// A system with two customers, each with a purchase.
async fn system() -> System {
    let system = System::open().await;
    for (profile, total) in [("ada", "11.11"), ("bob", "22.22")] {
        let pk = format!("PROFILE#{profile}");
        system
            .buy(&pk, "TXN#2026-01-01T10:00:00Z#secret-order", total)
            .await;
    }
    system.stack.caught_up().await;
    system
}

#[tokio::test]
async fn no_id_reaches_another_key() {
    let system = system().await;
    let (long, longer) = ("a".repeat(129), "a".repeat(20_000));
    // What is one part of the path comes to the function, which refuses it: an id that got through would be a 404.
    let ids: [&[u8]; 28] = [
        b"%23",
        b"ada%23",
        b"ada%23TXN%23",
        b"ada%2523",
        b"PROFILE%23ada",
        b"ada%2523AGG",
        b"..",
        b".",
        b"%2e%2e",
        b"%2E",
        b"..%2fada",
        b"x%2f..%2fada",
        b"%2fada",
        b"\\ada",
        b"ada%5c",
        b"%00",
        b"ada%00",
        b"ada%0d%0aX:%20y",
        b"ada%20",
        b"%20ada",
        b"ada;x",
        b"\xc3\xa4da",
        b"%C3%A4da",
        b"%EF%BC%83ada",
        b"{profileId}",
        b"ada%25",
        long.as_bytes(),
        longer.as_bytes(),
    ];
    for id in ids {
        let target = [b"/profiles/", id, b"/aggregations"].concat();
        let (status, response) = send(&system, "GET", &target, "").await;
        let name = String::from_utf8_lossy(id.get(..40).unwrap_or(id));
        assert_eq!(status, 400, "{name}: {response}");
        assert!(
            response.contains(r#""detail":"invalid profile id: "#),
            "{name}: {response}"
        );
        assert!(
            is_discreet(&response) && response.len() < 700,
            "{name}: {response}"
        );
    }
    // What is no path of the route, or no text, is the gateway's to refuse.
    let paths: [(&[u8], u16); 9] = [
        (b"", 404),
        (b"/", 404),
        (b"ada/", 404),
        (b"ada/..", 404),
        (b"x/../ada", 404),
        (b"#", 404),
        (b"ada#x", 404),
        (b"%ff", 400),
        (b"ada%2", 400),
    ];
    for (id, expected) in paths {
        let target = [b"/profiles/", id, b"/aggregations"].concat();
        let (status, response) = send(&system, "GET", &target, "").await;
        let name = String::from_utf8_lossy(id);
        assert_eq!(status, expected, "{name}: {response}");
        assert!(response.contains(r#"{"message":""#), "{name}: {response}");
        assert!(is_discreet(&response), "{name}: {response}");
    }
    system.close().await;
}

#[tokio::test]
async fn a_token_reads_what_it_may_and_nothing_else() {
    let system = system().await;
    let (ada, me, nobody) = (
        "/profiles/ada/aggregations",
        "/profiles/me/aggregations",
        "/profiles/nobody/aggregations",
    );
    for (claims, path, expected) in [
        (json!({"profile_id": "ada"}), ada, 200),
        (json!({"profile_id": "ada"}), me, 200),
        (json!({"profile_id": "bob"}), ada, 403),
        (
            json!({"profile_id": "bob", "scope": "aggregations:read"}),
            ada,
            403,
        ),
        // Whether a profile exists is nobody else's business either.
        (json!({"profile_id": "bob"}), nobody, 403),
        (json!({"profile_id": "ADA"}), ada, 403),
        (json!({"profile_id": "ada "}), ada, 403),
        (json!({"profile_id": ""}), ada, 403),
        (json!({"profile_id": null}), ada, 403),
        (json!({"profile_id": ["ada"]}), ada, 403),
        (json!({"profile_id": "ada#TXN"}), me, 403),
        (json!({"scope": "aggregations:read"}), ada, 200),
        (json!({"scope": "aggregations:read"}), me, 403),
        (json!({"scope": "openid profile"}), ada, 403),
        (
            json!({"scope": "aggregations:write aggregations:*"}),
            ada,
            403,
        ),
        (json!({"scope": "AGGREGATIONS:READ"}), ada, 403),
        (json!({"scope": ""}), ada, 403),
        (json!({"sub": "ada"}), ada, 403),
        (json!({"sub": "ada"}), me, 403),
        (json!({}), ada, 403),
    ] {
        let authorization = format!("Authorization: {}\r\n", bearer(&claims));
        let (status, response) = send(&system, "GET", path.as_bytes(), &authorization).await;
        assert_eq!(status, expected, "{claims} {path}: {response}");
        assert_eq!(
            response.contains(r#""profile_id":"ada""#),
            expected == 200,
            "{claims} {path}"
        );
        assert!(!response.contains("22.22"), "{claims} {path}: {response}");
        assert!(is_discreet(&response), "{claims} {path}: {response}");
    }
    for header in [
        "Authorization: Basic YWRhOmFkYQ==\r\n",
        "Authorization: Bearer x.y\r\n",
        "Authorization: \r\n",
    ] {
        let (status, response) = send(&system, "GET", ada.as_bytes(), header).await;
        assert_eq!(status, 401, "{header}: {response}");
        assert!(is_discreet(&response), "{response}");
    }
    system.close().await;
}

#[tokio::test]
async fn what_is_too_much_is_refused_in_few_words() {
    let system = system().await;
    let path = "/profiles/ada/aggregations";
    let long = "9".repeat(30_000);
    let many = "as_of=2026-01-01&".repeat(1_500);
    let others = "x=1&".repeat(5_000);
    let etags = "\"x\", ".repeat(2_000);
    for (target, headers, expected) in [
        (format!("{path}?as_of={long}"), String::new(), 400),
        (
            format!("{path}?as_of=%3Cscript%3E{}", "%00".repeat(500)),
            String::new(),
            400,
        ),
        (format!("{path}?{many}"), String::new(), 400),
        // What the API does not know it ignores, however much of it.
        (format!("{path}?{others}"), String::new(), 200),
        (path.to_owned(), format!("If-None-Match: {etags}\r\n"), 200),
        (
            format!("{path}?as_of={}", "9".repeat(100_000)),
            String::new(),
            414,
        ),
    ] {
        let (status, response) = send(&system, "GET", target.as_bytes(), &headers).await;
        let name = target.get(..60).unwrap_or(&target);
        assert_eq!(status, expected, "{name}: {response}");
        assert!(status == 200 || response.len() < 700, "{name}: {response}");
        assert!(is_discreet(&response), "{name}: {response}");
        // What a request is told of itself can never be taken for a page.
        assert!(!response.contains("text/html"), "{name}: {response}");
    }
    system.close().await;
}

#[tokio::test]
async fn there_is_nothing_but_get() {
    let system = system().await;
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "MERGE",
    ] {
        let (status, response) = send(&system, method, b"/profiles/ada/aggregations", "").await;
        assert!([400, 404].contains(&status), "{method}: {response}");
        assert!(!response.contains("11.11"), "{method}: {response}");
        assert!(is_discreet(&response), "{method}: {response}");
    }
    let (status, _) = send(&system, "GET", b"/profiles/ada/aggregations", "").await;
    assert_eq!(status, 200);
    system.close().await;
}
