//! How long each step takes:
//!
//! ```sh
//! cargo bench --profile release -p benchmarks --bench times
//! ```
//!
//! What is measured is what `instructions.rs` counts, and the emulator beside it.

#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use benchmarks::{Get, History, PROFILE, Recalculation, request};
use calculation::{Ledger, Tag, evaluate};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

fn fold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold");
    group.throughput(Throughput::Elements(1_000));
    let history = History::new(1_000);
    group.bench_function("transactions of 1000 days", |bencher| {
        // A ledger is freed before the next is made, as in a function; kept ones would make every fold one of cold memory.
        bencher.iter(|| history.fold());
    });
}

fn ledgers(criterion: &mut Criterion) {
    for days in [1, 100, 800, 1_000, 7_300] {
        let history = History::new(days);
        let ledger = history.fold();
        let bytes = history.bytes();
        criterion.bench_function(&format!("evaluate {days} days"), |bencher| {
            bencher.iter(|| {
                black_box(evaluate(
                    &ledger,
                    PROFILE,
                    history.today,
                    &history.locations,
                ))
                .ok();
            });
        });
        criterion.bench_function(&format!("encode {days} days"), |bencher| {
            bencher.iter(|| ledger.encode(PROFILE, Tag::default()));
        });
        criterion.bench_function(&format!("decode {days} days"), |bencher| {
            bencher.iter(|| Ledger::decode(PROFILE, &bytes));
        });
        criterion.bench_function(
            &format!("decode, evaluate and render {days} days"),
            |bencher| {
                bencher.iter(|| history.document(&Ledger::decode(PROFILE, &bytes).unwrap()));
            },
        );
    }
    let history = History::new(100);
    let ledger = history.fold();
    let document = evaluate(&ledger, PROFILE, history.today, &history.locations).unwrap();
    criterion.bench_function("render", |bencher| {
        bencher.iter(|| serde_json::to_string(&document).unwrap());
    });
}

fn functions(criterion: &mut Criterion) {
    for days in [100, 800] {
        let get = Get::new(&History::new(days));
        criterion.bench_function(&format!("GET of {days} days"), |bencher| {
            bencher.iter_batched(
                request,
                |request| get.answer(request),
                BatchSize::SmallInput,
            );
        });
        criterion.bench_function(&format!("GetItem of {days} days"), |bencher| {
            bencher.iter(|| get.call());
        });
        criterion.bench_function(
            &format!("GET of {days} days beside its GetItem"),
            |bencher| {
                bencher.iter_custom(|times| own_work(&get, times));
            },
        );
    }
    for days in [10, 1_000] {
        let recalculation = Recalculation::new(&History::new(days));
        criterion.bench_function(
            &format!("recalculate a purchase after {days} days"),
            |bencher| {
                bencher.iter(|| recalculation.run());
            },
        );
    }
}

/// The fewest turns whose medians tell the two apart.
const TURNS: u64 = 200;

/// How long so many answers take beside the call of the SDK in each: the difference of the medians, both measured in turns.
fn own_work(get: &Get, times: u64) -> Duration {
    let measure = |_| {
        let request = request();
        let before = Instant::now();
        black_box(get.answer(request));
        let between = Instant::now();
        black_box(get.call());
        (between - before, between.elapsed())
    };
    let (answers, calls) = (0..times.max(TURNS)).map(measure).unzip();
    let times = u32::try_from(times).unwrap();
    median(answers).saturating_sub(median(calls)) * times
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied().unwrap()
}

#[cfg(feature = "emulator")]
fn emulator(criterion: &mut Criterion) {
    let mut emulator = benchmarks::Emulator::start();
    criterion.bench_function("a handler that does nothing", |bencher| {
        bencher.iter(|| emulator.call());
    });
    criterion.bench_function("the same through the emulator", |bencher| {
        bencher.iter(|| emulator.ask());
    });
}

#[cfg(not(feature = "emulator"))]
fn emulator(_: &mut Criterion) {}

criterion_group!(steps, fold, ledgers, functions, emulator);
criterion_main!(steps);
