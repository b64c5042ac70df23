//! GETs of the HTTP API.

use std::collections::HashMap;

use reqwest::{Client, StatusCode};
use serde_json::value::RawValue;
use telemetry::chain;

use crate::error::LoadError;

/// Asks for documents.
#[derive(Clone, Debug)]
pub(crate) struct Questions {
    client: Client,
    url: String,
}

/// A document: each member as the text that it has.
pub(crate) type Document = HashMap<String, Box<RawValue>>;

impl Questions {
    /// Asks the API at `url`.
    pub fn new(url: &str) -> Result<Self, LoadError> {
        Ok(Self {
            // The stack is on this machine: no proxy is between.
            client: Client::builder().no_proxy().build()?,
            url: url.to_owned(),
        })
    }

    /// The document of a profile, or `None` if it has none; `query` is empty, or begins with `?`. Any other answer is an error, told
    /// in words.
    pub async fn ask(&self, profile: &str, query: &str) -> Result<Option<Document>, String> {
        let url = format!("{}/profiles/{profile}/aggregations{query}", self.url);
        let answer = async {
            let answer = self.client.get(url).send().await?;
            let status = answer.status();
            answer.bytes().await.map(|body| (status, body))
        };
        let (status, body) = answer
            .await
            .map_err(|error| format!("GET of {profile}: {}", chain(&error)))?;
        match status {
            StatusCode::OK => serde_json::from_slice(&body)
                .map(Some)
                .map_err(|error| format!("GET of {profile}: {error}")),
            StatusCode::NOT_FOUND => Ok(None),
            _ => {
                let body = String::from_utf8_lossy(&body);
                Err(format!("GET of {profile}: status {status}: {body}"))
            }
        }
    }
}
