//! Requests to SQS: AWS JSON 1.0, by the parts that the SDK's clients are made of.
//!
//! `aws-sdk-sqs` would add 0.61 MB to a function that sends two kinds of requests.

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;
use serde::Deserialize;
use serde_json::Value;

/// What SQS answers, or why it does not.
pub(super) type Answer = Result<Value, SdkError<ErrorMetadata, HttpResponse>>;

/// A request that is not signed yet.
#[derive(Debug)]
struct Request {
    action: &'static str,
    body: Value,
}

/// Sends requests to SQS as the SDK's clients do: signed, retried, each attempt within its time.
#[derive(Debug)]
pub(super) struct Client(Operation<Request, Value, ErrorMetadata>);

impl Client {
    /// A client for the queue at `url`.
    pub(super) fn new(config: &SdkConfig, url: &str) -> Self {
        let retries = config.retry_config().cloned();
        let mut operation = Operation::builder()
            .service_name("SQS")
            .operation_name("SQS")
            .endpoint_url(&endpoint(config, url))
            .standard_retry(&retries.unwrap_or_else(RetryConfig::standard))
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .with_connection_poisoning()
            // Lambda finds functions that call each other in a circle by it.
            .interceptor(RecursionDetectionInterceptor::new())
            .runtime_plugin(signing(config));
        if let Some(version) = config.behavior_version() {
            operation = operation.behavior_version(version);
        }
        if let Some(timeouts) = config.timeout_config() {
            operation = operation.timeout_config(timeouts.clone());
        }
        if let Some(client) = config.http_client() {
            operation = operation.http_client(client);
        }
        if let Some(sleep) = config.sleep_impl() {
            operation = operation.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            operation = operation.time_source(time);
        }
        Self(operation.serializer(written).deserializer(read).build())
    }

    /// Calls an action of SQS, and returns its answer.
    pub(super) async fn call(&self, action: &'static str, body: Value) -> Answer {
        self.0.invoke(Request { action, body }).await
    }
}

/// Signatures of version 4 by the credentials and for the region of the configuration.
fn signing(config: &SdkConfig) -> StaticRuntimePlugin {
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig {
        region: config.region().cloned().map(SigningRegion::from),
        name: Some(SigningName::from_static("sqs")),
        ..SigV4OperationSigningConfig::default()
    });
    let options = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    let mut components = RuntimeComponentsBuilder::new("signing")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(options)));
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials));
    }
    StaticRuntimePlugin::new()
        .with_config(layer.freeze())
        .with_runtime_components(components)
}

/// Where requests go: what the environment says, or else the host of the queue.
fn endpoint(config: &SdkConfig, url: &str) -> String {
    let key = ServiceConfigKey::builder()
        .service_id("SQS")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url");
    let own = config
        .service_config()
        .zip(key.build().ok())
        .and_then(|(environment, key)| environment.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
        .unwrap_or_else(|| {
            let fips = config.use_fips().unwrap_or_default();
            let dual_stack = config.use_dual_stack().unwrap_or_default();
            host_of(url, fips, dual_stack)
        })
}

/// The endpoint that a queue's URL names, in the variant that is asked for.
fn host_of(url: &str, fips: bool, dual_stack: bool) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let host = rest.split_once('/').map_or(rest, |(host, _path)| host);
    let Some((region, suffix)) = host
        .strip_prefix("sqs.")
        .and_then(|rest| rest.split_once('.'))
    else {
        return format!("{scheme}://{host}");
    };
    // Of the regions for the government, the ordinary endpoints are the ones with FIPS.
    let is_government = region.starts_with("us-gov-");
    let service = if fips && (dual_stack || !is_government) {
        "sqs-fips"
    } else {
        "sqs"
    };
    let suffix = match suffix {
        "amazonaws.com" if dual_stack => "api.aws",
        "amazonaws.com.cn" if dual_stack => "api.amazonwebservices.com.cn",
        same => same,
    };
    format!("{scheme}://{service}.{region}.{suffix}")
}

fn written(request: Request) -> Result<HttpRequest, BoxError> {
    let body = request.body.to_string();
    let length = body.len();
    let mut http = HttpRequest::new(SdkBody::from(body));
    http.set_method("POST")?;
    http.set_uri("/")?;
    let headers = http.headers_mut();
    headers.try_insert("content-type", "application/x-amz-json-1.0")?;
    headers.try_insert("content-length", length.to_string())?;
    headers.try_insert("x-amz-target", format!("AmazonSQS.{}", request.action))?;
    Ok(http)
}

fn read(response: &HttpResponse) -> Result<Value, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(error_of(body)));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(OrchestratorError::other)
}

/// The error that an answer names.
fn error_of(body: &[u8]) -> ErrorMetadata {
    #[derive(Default, Deserialize)]
    struct Body {
        #[serde(rename = "__type")]
        code: Option<String>,
        #[serde(alias = "Message")]
        message: Option<String>,
    }
    let body: Body = serde_json::from_slice(body).unwrap_or_default();
    let mut error = ErrorMetadata::builder();
    if let Some(code) = body.code {
        // `com.amazonaws.sqs#QueueDoesNotExist`
        error = error.code(code.rsplit('#').next().unwrap_or(&code));
    }
    if let Some(message) = body.message {
        error = error.message(message);
    }
    error.build()
}
