//! The functions of the system, as the emulator invokes them: the very handlers that are deployed.

use std::sync::Arc;
use std::time::Duration;

use calculation::Currency;
use futures::FutureExt;
use futures::future::BoxFuture;
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_emulator::{Function, Queue};
use lambda_http::LambdaEvent;
use lambda_http::request::LambdaRequest;
use recalculate_aggregations::{Queue as UnfinishedQueue, RecalculateAggregations};
use serde::Deserialize;
use table::{Outcome, ProfileId, Settings, Table};
use tracing::error;

use crate::template::FunctionDefinition;

/// The read function.
pub(crate) fn get_aggregations(
    definition: &FunctionDefinition,
    table: Table,
    envelope: Envelope,
    currency: Option<Currency>,
) -> Function {
    let handler = GetAggregations::new(table, Authorizer::Jwt, envelope).with_currency(currency);
    let handler = Arc::new(handler);
    Function::new("get-aggregations", definition.timeout(), move |event| {
        let handler = Arc::clone(&handler);
        async move {
            let (payload, context) = event.into_parts();
            let event = LambdaEvent::new(LambdaRequest::deserialize(payload)?, context);
            Ok(serde_json::to_value(handler.handle_event(event).await)?)
        }
    })
}

/// The stream function, or the repair function: one binary, deployed twice. `observer` sees what becomes of each profile.
pub(crate) fn recalculate_aggregations(
    name: &str,
    definition: &FunctionDefinition,
    table: Table,
    settings: Settings,
    queue: &Queue,
    observer: impl Fn(&ProfileId, &Outcome) + Send + Sync + 'static,
) -> Function {
    let queue = Arc::new(UnfinishedProfiles(queue.clone()));
    let handler = RecalculateAggregations::new(table, settings)
        .with_queue(queue)
        .with_observer(observer);
    let (handler, timeout) = (Arc::new(handler), definition.timeout());
    Function::new(name, timeout, move |event| {
        let handler = Arc::clone(&handler);
        async move { Ok(serde_json::to_value(handler.handle(event).await?)?) }
    })
}

/// The emulator's queue in the place of SQS.
#[derive(Debug)]
struct UnfinishedProfiles(Queue);

impl UnfinishedQueue for UnfinishedProfiles {
    fn send<'a>(&'a self, messages: &'a [String]) -> BoxFuture<'a, Vec<usize>> {
        let mut failed = Vec::new();
        for (place, message) in messages.iter().enumerate() {
            if let Err(error) = self.0.send(message) {
                error!("{error}");
                failed.push(place);
            }
        }
        async { failed }.boxed()
    }

    fn put_off<'a>(&'a self, receipt_handle: &'a str, delay: Duration) -> BoxFuture<'a, ()> {
        if let Err(error) = self.0.change_visibility(receipt_handle, delay) {
            error!("{error}");
        }
        async {}.boxed()
    }
}
