//! What a client of DynamoDB that is configured by an environment sends, and where to.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_types::service_config::ServiceConfigKey;

use super::*;

/// What Lambda sets, the session token apart.
const LAMBDA: [(&str, &str); 3] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "AKID"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
];

/// The configuration of what Lambda sets with `more`, which comes first.
fn config(more: &[(&str, &str)]) -> Result<SdkConfig, EnvironmentError> {
    sdk_config(Duration::from_secs(1), |wanted| {
        let variables = more.iter().chain(&LAMBDA);
        let mut found = variables.filter(|(name, _)| *name == wanted);
        found.next().map(|(_, value)| (*value).to_owned())
    })
}

/// A network on which every request fails, so that it is sent again.
#[derive(Clone, Debug, Default)]
struct Network(Arc<Mutex<Vec<HttpRequest>>>);

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(request);
        let status = 500.try_into().unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from("{}"))))
    }
}

/// All attempts of one request.
async fn requests(more: &[(&str, &str)]) -> Vec<HttpRequest> {
    let network = Network::default();
    let connector = SharedHttpConnector::new(network.clone());
    let config = aws_sdk_dynamodb::config::Builder::from(&config(more).unwrap())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build();
    let request = Client::from_conf(config).get_item().table_name("t");
    let request = request.key("pk", AttributeValue::S("k".to_owned()));
    request.send().await.unwrap_err();
    std::mem::take(&mut network.0.lock().unwrap())
}

/// Where requests go.
async fn url(more: &[(&str, &str)]) -> String {
    let more = [more, &[("AWS_MAX_ATTEMPTS", "1")]].concat();
    requests(&more).await[0].uri().to_owned()
}

#[tokio::test]
async fn requests_are_signed_with_the_credentials_and_the_region() {
    let requests = requests(&[
        ("AWS_SESSION_TOKEN", "token"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("AWS_DEFAULT_REGION", "us-west-2"),
    ])
    .await;
    let headers = requests[0].headers();
    assert_eq!(headers.get("x-amz-security-token"), Some("token"));
    let signed = headers.get("authorization").unwrap();
    assert!(signed.contains("Credential=AKID/"), "{signed}");
    assert!(
        signed.contains("/eu-central-1/dynamodb/aws4_request"),
        "{signed}"
    );
}

#[tokio::test(start_paused = true)]
async fn requests_are_tried_three_times_unless_told_otherwise() {
    assert_eq!(requests(&[]).await.len(), 3);
    assert_eq!(requests(&[("AWS_MAX_ATTEMPTS", "5")]).await.len(), 5);
    let adaptive = config(&[("AWS_RETRY_MODE", "Adaptive")]).unwrap();
    let mode = adaptive.retry_config().unwrap().mode();
    assert_eq!(mode, aws_smithy_types::retry::RetryMode::Adaptive);
}

#[tokio::test]
async fn every_partition_and_variant_has_its_endpoint() {
    let fips = ("AWS_USE_FIPS_ENDPOINT", "true");
    let dual_stack = ("AWS_USE_DUALSTACK_ENDPOINT", "TRUE");
    for (more, expected) in [
        (&[][..], "https://dynamodb.eu-central-1.amazonaws.com/"),
        (
            &[("AWS_REGION", "cn-north-1")],
            "https://dynamodb.cn-north-1.amazonaws.com.cn/",
        ),
        (
            &[("AWS_REGION", "us-gov-west-1")],
            "https://dynamodb.us-gov-west-1.amazonaws.com/",
        ),
        (
            &[("AWS_REGION", "us-iso-east-1")],
            "https://dynamodb.us-iso-east-1.c2s.ic.gov/",
        ),
        (
            &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "us-west-2")],
            "https://dynamodb.us-west-2.amazonaws.com/",
        ),
        (
            &[("AWS_REGION", "us-east-1"), fips],
            "https://dynamodb-fips.us-east-1.amazonaws.com/",
        ),
        (&[dual_stack], "https://dynamodb.eu-central-1.api.aws/"),
        (
            &[("AWS_REGION", "us-east-1"), fips, dual_stack],
            "https://dynamodb-fips.us-east-1.api.aws/",
        ),
        (
            &[("AWS_ACCOUNT_ID", "111122223333")],
            "https://111122223333.ddb.eu-central-1.amazonaws.com/",
        ),
        (
            &[
                ("AWS_ACCOUNT_ID", "111122223333"),
                ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled"),
            ],
            "https://dynamodb.eu-central-1.amazonaws.com/",
        ),
    ] {
        assert_eq!(url(more).await, expected, "{more:?}");
    }
}

#[tokio::test]
async fn an_endpoint_of_the_service_goes_before_that_of_all() {
    let of_all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let own = ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2");
    let of_sqs = ("AWS_ENDPOINT_URL_SQS", "https://example.com");
    let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    assert_eq!(url(&[of_all, of_sqs]).await, "http://127.0.0.1:1/");
    assert_eq!(url(&[of_all, own, of_sqs]).await, "http://127.0.0.1:2/");
    let region = "https://dynamodb.eu-central-1.amazonaws.com/";
    assert_eq!(url(&[of_sqs]).await, region);
    assert_eq!(url(&[of_all, own, ignored]).await, region);

    let config = config(&[of_all, of_sqs]).unwrap();
    let key = ServiceConfigKey::builder()
        .service_id("SQS")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url");
    let service = config.service_config().unwrap();
    let of_sqs = service.load_config(key.build().unwrap());
    assert_eq!(of_sqs.as_deref(), Some("https://example.com"));
}

#[test]
fn what_is_missing_or_invalid_is_named() {
    for (variable, value, expected) in [
        (
            "AWS_REGION",
            "",
            "environment variable AWS_REGION is not set",
        ),
        (
            "AWS_ACCESS_KEY_ID",
            "",
            "environment variable AWS_ACCESS_KEY_ID is not set",
        ),
        (
            "AWS_SECRET_ACCESS_KEY",
            " ",
            "environment variable AWS_SECRET_ACCESS_KEY is not set",
        ),
        (
            "AWS_USE_FIPS_ENDPOINT",
            "yes",
            "invalid environment variable AWS_USE_FIPS_ENDPOINT `yes`: expected `true` or `false`",
        ),
        (
            "AWS_ENDPOINT_URL_DYNAMODB",
            "localhost:8000",
            "invalid environment variable AWS_ENDPOINT_URL_DYNAMODB `localhost:8000`: expected a URL such as http://127.0.0.1:8000",
        ),
        (
            "AWS_ENDPOINT_URL",
            "http://",
            "invalid environment variable AWS_ENDPOINT_URL `http://`: expected a URL such as http://127.0.0.1:8000",
        ),
        (
            "AWS_MAX_ATTEMPTS",
            "0",
            "invalid environment variable AWS_MAX_ATTEMPTS `0`: expected a number from 1 on",
        ),
        (
            "AWS_RETRY_MODE",
            "legacy",
            "invalid environment variable AWS_RETRY_MODE `legacy`: expected `standard` or `adaptive`",
        ),
    ] {
        let error = config(&[(variable, value)]).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
