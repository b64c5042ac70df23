//! The stream function, and tables: what sends requests.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use recalculate_aggregations::{Queue, RecalculateAggregations, SqsQueue};
use table::{ProfileId, Settings, Table, rebuild};
use test_support::{HttpRequest, body};

use crate::bounds::check_tries;
use crate::connection::{client, config_of};
use crate::layer::{Layer, Straight};
use crate::process::Process;
use crate::state::World;

/// The queue's URL, behind which nothing is.
const QUEUE: &str = "http://127.0.0.1:8000/queue";

/// The stream function in a process of its own.
#[derive(Debug)]
pub struct Function {
    /// Its process.
    pub process: Arc<Process>,
    /// Its handler.
    pub handler: RecalculateAggregations,
}

impl Function {
    /// Starts one.
    pub fn start(name: &'static str, world: &Arc<World>, settings: Settings) -> Arc<Self> {
        let process = Process::new(name, false);
        let layer = Layer {
            world: Arc::clone(world),
            process: Arc::clone(&process),
        };
        let config = config_of(layer);
        let table = Table::new(client(&config), &world.table);
        let queue = SqsQueue::new(&config, QUEUE.to_owned());
        let observed = (Arc::clone(world), Arc::clone(&process));
        let handler = RecalculateAggregations::new(table, settings)
            .with_queue(Arc::new(queue))
            .with_observer(move |profile, outcome| {
                let (world, process) = &observed;
                check_tries(world, outcome.lost_races);
                world.state().figures.recalculated(outcome.lost_races);
                let mut seen = process.seen();
                seen.recalculated.push(profile.as_str().to_owned());
                seen.lost_races = seen.lost_races.max(outcome.lost_races);
            });
        Arc::new(Self { process, handler })
    }
}

/// Gives back what retries took. The clients of the queue share what their retries draw on with all of the process, and a schedule must
/// not depend on those before it: a success gives back one, and a failed attempt took up to ten.
pub async fn refill(world: &Arc<World>) {
    let failed = world.state().queue_faults;
    let config = config_of(Straight(Arc::clone(world)));
    let queue = SqsQueue::new(&config, QUEUE.to_owned());
    for _ in 0..10 * failed {
        queue.put_off("nobody's", Duration::ZERO).await;
    }
}

/// The table past all faults.
pub fn straight(world: &Arc<World>) -> Table {
    let config = config_of(Straight(Arc::clone(world)));
    Table::new(client(&config), &world.table)
}

/// Another recalculation of the profile that a request is about, of everything.
pub async fn race(world: &Arc<World>, request: &HttpRequest) {
    let body = body(request);
    let id = body
        .split_once("PROFILE#")
        .and_then(|(_, rest)| rest.split('"').next());
    if let Some(profile) = id.and_then(|id| ProfileId::parse(id).ok()) {
        let settings = world.settings;
        if let Err(error) = rebuild(&straight(world), &settings, &profile, Utc::now).await {
            world.violated(format!("a recalculation without faults fails: {error:?}"));
        }
    }
}
