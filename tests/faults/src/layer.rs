//! What stands between a client and the world: each request passes, or meets its fault.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use test_support::operation;
use tokio::time::sleep;

use crate::answers::{broken, cancelled, error, unprocessed};
use crate::engine::Answer;
use crate::fault::{Fault, possible};
use crate::function::race;
use crate::process::Process;
use crate::state::World;
use crate::trace::about;

/// The way of a process's requests.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Where they go.
    pub world: Arc<World>,
    /// Where they come from.
    pub process: Arc<Process>,
}

impl HttpConnector for Layer {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let layer = self.clone();
        HttpConnectorFuture::new(async move {
            let answer = layer.pass(&request).await?;
            layer.process.answered(&request, &answer);
            Ok(answer.into_response())
        })
    }
}

/// Requests past all faults.
#[derive(Clone, Debug)]
pub struct Straight(pub Arc<World>);

impl HttpConnector for Straight {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let response: HttpResponse = self.0.apply(&request, 0).into_response();
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl Layer {
    async fn pass(&self, request: &HttpRequest) -> Result<Answer, ConnectorError> {
        let world = &self.world;
        let planned = world.arrives();
        let is_last = self.process.asks(world, request);
        let fault = possible(planned.fault, request);
        world.note(|| {
            let (name, operation) = (self.process.name, operation(request));
            format!(
                "{name}: {operation} {} {fault:?}{}",
                about(request),
                if is_last { ", killed" } else { "" }
            )
        });
        wait(planned.there.into()).await;
        if is_last {
            if planned.back.is_multiple_of(2) {
                world.apply(request, 0);
            }
            self.process.die();
            return std::future::pending().await;
        }
        if fault != Fault::None {
            let mut state = world.state();
            state.figures.met(fault);
            state.queue_faults += u32::from(is_of_queue(request));
        }
        let held = |further| world.hold(request.try_clone().expect("in memory"), further);
        let answer = match fault {
            Fault::None => world.apply(request, 0),
            Fault::Throttled(code) => error(400, code),
            Fault::Failed(status, code) => error(status, code),
            Fault::FailedAfter => {
                world.apply(request, 0);
                error(500, "InternalServerError")
            }
            Fault::Dropped => return Err(broken()),
            Fault::DroppedAfter => {
                world.apply(request, 0);
                wait(planned.back.into()).await;
                return Err(broken());
            }
            Fault::Lost => return std::future::pending().await,
            Fault::LostAfter => {
                world.apply(request, 0);
                return std::future::pending().await;
            }
            Fault::Late(further) => {
                held(further);
                return Err(broken());
            }
            Fault::LostLate(further) => {
                held(further);
                return std::future::pending().await;
            }
            Fault::Slow(time) => {
                wait(time.into()).await;
                let answer = world.apply(request, 0);
                wait(time.into()).await;
                answer
            }
            Fault::Race => {
                race(world, request).await;
                world.apply(request, 0)
            }
            Fault::ConditionFailed if is_transaction(request) => {
                cancelled(request, "ConditionalCheckFailed")
            }
            Fault::ConditionFailed => error(400, "ConditionalCheckFailedException"),
            Fault::Conflict if is_transaction(request) => {
                error(400, "TransactionInProgressException")
            }
            Fault::Conflict => error(400, "TransactionConflictException"),
            Fault::Cancelled(reason) => cancelled(request, reason),
            Fault::Unprocessed => unprocessed(world, request),
        };
        wait(planned.back.into()).await;
        Ok(answer)
    }
}

async fn wait(milliseconds: u64) {
    if milliseconds > 0 {
        sleep(Duration::from_millis(milliseconds)).await;
    }
}

fn is_of_queue(request: &HttpRequest) -> bool {
    let target = request.headers().get("x-amz-target");
    target.is_some_and(|target| target.starts_with("AmazonSQS"))
}

fn is_transaction(request: &HttpRequest) -> bool {
    operation(request) == "TransactWriteItems"
}
