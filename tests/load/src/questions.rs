//! GETs of the HTTP API.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::value::RawValue;
use telemetry::chain;

use crate::error::LoadError;

/// How long a GET may take. The API itself answers within a few seconds, with a 503 if it must.
const LONGEST: Duration = Duration::from_secs(30);

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
            client: Client::builder().no_proxy().timeout(LONGEST).build()?,
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

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_get_without_an_answer_is_an_error() {
        // The system accepts the connection, and nobody answers.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let questions = Questions::new(&url).unwrap();
        let answer = timeout(2 * LONGEST, questions.ask("customer-1", "")).await;
        let error = answer.expect("an end by itself").unwrap_err();
        assert!(error.starts_with("GET of customer-1: "), "{error}");
        assert!(error.ends_with(": operation timed out"), "{error}");
    }
}
