//! Readers, by the read function.

use std::sync::Arc;

use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_http::request;
use serde_json::Value;
use table::Table;
use test_support::get_event;

use crate::connection::{client, config_of};
use crate::function::straight;
use crate::layer::Layer;
use crate::process::Process;
use crate::source::DATES;
use crate::state::World;
use crate::stored::Sum;

/// Behind all dates.
const LAST: &str = "2026-01-01";

/// What a reader got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Got {
    /// A document with this sum.
    Document(Sum),
    /// There is none.
    Nothing,
    /// Not now.
    Unavailable,
}

/// The read function, with faults between it and the table.
pub fn start(world: &Arc<World>) -> GetAggregations {
    let layer = Layer {
        world: Arc::clone(world),
        process: Process::new("reader", false),
    };
    let table = Table::new(client(&config_of(layer)), &world.table);
    GetAggregations::new(table, Authorizer::None, Envelope::default())
}

/// The read function past all faults.
pub fn start_straight(world: &Arc<World>) -> GetAggregations {
    GetAggregations::new(straight(world), Authorizer::None, Envelope::default())
}

/// The date of a question.
pub fn date(place: usize) -> &'static str {
    DATES.get(place).copied().unwrap_or(LAST)
}

/// Asks for a document.
pub async fn read(
    world: &World,
    function: &GetAggregations,
    profile: &str,
    as_of: &str,
) -> Option<Got> {
    let path = format!("/profiles/{profile}/aggregations?as_of={as_of}");
    let event = get_event(&path, &Value::Null);
    let request = request::from_str(&event.to_string()).expect("a request");
    let response = function.handle(request).await;
    match response.status().as_u16() {
        200 => {
            let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            let sum = sum(&body);
            if sum.is_none() {
                world.violated(format!("a document without figures: {body}"));
            }
            sum.map(Got::Document)
        }
        404 => Some(Got::Nothing),
        503 => Some(Got::Unavailable),
        status => {
            world.violated(format!("a reader got {status}"));
            None
        }
    }
}

/// What a document says.
fn sum(body: &Value) -> Option<Sum> {
    let last = body["spend_last_date"].as_str().map(|last| {
        let date = DATES.into_iter().find(|date| last.starts_with(date));
        date.unwrap_or("another date")
    });
    Some(Sum {
        net: body["spend_all"].as_i64()?,
        net_12m: body["spend_12m"].as_i64()?,
        shops: body["shop_count"].as_i64()?,
        last,
    })
}

/// Asks while there are faults: what a document says of a date was so at some moment.
pub async fn read_meanwhile(world: &World, function: &GetAggregations, pk: &str, as_of: &str) {
    let id = pk.trim_start_matches("PROFILE#");
    let got = read(world, function, id, as_of).await;
    let mut state = world.state();
    state.figures.reads += 1;
    let stored = state.stored.get(pk).cloned().unwrap_or_default();
    let may_have_been = match got {
        Some(Got::Document(sum)) => stored.may_have_been(as_of, sum),
        Some(Got::Nothing) => Some(stored.may_have_been_nothing()),
        Some(Got::Unavailable) | None => return,
    };
    state.figures.answered += 1;
    match may_have_been {
        Some(true) => {}
        Some(false) => {
            let what = format!("{id} as of {as_of} was never {got:?}: {stored:?}");
            state.violations.push(what);
        }
        None => state.figures.unjudged += 1,
    }
}
