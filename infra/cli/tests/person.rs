//! `aggregations forget` and `aggregations merge`, as a user runs them beside a running stack.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/command.rs"]
mod command;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use command::{Ran, run};
use local_stack::{Options, Stack, TABLE_NAME};

async fn buy(client: &Client, profile: &str, key: &str, total: &str) {
    let text = |text: String| AttributeValue::S(text);
    let put = client.put_item().table_name(TABLE_NAME);
    let put = put.item("pk", text(format!("PROFILE#{profile}")));
    let put = put.item("sk", text(format!("TXN#2026-01-15T{key}")));
    put.item("total", AttributeValue::N(total.to_owned()))
        .send()
        .await
        .unwrap();
}

async fn body(stack: &Stack, profile: &str) -> (u16, String) {
    stack.caught_up().await;
    let url = format!("{}/profiles/{profile}/aggregations", stack.http_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_records_become_one_and_that_one_is_forgotten() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let (client, url) = (stack.client().clone(), stack.dynamodb_url().to_owned());
    buy(&client, "guest", "10:00:00Z#1", "5").await;
    buy(&client, "guest", "11:00:00Z#2", "6").await;
    buy(&client, "ada", "12:00:00Z#3", "7").await;
    buy(&client, "ada", "13:00:00Z#4", "8").await;
    buy(&client, "guest", "13:00:00Z#4", "9").await;
    let (_, before) = body(&stack, "ada").await;

    let Ran { code, out, err } = run(&url, &["merge", "guest", "ada"]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert_eq!(
        err,
        "error: both profiles have different items under `TXN#2026-01-15T13:00:00Z#4`; nothing was written. Delete one of \
         each, then run the command again\n"
    );
    assert_eq!(body(&stack, "ada").await.1, before);

    buy(&client, "guest", "13:00:00Z#4", "8").await;
    let Ran { code, out, err } = run(&url, &["merge", "guest", "ada"]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert_eq!(
        out,
        "guest: 2 items moved to ada, 1 were there already, nothing is left\n"
    );
    let (status, document) = body(&stack, "ada").await;
    assert!(
        status == 200 && document.contains(r#""spend_all":26,"#),
        "{document}"
    );
    assert_eq!(body(&stack, "guest").await.0, 404);

    let Ran { code, out, err } = run(&url, &["forget", "ada"]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert_eq!(out, "ada: 4 items deleted, nothing is left\n");
    assert_eq!(body(&stack, "ada").await.0, 404);
    let Ran { code, out, .. } = run(&url, &["forget", "ada"]).await;
    assert_eq!(
        (code, out.as_str()),
        (
            Some(0),
            "ada: there was nothing to delete, nothing is left\n"
        )
    );
    // Nor did anything late come back.
    let Ran { code, out, err } = run(&url, &["verify", "--all"]).await;
    assert!(
        code == Some(0) && out.is_empty() && err.contains("0 profiles verified"),
        "{out}{err}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_named() {
    for (words, told) in [
        (vec!["forget"], "<ID>"),
        (vec!["forget", "a/b"], "a/b"),
        (vec!["merge", "ada"], "<INTO>"),
        (vec!["merge", "ada", "ada"], "FROM and INTO are both `ada`"),
    ] {
        let Ran { code, out, err } = run("http://127.0.0.1:9", &words).await;
        assert_eq!((code, out.as_str()), (Some(2), ""), "{words:?}");
        assert!(err.contains(told), "{words:?} {err}");
    }
}
