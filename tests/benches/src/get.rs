//! The read function, and the one call of the SDK that it makes.

use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::types::AttributeValue;
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_http::{Body, Request, Response, request};
use serde_json::json;
use table::Table;
use tokio::runtime::Runtime;

use crate::history::{History, LOCATIONS, PROFILE};
use crate::stub;

/// The read function before a stored derived item.
pub struct Get {
    runtime: Runtime,
    client: Client,
    function: GetAggregations,
}

impl fmt::Debug for Get {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Get")
    }
}

impl Get {
    /// A customer with this history. The function is warm: it answered once, and remembers the locations.
    pub fn new(history: &History) -> Self {
        let derived = stub::derived(&history.bytes());
        let stores: Vec<_> = (0..LOCATIONS).map(stub::location).collect();
        let stores = json!({"Responses": {"table": stores}}).to_string();
        let client = stub::client(move |operation| match operation {
            "GetItem" => derived.clone(),
            _ => stores.clone(),
        });
        let table = Table::new(client.clone(), "table");
        let get = Self {
            runtime: stub::runtime(),
            client,
            function: GetAggregations::new(table, Authorizer::Jwt, Envelope::None),
        };
        assert_eq!(get.answer(request()).status(), 200);
        get
    }

    /// Answers one request.
    pub fn answer(&self, request: Request) -> Response<Body> {
        self.runtime.block_on(self.function.handle(request))
    }

    /// Makes the call alone that an answer takes.
    pub fn call(&self) -> GetItemOutput {
        let names = ["version", "ledger", "calculated_at", "incomplete"];
        let names = names.map(|name| (format!("#{name}"), name.to_owned()));
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let call = self
            .client
            .get_item()
            .table_name("table")
            .key("pk", text(&format!("PROFILE#{PROFILE}")))
            .key("sk", text("AGG"))
            .consistent_read(false)
            .projection_expression("#version, #ledger, #calculated_at, #incomplete")
            .set_expression_attribute_names(Some(names.into()))
            .send();
        self.runtime.block_on(call).unwrap()
    }
}

/// A request as API Gateway's payload format 2.0 has it, with the claims of a checked token.
pub fn request() -> Request {
    let path = format!("/profiles/{PROFILE}/aggregations");
    let event = json!({
        "version": "2.0",
        "routeKey": "GET /profiles/{profileId}/aggregations",
        "rawPath": path,
        "rawQueryString": "as_of=2026-01-31",
        "queryStringParameters": {"as_of": "2026-01-31"},
        "headers": {"accept": "application/json"},
        "pathParameters": {"profileId": PROFILE},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "authorizer": {"jwt": {
                "claims": {"sub": "service", "scope": "openid aggregations:read"},
                "scopes": null,
            }},
            "domainName": "api.example.com",
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "benchmark",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64,
        },
        "isBase64Encoded": false,
    });
    request::from_str(&event.to_string()).unwrap()
}
