//! A stack, and requests to it.

use aws_sdk_dynamodb::types::AttributeValue;
use local_stack::{Options, Stack};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

pub async fn start(options: Options) -> Stack {
    Stack::start(options).await.unwrap()
}

/// A request with a client that goes straight to loopback, whatever proxy the environment names.
pub fn request(stack: &Stack, method: Method, path: &str) -> RequestBuilder {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.request(method, format!("{}{path}", stack.http_url()))
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

pub async fn get(stack: &Stack, path: &str) -> Answer {
    answer(request(stack, Method::GET, path)).await
}

/// The document of what must be there.
pub async fn got(stack: &Stack, path: &str) -> Value {
    let answer = get(stack, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

/// A request of the console's own page to DynamoDB.
pub fn ask(stack: &Stack, operation: &str, body: &Value) -> RequestBuilder {
    request(stack, Method::POST, "/_local/dynamodb")
        .header("origin", stack.http_url())
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .body(body.to_string())
}

/// The PutItem of a purchase.
pub fn purchase(profile: &str, key: &str, total: &str) -> Value {
    json!({
        "TableName": "profile-aggregations",
        "Item": {
            "pk": {"S": format!("PROFILE#{profile}")},
            "sk": {"S": format!("TXN#{key}")},
            "total": {"N": total},
        },
    })
}

/// Puts an item past the console.
pub async fn put(stack: &Stack, pk: &str, sk: &str, attributes: &[(&str, AttributeValue)]) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let mut put = stack.client().put_item().table_name(stack.table_name());
    put = put.item("pk", text(pk)).item("sk", text(sk));
    for (name, value) in attributes {
        put = put.item(*name, value.clone());
    }
    put.send().await.unwrap();
}

/// All profiles of the list, page by page, for a query; each page's ids come behind those before it.
pub async fn walk(stack: &Stack, query: &str, limit: usize) -> Vec<Value> {
    let mut profiles: Vec<Value> = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/_local/profiles?limit={limit}{query}{after}");
        let page = got(stack, &path).await;
        let found = page["profiles"].as_array().unwrap();
        assert!(found.len() <= limit, "{path}");
        assert!(!found.is_empty() || after.is_empty(), "{path}");
        profiles.extend(found.iter().cloned());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        assert_eq!(found.len(), limit, "{path}");
        assert_eq!(found.last().unwrap()["profile_id"], next);
        after = format!("&after={}", next.replace('+', "%2B"));
    }
    let ids: Vec<_> = profiles.iter().map(id).collect();
    assert!(ids.is_sorted_by(|left, right| left < right), "{ids:?}");
    profiles
}

pub fn id(profile: &Value) -> &str {
    profile["profile_id"].as_str().unwrap()
}
