//! Everything that is under way in a schedule.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use get_aggregations::GetAggregations;
use serde_json::json;
use table::Table;
use tokio::time::sleep_until;

use crate::commands::{run_forget, run_rebuild};
use crate::connection::{client, config_of};
use crate::function::{Function, straight};
use crate::invocation::{deliver, work};
use crate::layer::Layer;
use crate::process::Process;
use crate::reader::{self, read_meanwhile};
use crate::schedule::{Invoked, POLLERS, Received, SHARDS, Step};
use crate::source::{Change, attributes, item};
use crate::state::World;

/// Invocations without faults.
const WITHOUT_FAULTS: Invoked = Invoked {
    size: 5,
    seconds: 60,
    killed: None,
};

/// Everything that may be under way.
#[derive(Debug)]
pub struct Running {
    /// Where it all happens.
    pub world: Arc<World>,
    /// A function for each poller.
    functions: [Mutex<Option<Arc<Function>>>; POLLERS],
    reader: GetAggregations,
    /// The table past all faults.
    straight: Table,
    /// The table, for imports and for those who rebuild and forget.
    table: Table,
    /// The profiles' partition keys.
    pub pks: Vec<String>,
}

impl Running {
    /// Nothing is under way yet.
    pub fn new(world: Arc<World>, pks: Vec<String>) -> Self {
        let layer = Layer {
            world: Arc::clone(&world),
            process: Process::new("writer", true),
        };
        Self {
            functions: Default::default(),
            reader: reader::start(&world),
            straight: straight(&world),
            table: Table::new(client(&config_of(layer)), &world.table),
            pks,
            world,
        }
    }

    /// Stores what the first profile has from before, and has it calculated.
    pub async fn begin(&self, history: Vec<Change>) {
        self.write(&self.pks[0], history, true).await;
        let all = Invoked {
            size: usize::MAX,
            ..WITHOUT_FAULTS
        };
        self.deliver(0, all).await;
        let mut state = self.world.state();
        let stored = state.stored.entry(self.pks[0].clone()).or_default();
        stored.settled();
    }

    /// Takes a step, to its end.
    pub async fn take(&self, step: Step) {
        let world = &self.world;
        match step {
            Step::Write(profile, change) => {
                self.write(&self.pks[profile], vec![change], true).await
            }
            Step::Import(profile, changes) => self.write(&self.pks[profile], changes, false).await,
            Step::Deliver(poller, invoked) => self.deliver(poller, invoked).await,
            Step::DeliverTwice(shard, invoked) => {
                let other = self.deliver(shard + SHARDS, invoked);
                tokio::join!(self.deliver(shard, invoked), other);
            }
            Step::Work(invoked, received) => self.work(invoked, received).await,
            Step::Rewind(poller, by) => {
                let mut state = world.state();
                let poller = &mut state.stream.pollers[poller];
                if !poller.is_busy {
                    poller.done = poller.done.saturating_sub(by);
                }
            }
            Step::Read(profile, date) => {
                let as_of = reader::date(date);
                read_meanwhile(world, &self.reader, &self.pks[profile], as_of).await;
            }
            Step::Rebuild(profile) => run_rebuild(world, &self.table, &self.pks[profile]).await,
            Step::Forget(profile) => run_forget(world, &self.table, &self.pks[profile]).await,
            Step::Foreign(shard) => {
                let pk = format!("LOCATION#{shard}");
                world.state().stream.add(&pk, "TXN#2025-01-01T10:00:00Z#a");
            }
        }
    }

    async fn write(&self, pk: &str, changes: Vec<Change>, is_straight: bool) {
        let table = if is_straight {
            &self.straight
        } else {
            &self.table
        };
        // A batch names a key once; the last change of it is the one that stays.
        let changes = changes
            .into_iter()
            .map(|change| (change.sk, change.content));
        let changes: BTreeMap<_, _> = changes.collect();
        let (mut puts, mut deletes) = (Vec::new(), Vec::new());
        for (sk, content) in &changes {
            match content {
                Some(content) => puts.push(attributes(&item(pk, sk, *content))),
                None => deletes.push(attributes(&json!({"pk": {"S": pk}, "sk": {"S": sk}}))),
            }
        }
        let counts = || {
            let state = self.world.state();
            let stored = state.stored.get(pk);
            stored.map_or((0, 0), |stored| (stored.puts, stored.deletions))
        };
        let before = counts();
        let expected = (before.0 + puts.len(), before.1 + deletes.len());
        let put = table.put_batch(puts).await;
        let deleted = table.delete_batch(deletes).await;
        let now = counts();
        if (put.is_ok() && now.0 < expected.0) || (deleted.is_ok() && now.1 < expected.1) {
            self.world
                .violated(format!("a write of {pk} leaves out items: {changes:?}"));
        }
        if is_straight && let Err(error) = put.and(deleted) {
            self.world
                .violated(format!("a write without faults fails: {error:?}"));
        }
    }

    async fn deliver(&self, poller: usize, invoked: Invoked) {
        let is_idle = {
            let state = self.world.state();
            !state.stream.pollers[poller].is_busy && !state.stream.next(poller).is_empty()
        };
        if is_idle {
            let function = self.function(poller);
            if !deliver(&self.world, &function, poller, invoked).await {
                self.kill(poller);
            }
        }
    }

    async fn work(&self, invoked: Invoked, received: Received) {
        // Each worker is a process of its own: messages may be worked on side by side.
        let function = Function::start("worker", &self.world, self.world.settings);
        work(&self.world, &function, invoked, received).await;
    }

    /// The function that is invoked by a poller, or a new one.
    fn function(&self, poller: usize) -> Arc<Function> {
        let mut function = self.functions[poller].lock().expect("no panic before");
        let name = ["poller 0", "poller 1", "poller 2", "poller 3"][poller];
        let new = || Function::start(name, &self.world, self.world.settings);
        Arc::clone(function.get_or_insert_with(new))
    }

    fn kill(&self, poller: usize) {
        *self.functions[poller].lock().expect("no panic before") = None;
    }

    /// Delivers everything that is due, until nothing is.
    pub async fn settle(&self) {
        for poller in 0..SHARDS {
            while !self.world.state().stream.next(poller).is_empty() {
                let before = self.world.state().violations.len();
                self.deliver(poller, WITHOUT_FAULTS).await;
                if self.world.state().violations.len() > before {
                    return;
                }
            }
        }
        loop {
            let due = self.world.state().queue.due();
            let Some(due) = due else { break };
            sleep_until(due).await;
            let before = self.world.state().violations.len();
            self.work(WITHOUT_FAULTS, Received::Due).await;
            if self.world.state().violations.len() > before {
                return;
            }
        }
    }
}
