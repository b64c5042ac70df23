//! The table that the template defines: created if it is missing, otherwise checked.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType, TableDescription, TableStatus,
};
use dynamodb_connection::reason;

use crate::StackError;
use crate::dynamodb::Dynamodb;
use crate::template::TableDefinition;

/// The pause between two looks at a table that is being created.
const PAUSE: Duration = Duration::from_millis(100);
/// How often a table that is being created is looked at: for a minute.
const LOOKS: u32 = 600;

/// The table, ready for use.
#[derive(Debug)]
pub(crate) struct Provisioned {
    /// Its stream.
    pub(crate) stream_arn: String,
    /// Whether it was missing.
    pub(crate) is_new: bool,
}

/// Makes sure that the table `name` is there, as `definition` says.
pub(crate) async fn provision(
    dynamodb: &Dynamodb,
    name: &str,
    definition: &TableDefinition,
) -> Result<Provisioned, StackError> {
    let found = describe(dynamodb, name).await?;
    let is_new = found.is_none();
    let mut found = match found {
        Some(found) => found,
        None => create(dynamodb, name, definition).await?,
    };
    for _ in 0..LOOKS {
        if found.table_status() == Some(&TableStatus::Active) {
            check(&found, name, definition)?;
            let stream_arn = found.latest_stream_arn.unwrap_or_default();
            return Ok(Provisioned { stream_arn, is_new });
        }
        tokio::time::sleep(PAUSE).await;
        if let Some(again) = describe(dynamodb, name).await? {
            found = again;
        }
    }
    Err(StackError::NotActive(name.to_owned()))
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
    definition: &TableDefinition,
) -> Result<TableDescription, StackError> {
    let invalid =
        |error: aws_sdk_dynamodb::error::BuildError| StackError::Definition(error.to_string());
    let mut request = dynamodb
        .client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::from(definition.billing_mode.as_str()))
        .stream_specification(
            StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::from(
                    definition.stream_specification.stream_view_type.as_str(),
                ))
                .build()
                .map_err(invalid)?,
        );
    for attribute in &definition.attribute_definitions {
        let attribute = AttributeDefinition::builder()
            .attribute_name(&attribute.attribute_name)
            .attribute_type(ScalarAttributeType::from(attribute.attribute_type.as_str()));
        request = request.attribute_definitions(attribute.build().map_err(invalid)?);
    }
    for key in &definition.key_schema {
        let key = KeySchemaElement::builder()
            .attribute_name(&key.attribute_name)
            .key_type(KeyType::from(key.key_type.as_str()));
        request = request.key_schema(key.build().map_err(invalid)?);
    }
    let answer = request.send().await;
    let answer = answer.map_err(|error| failed(dynamodb, "CreateTable", &error))?;
    Ok(answer
        .table_description
        .unwrap_or_else(|| TableDescription::builder().build()))
}

/// Whether a table has the keys and the stream of the template.
fn check(
    found: &TableDescription,
    name: &str,
    definition: &TableDefinition,
) -> Result<(), StackError> {
    let other = |problem: String| StackError::OtherTable {
        table: name.to_owned(),
        problem,
    };
    let attribute_type = |name: &str| {
        let mut definitions = found.attribute_definitions().iter();
        definitions
            .find(|definition| definition.attribute_name() == name)
            .map(|definition| definition.attribute_type().as_str())
    };
    let has_keys = found.key_schema().len() == definition.key_schema.len()
        && definition.key_schema.iter().all(|key| {
            found.key_schema().iter().any(|other| {
                other.attribute_name() == key.attribute_name
                    && other.key_type().as_str() == key.key_type
            })
        })
        && definition.attribute_definitions.iter().all(|attribute| {
            attribute_type(&attribute.attribute_name) == Some(&attribute.attribute_type)
        });
    if !has_keys {
        let keys = definition.key_schema.iter();
        let keys: Vec<_> = keys.map(|key| key.attribute_name.as_str()).collect();
        return Err(other(format!(
            "expected the string keys {}",
            keys.join(" and ")
        )));
    }
    let expected = &definition.stream_specification.stream_view_type;
    let stream = found.stream_specification();
    match stream.filter(|stream| stream.stream_enabled()) {
        None => Err(other("it has no stream".to_owned())),
        Some(stream) => match stream.stream_view_type() {
            Some(view) if view.as_str() == expected => Ok(()),
            view => Err(other(format!(
                "expected a {expected} stream, found {}",
                view.map_or("an unknown one", StreamViewType::as_str)
            ))),
        },
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
        },
    }
}
