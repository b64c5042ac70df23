//! A DynamoDB elsewhere. It is asked while everything else stands still, so that the clock of a schedule does not move.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::engine::Answer;

/// Where it answers.
#[derive(Clone, Debug)]
pub struct OtherEngine {
    address: String,
}

impl OtherEngine {
    /// The one at `url`, without TLS.
    pub fn new(url: &str) -> Self {
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        Self {
            address: address.to_owned(),
        }
    }

    /// Asks it by HTTP 1.0, whose answers end with the connection. It checks no signature, but wants one.
    ///
    /// # Panics
    ///
    /// It does not answer.
    pub fn ask(&self, target: &str, body: &[u8]) -> Answer {
        let address = &self.address;
        let length = body.len();
        let head = format!(
            "POST / HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {length}\r\n\
             X-Amz-Target: {target}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n"
        );
        let mut connection = TcpStream::connect(address).expect("a connection");
        connection.write_all(head.as_bytes()).expect("a request");
        connection.write_all(body).expect("a request");
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let body = answer.split_off(end.expect("a head") + 4);
        let head = String::from_utf8_lossy(&answer);
        let status = head.split_whitespace().nth(1);
        let status = status.and_then(|status| status.parse().ok());
        Answer {
            status: status.expect("a status"),
            body,
        }
    }
}
