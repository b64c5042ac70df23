//! What must hold once the stream is quiet.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use get_aggregations::GetAggregations;
use table::{ProfileId, Table};

use crate::connection::{client, config_of};
use crate::function::straight;
use crate::layer::Straight;
use crate::reader::{Got, date, read, start_straight};
use crate::source::DATES;
use crate::state::World;
use crate::stored::Stored;

type Item = HashMap<String, AttributeValue>;

/// Receives after which the queue gives a message up.
const MOST_RECEIVES: u32 = 19;

/// Checks everything that is derived of the profiles with these partition keys.
pub async fn check(world: &Arc<World>, pks: &[String]) {
    {
        let mut state = world.state();
        state.figures.receives = state.queue.most_receives();
        state.figures.messages = u64::try_from(state.queue.sent()).unwrap_or(u64::MAX);
        if state.queue.most_receives() > MOST_RECEIVES {
            state
                .violations
                .push("the queue gave a profile up".to_owned());
        }
    }
    let (table, function) = (straight(world), start_straight(world));
    for pk in pks {
        let stored = world.state().stored.get(pk).cloned().unwrap_or_default();
        check_verified(world, &table, pk).await;
        check_documents(world, &function, pk, &stored).await;
        check_items(world, pk, &stored).await;
    }
}

/// By the code's own calculation from nothing.
async fn check_verified(world: &World, table: &Table, pk: &str) {
    let id = ProfileId::parse(pk.trim_start_matches("PROFILE#")).expect("an id");
    match table.verify(&world.settings, &id).await {
        Ok(None) => {}
        Ok(Some(discrepancy)) => world.violated(format!("{pk}: {discrepancy}")),
        Err(error) => world.violated(format!("{pk} cannot be verified: {error:?}")),
    }
}

/// By a count of our own, as of today and of days whose windows the archive is needed for.
pub async fn check_documents(world: &World, function: &GetAggregations, pk: &str, stored: &Stored) {
    for as_of in (1..=DATES.len()).rev().step_by(2).map(date) {
        let expected = match stored.has_document() {
            true => Got::Document(stored.sum(as_of)),
            false => Got::Nothing,
        };
        let id = pk.trim_start_matches("PROFILE#");
        let got = read(world, function, id, as_of).await;
        if got != Some(expected) {
            world.violated(format!(
                "{pk} as of {as_of} is {got:?} and not {expected:?}"
            ));
        }
    }
}

/// Everything that is stored of a profile.
pub async fn items(world: &Arc<World>, pk: &str) -> Vec<Item> {
    let client = client(&config_of(Straight(Arc::clone(world))));
    let query = client.query().table_name(&world.table);
    let query = query.consistent_read(true);
    let query = query.key_condition_expression("pk = :pk");
    let query = query.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
    query.send().await.expect("items").items.unwrap_or_default()
}

/// Whether it is the derived item.
pub fn is_derived(item: &Item) -> bool {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok());
    sk.is_some_and(|sk| sk == "AGG")
}

/// What is stored beside the source items.
async fn check_items(world: &Arc<World>, pk: &str, stored: &Stored) {
    let items = items(world, pk).await;
    if stored.is_empty() && !items.is_empty() {
        world.violated(format!("{} items are left of {pk}", items.len()));
    }
    let derived = items.iter().find(|item| is_derived(item));
    let count = derived.and_then(|item| {
        let count = item.get("set_aside_count")?.as_n().ok()?;
        count.parse().ok()
    });
    let set_aside: usize = count.unwrap_or_default();
    if set_aside != stored.set_aside() {
        world.violated(format!(
            "{set_aside} transactions of {pk} are set aside and not {}",
            stored.set_aside()
        ));
    }
}
