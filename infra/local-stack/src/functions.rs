//! The two functions of the system, as the emulator invokes them: the very handlers that are deployed.

use std::sync::Arc;

use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_emulator::Function;
use lambda_http::LambdaEvent;
use lambda_http::request::LambdaRequest;
use recalculate_aggregations::RecalculateAggregations;
use serde::Deserialize;
use table::{Outcome, ProfileId, Settings, Table};

use crate::template::FunctionDefinition;

/// The read function.
pub(crate) fn get_aggregations(
    definition: &FunctionDefinition,
    table: Table,
    envelope: Envelope,
) -> Function {
    let handler = Arc::new(GetAggregations::new(table, Authorizer::Jwt, envelope));
    Function::new("get-aggregations", definition.timeout(), move |event| {
        let handler = Arc::clone(&handler);
        async move {
            let (payload, context) = event.into_parts();
            let event = LambdaEvent::new(LambdaRequest::deserialize(payload)?, context);
            Ok(serde_json::to_value(handler.handle_event(event).await)?)
        }
    })
}

/// The stream function. `observer` sees what becomes of each profile.
pub(crate) fn recalculate_aggregations(
    definition: &FunctionDefinition,
    table: Table,
    settings: Settings,
    observer: impl Fn(&ProfileId, &Outcome) + Send + Sync + 'static,
) -> Function {
    let handler = RecalculateAggregations::new(table, settings).with_observer(observer);
    let handler = Arc::new(handler);
    let (name, timeout) = ("recalculate-aggregations", definition.timeout());
    Function::new(name, timeout, move |event| {
        let handler = Arc::clone(&handler);
        async move { Ok(serde_json::to_value(handler.handle(event).await?)?) }
    })
}
