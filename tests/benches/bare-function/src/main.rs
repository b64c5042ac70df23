//! The least that a Lambda function behind API Gateway can be which reads an item: what `start.rs` measures the read function against.

use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Error, Request, RequestExt, Response, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let table = env::var("TABLE_NAME")?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    let (client, table) = (&client, &table);
    run(service_fn(move |request: Request| async move {
        let parameters = request.path_parameters();
        let profile = parameters.first("profileId").unwrap_or_default();
        let answer = client
            .get_item()
            .table_name(table)
            .key("pk", AttributeValue::S(format!("PROFILE#{profile}")))
            .key("sk", AttributeValue::S("AGG".to_owned()))
            .send()
            .await?;
        let attributes = answer.item.map_or(0, |item| item.len());
        Ok::<_, Error>(Response::new(attributes.to_string()))
    }))
    .await
}
