//! The table that the template defines: created if it is missing, otherwise checked.

use std::time::Duration;

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, StreamSpecification, TableDescription,
    TableStatus,
};
use dynamodb_connection::{proxy_hint, reason};

use crate::StackError;
use crate::dynamodb::Dynamodb;
use crate::template::TableDefinition;

/// The pause between two looks at a table that is being created.
const PAUSE: Duration = Duration::from_millis(100);
/// How often a table that is being created is looked at: for a minute.
const LOOKS: u32 = 600;

/// Whether the table `name` is there.
pub(crate) async fn exists(dynamodb: &Dynamodb, name: &str) -> Result<bool, StackError> {
    Ok(describe(dynamodb, name).await?.is_some())
}

/// Makes sure that the table `name` is there, as `definition` says; returns the ARN of its stream.
pub(crate) async fn provision(
    dynamodb: &Dynamodb,
    name: &str,
    definition: &TableDefinition,
) -> Result<String, StackError> {
    let shape = Shape::of(definition);
    let shape = shape.map_err(|error| StackError::Definition(error.to_string()))?;
    let mut found = match describe(dynamodb, name).await? {
        Some(found) => found,
        None => create(dynamodb, name, &shape).await?,
    };
    for _ in 0..LOOKS {
        if found.table_status() == Some(&TableStatus::Active) {
            if let Some(problem) = shape.difference(&found) {
                let table = name.to_owned();
                return Err(StackError::OtherTable { table, problem });
            }
            // A table of an earlier version has none.
            if shape.is_protected && found.deletion_protection_enabled() == Some(false) {
                protect(dynamodb, name).await?;
            }
            return Ok(found.latest_stream_arn.unwrap_or_default());
        }
        tokio::time::sleep(PAUSE).await;
        if let Some(again) = describe(dynamodb, name).await? {
            found = again;
        }
    }
    Err(StackError::NotActive(name.to_owned()))
}

async fn protect(dynamodb: &Dynamodb, name: &str) -> Result<(), StackError> {
    let request = dynamodb.client.update_table().table_name(name);
    let answer = request.deletion_protection_enabled(true).send().await;
    answer.map_err(|error| failed(dynamodb, "UpdateTable", &error))?;
    Ok(())
}

async fn describe(dynamodb: &Dynamodb, name: &str) -> Result<Option<TableDescription>, StackError> {
    let request = dynamodb.client.describe_table().table_name(name);
    match request.send().await {
        Ok(answer) => Ok(answer.table),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
        Err(error) => Err(failed(dynamodb, "DescribeTable", &error)),
    }
}

async fn create(
    dynamodb: &Dynamodb,
    name: &str,
    shape: &Shape,
) -> Result<TableDescription, StackError> {
    let request = dynamodb.client.create_table().table_name(name);
    let answer = request
        .billing_mode(shape.billing_mode.clone())
        .deletion_protection_enabled(shape.is_protected)
        .stream_specification(shape.stream.clone())
        .set_attribute_definitions(Some(shape.attributes.clone()))
        .set_key_schema(Some(shape.keys.clone()))
        .send()
        .await
        .map_err(|error| failed(dynamodb, "CreateTable", &error))?;
    let created = answer.table_description;
    Ok(created.unwrap_or_else(|| TableDescription::builder().build()))
}

/// The template's table in the words of DynamoDB's API.
struct Shape {
    billing_mode: BillingMode,
    attributes: Vec<AttributeDefinition>,
    keys: Vec<KeySchemaElement>,
    stream: StreamSpecification,
    /// Whether it cannot be deleted by mistake.
    is_protected: bool,
}

impl Shape {
    fn of(definition: &TableDefinition) -> Result<Self, BuildError> {
        let attributes = definition.attribute_definitions.iter().map(|attribute| {
            AttributeDefinition::builder()
                .attribute_name(&attribute.attribute_name)
                .attribute_type(attribute.attribute_type.as_str().into())
                .build()
        });
        let keys = definition.key_schema.iter().map(|key| {
            KeySchemaElement::builder()
                .attribute_name(&key.attribute_name)
                .key_type(key.key_type.as_str().into())
                .build()
        });
        let view = definition.stream_specification.stream_view_type.as_str();
        let stream = StreamSpecification::builder().stream_enabled(true);
        Ok(Self {
            billing_mode: definition.billing_mode.as_str().into(),
            attributes: attributes.collect::<Result<_, _>>()?,
            keys: keys.collect::<Result<_, _>>()?,
            stream: stream.stream_view_type(view.into()).build()?,
            is_protected: definition.deletion_protection_enabled,
        })
    }

    /// How a table differs in its keys or its stream, if it does.
    fn difference(&self, found: &TableDescription) -> Option<String> {
        let attributes = found.attribute_definitions();
        let has_attributes = self.attributes.iter().all(|one| attributes.contains(one));
        if found.key_schema() != self.keys || !has_attributes {
            let keys: Vec<_> = self.keys.iter().map(|key| key.attribute_name()).collect();
            return Some(format!("expected the string keys {}", keys.join(" and ")));
        }
        let view = |stream: &StreamSpecification| match stream.stream_view_type() {
            Some(view) if stream.stream_enabled() => view.as_str().to_owned(),
            _ => "none".to_owned(),
        };
        let (expected, found) = (&self.stream, found.stream_specification());
        let found = found.map_or_else(|| "none".to_owned(), view);
        let expected = view(expected);
        (found != expected).then(|| format!("expected a {expected} stream, found {found}"))
    }
}

/// The error for a request that failed: one that never arrived is told apart from one that was refused.
pub(crate) fn failed<E: ProvideErrorMetadata + std::error::Error + 'static>(
    dynamodb: &Dynamodb,
    operation: &'static str,
    error: &SdkError<E>,
) -> StackError {
    let reason = reason(error);
    match error {
        SdkError::ServiceError(_) => StackError::Request { operation, reason },
        _ => StackError::Unreachable {
            url: dynamodb.url.clone(),
            reason,
            hint: proxy_hint(&dynamodb.url),
        },
    }
}
