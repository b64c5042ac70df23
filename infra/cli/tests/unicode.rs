//! Names of every kind of Unicode: `show` and `export` say what a GET says, and a page has no character that a terminal obeys.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use local_stack::{Options, Stack};
use serde_json::{Value, json};
use support::{get, put, run};
use test_support::ODD_TEXTS;

/// A stack with one profile that names all of them, and the document of a GET.
async fn stack() -> (Stack, String) {
    let stack = Stack::start(Options::default()).await.unwrap();
    let mut items = Vec::new();
    for text in ODD_TEXTS {
        let pk = format!("LOCATION#{text}");
        items.push(json!({"pk": pk, "sk": "LOCATION", "name": text}));
        let sk = format!("TXN#2026-01-15T10:00:00Z#{text}");
        let lines = json!([{"brand": text}]);
        items.push(
            json!({"pk": "PROFILE#ada", "sk": sk, "total": 1, "location_id": text, "items": lines}),
        );
        items.push(json!({"pk": "PROFILE#ada", "sk": format!("TXN#{text}"), "total": 1}));
    }
    put(&stack, items).await;
    let (status, body) = get(&stack, "ada", "2026-02-01").await;
    assert_eq!(status, 200, "{body}");
    (stack, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn show_and_export_say_what_a_get_says() {
    let (stack, body) = stack().await;
    let document: Value = serde_json::from_str(&body).unwrap();
    let mut expected = ODD_TEXTS;
    expected.sort_unstable();
    assert_eq!(document["purchased_brands"], json!(expected));
    assert_eq!(document["store_join"]["name"], expected[0]);

    let as_of = ["--as-of", "2026-02-01"];
    let words = [["show", "ada"].as_slice(), &as_of, &["--json"]].concat();
    let shown = run(stack.dynamodb_url(), &words).await;
    assert_eq!(
        (shown.code, shown.out.trim_end_matches('\n')),
        (Some(0), body.as_str())
    );
    let exported = run(
        stack.dynamodb_url(),
        &[["export"].as_slice(), &as_of].concat(),
    )
    .await;
    assert_eq!(
        (exported.code, exported.out.trim_end_matches('\n')),
        (Some(0), body.as_str())
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_nothing_that_a_terminal_obeys() {
    let (stack, _) = stack().await;
    let words = ["show", "ada", "--as-of", "2026-02-01", "--explain"];
    let shown = run(stack.dynamodb_url(), &words).await;
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    let obeyed = |sign: char| {
        let turns =
            ('\u{202a}'..='\u{202e}').contains(&sign) || ('\u{2066}'..='\u{2069}').contains(&sign);
        turns
            || (sign.is_control() && sign != '\n')
            || matches!(sign, '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    let found: Vec<char> = shown.out.chars().filter(|sign| obeyed(*sign)).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(shown.out.contains("aU+0000b"), "{}", shown.out);
    stack.stop().await;
}
