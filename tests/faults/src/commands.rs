//! Rebuilding and forgetting, beside everything else, and what holds as soon as they say that they are done.

use std::sync::Arc;

use chrono::Utc;
use table::{Forgotten, ProfileId, Table, forget, rebuild};

use crate::checks::{check_documents, is_derived, items};
use crate::reader::start_straight;
use crate::state::World;
use crate::stored::Stored;

/// Has a profile rebuilt. Where it succeeds and nobody changed an item meanwhile, documents are exact at once.
pub async fn run_rebuild(world: &Arc<World>, table: &Table, pk: &str) {
    let before = stored(world, pk);
    // A request that fails is the caller's business.
    if rebuild(table, &world.settings, &id(pk), Utc::now)
        .await
        .is_err()
    {
        return;
    }
    let now = stored(world, pk);
    if (before.puts, before.deletions) == (now.puts, now.deletions) {
        check_documents(world, &start_straight(world), pk, &now).await;
        world.state().figures.rebuilt += 1;
    }
}

/// Has a profile forgotten. Where it succeeds and nobody put an item meanwhile, nothing is left that says anything of it.
pub async fn run_forget(world: &Arc<World>, table: &Table, pk: &str) {
    let before = stored(world, pk);
    let Ok(Forgotten { left, .. }) = forget(table, &world.settings, &id(pk)).await else {
        return;
    };
    let now = stored(world, pk);
    if before.puts == now.puts {
        if !now.is_empty() || !left.is_empty() {
            world.violated(format!(
                "{pk} is forgotten, but {left:?} are left, and {now:?}"
            ));
        }
        check_documents(world, &start_straight(world), pk, &now).await;
        // A recalculation that is late may have put an empty one, until it ends.
        let mut items = items(world, pk).await;
        items.retain(|item| !is_derived(item));
        if !items.is_empty() {
            world.violated(format!("{pk} is forgotten, but not {items:?}"));
        }
        world.state().figures.forgotten += 1;
    }
}

fn stored(world: &World, pk: &str) -> Stored {
    world.state().stored.get(pk).cloned().unwrap_or_default()
}

/// The id of the profile with this partition key.
fn id(pk: &str) -> ProfileId {
    ProfileId::parse(pk.trim_start_matches("PROFILE#")).expect("an id")
}
