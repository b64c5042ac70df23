//! A running stack, as a writer of the table and a caller of the API see it.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use calculation::{Item, Value};
use local_stack::{Options, Stack};
use serde_json::Value as Json;
use test_support::{attribute, other_dynamodb};
use uuid::Uuid;

/// A stack of its own with an empty table.
pub struct System {
    pub stack: Stack,
    is_embedded: bool,
    http: reqwest::Client,
}

impl System {
    pub async fn open() -> Self {
        Self::open_with(Options::default()).await
    }

    pub async fn open_with(mut options: Options) -> Self {
        if let Some(url) = other_dynamodb() {
            options.endpoint_url = Some(url);
            // All tests share that DynamoDB, so each has a table of its own.
            options.table_name = format!("end-to-end-{}", Uuid::new_v4());
        }
        Self {
            is_embedded: options.endpoint_url.is_none(),
            stack: Stack::start(options).await.unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// Stops the stack; a table in a DynamoDB that goes on is deleted if it can be.
    pub async fn close(self) {
        let client = self.stack.client().clone();
        let table = self.stack.table_name().to_owned();
        self.stack.stop().await;
        if !self.is_embedded {
            // As far as that goes: the template protects it, and DynamoDB Local ends with the tests.
            let unprotect = client.update_table().table_name(&table);
            unprotect
                .deletion_protection_enabled(false)
                .send()
                .await
                .ok();
            client.delete_table().table_name(table).send().await.ok();
        }
    }

    /// Puts an item that has its keys.
    pub async fn put(&self, item: &Item) {
        let item = item
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect();
        let put = self
            .stack
            .client()
            .put_item()
            .table_name(self.stack.table_name());
        put.set_item(Some(item)).send().await.unwrap();
    }

    /// Puts attributes under a key.
    pub async fn write(&self, pk: &str, sk: &str, attributes: &[(&str, Value)]) {
        let mut item: Item = attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        item.insert("pk".into(), Value::Text(pk.into()));
        item.insert("sk".into(), Value::Text(sk.into()));
        self.put(&item).await;
    }

    /// Puts a transaction with nothing but a total.
    pub async fn buy(&self, pk: &str, sk: &str, total: &str) {
        self.write(pk, sk, &[("total", Value::Number(total.into()))])
            .await;
    }

    pub async fn delete(&self, pk: &str, sk: &str) {
        let delete = self
            .stack
            .client()
            .delete_item()
            .table_name(self.stack.table_name());
        delete
            .key("pk", text(pk))
            .key("sk", text(sk))
            .send()
            .await
            .unwrap();
    }

    /// The item under a key.
    pub async fn get(
        &self,
        pk: &str,
        sk: &str,
    ) -> Option<std::collections::HashMap<String, AttributeValue>> {
        let get = self
            .stack
            .client()
            .get_item()
            .table_name(self.stack.table_name())
            .consistent_read(true);
        get.key("pk", text(pk))
            .key("sk", text(sk))
            .send()
            .await
            .unwrap()
            .item
    }

    /// What the API answers when everything written is calculated.
    pub async fn ask(&self, path_and_query: &str) -> (u16, String) {
        self.stack.caught_up().await;
        self.ask_now(path_and_query).await
    }

    /// What the API answers right now.
    pub async fn ask_now(&self, path_and_query: &str) -> (u16, String) {
        let url = format!("{}{path_and_query}", self.stack.http_url());
        let response = self.http.get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// The document of a profile as of a date.
    pub async fn document(&self, profile: &str, as_of: &str) -> Json {
        let (status, body) = self
            .ask(&format!("/profiles/{profile}/aggregations?as_of={as_of}"))
            .await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// The value of an Authorization header with these claims; the local stack takes the signature on trust.
pub fn bearer(claims: &Json) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let (header, claims) = (part(r#"{"alg":"none"}"#), part(&claims.to_string()));
    format!("Bearer {header}.{claims}.{}", part("signature"))
}
