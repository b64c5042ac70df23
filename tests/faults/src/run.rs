//! Runs a schedule: its steps, and then everything that is due until nothing is.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use proptest::strategy::ValueTree;
use table::Settings;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::checks;
use crate::engine::Engine;
use crate::function::refill;
use crate::report::Figures;
use crate::running::Running;
use crate::schedule::{PROFILES, Schedule, schedule_of};
use crate::state::World;

/// Rounds after which everything must be quiet: one, and one for what took effect late.
const MAX_ROUNDS: u32 = 4;

/// Where schedules run: one DynamoDB, other profiles in each.
#[derive(Debug)]
pub struct Runner {
    engine: Engine,
    table: String,
    schedules: u64,
    /// What happened in the last schedule, line by line.
    pub trace: Vec<String>,
}

impl Runner {
    /// One on an empty table of its own.
    pub fn start() -> Self {
        // A DynamoDB that goes on may have that of an earlier run.
        let now = Utc::now().timestamp_nanos_opt().unwrap_or_default();
        let table = format!("faults-{now}");
        Self {
            engine: Engine::start(&table),
            table,
            schedules: 0,
            trace: Vec::new(),
        }
    }

    /// Runs the schedule of a seed.
    ///
    /// # Errors
    ///
    /// What should never have been.
    pub fn run_seed(&mut self, seed: u64) -> Result<Figures, String> {
        self.run(&schedule_of(seed).current())
    }

    /// Runs a schedule.
    ///
    /// # Errors
    ///
    /// What should never have been.
    ///
    /// # Panics
    ///
    /// There is no runtime to be had.
    pub fn run(&mut self, schedule: &Schedule) -> Result<Figures, String> {
        self.schedules += 1;
        let settings = Settings {
            closing: schedule.closing,
            ..Settings::default()
        };
        let plan = schedule.faults.clone();
        let (engine, table) = (self.engine.clone(), self.table.clone());
        let pks = (0..PROFILES).map(|profile| format!("PROFILE#s{}-{profile}", self.schedules));
        fastrand::seed(schedule.jitter);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let runtime = runtime.expect("a runtime");
        let (figures, trace) = runtime.block_on(async move {
            let world = Arc::new(World::new(engine, table, settings, plan));
            let running = Running::new(Arc::clone(&world), pks.collect());
            let figures = run(Arc::new(running), schedule).await;
            (figures, std::mem::take(&mut world.state().trace))
        });
        self.trace = trace;
        figures
    }
}

async fn run(running: Arc<Running>, schedule: &Schedule) -> Result<Figures, String> {
    let world = Arc::clone(&running.world);
    world.state().is_quiet = true;
    running.begin(schedule.history.clone()).await;
    world.state().is_quiet = false;
    let mut tasks = JoinSet::new();
    for (pause, step) in &schedule.steps {
        sleep(Duration::from_millis(*pause)).await;
        let step = step.clone();
        let running = Arc::clone(&running);
        tasks.spawn(async move { running.take(step).await });
        // It begins before the next one.
        tokio::task::yield_now().await;
    }
    world.state().is_quiet = true;
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            world.violated(format!("something panicked: {error}"));
        }
    }
    world.state().is_settled = true;
    world.note(|| "the faults are over".to_owned());
    for round in 0.. {
        running.settle().await;
        world.release();
        let state = world.state();
        if state.stream.is_drained() && state.queue.left() == 0 {
            break;
        }
        drop(state);
        if round == MAX_ROUNDS {
            world.violated("the stream never becomes quiet");
            break;
        }
    }
    checks::check(&world, &running.pks).await;
    refill(&world).await;
    let mut state = world.state();
    state.figures.schedules = 1;
    match state.violations.is_empty() {
        true => Ok(state.figures.clone()),
        false => Err(state.violations.join("\n")),
    }
}
