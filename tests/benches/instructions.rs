//! How many instructions each step takes, counted under callgrind, so that no machine's speed matters:
//!
//! ```sh
//! cargo bench -p benchmarks --no-default-features --bench instructions
//! ```

#![expect(missing_docs, reason = "the macros make public items")]

use std::hint::black_box;

use benchmarks::{Get, History, PROFILE, Recalculation, request};
use calculation::{Ledger, Tag, evaluate};
use gungraun::{library_benchmark, library_benchmark_group, main};
use lambda_http::{Body, Request, Response};
use table::Outcome;

fn folded(days: u32) -> (History, Ledger) {
    let history = History::new(days);
    let ledger = history.fold();
    (history, ledger)
}

fn stored(days: u32) -> (History, Vec<u8>) {
    let history = History::new(days);
    let bytes = history.bytes();
    (history, bytes)
}

fn get(days: u32) -> (Get, Request) {
    (Get::new(&History::new(days)), request())
}

fn recalculation(days: u32) -> Recalculation {
    Recalculation::new(&History::new(days))
}

#[library_benchmark]
#[bench::transactions_1000(History::new(1_000))]
fn fold(history: History) -> (History, Ledger) {
    let ledger = black_box(&history).fold();
    (history, ledger)
}

#[library_benchmark]
#[bench::days_1(args = (1), setup = folded)]
#[bench::days_100(args = (100), setup = folded)]
#[bench::days_1000(args = (1_000), setup = folded)]
#[bench::days_7300(args = (7_300), setup = folded)]
fn evaluation((history, ledger): (History, Ledger)) -> (History, Ledger) {
    black_box(evaluate(
        &ledger,
        PROFILE,
        history.today,
        &history.locations,
    ))
    .ok();
    (history, ledger)
}

#[library_benchmark]
#[bench::days_100(args = (100), setup = folded)]
#[bench::days_7300(args = (7_300), setup = folded)]
fn encode((history, ledger): (History, Ledger)) -> (History, Ledger) {
    black_box(ledger.encode(PROFILE, Tag::default()));
    (history, ledger)
}

#[library_benchmark]
#[bench::days_100(args = (100), setup = stored)]
#[bench::days_7300(args = (7_300), setup = stored)]
fn decode((history, bytes): (History, Vec<u8>)) -> (History, Vec<u8>) {
    black_box(Ledger::decode(PROFILE, &bytes)).ok();
    (history, bytes)
}

#[library_benchmark]
#[bench::days_100(args = (100), setup = folded)]
fn evaluate_and_render((history, ledger): (History, Ledger)) -> (History, Ledger) {
    black_box(history.document(&ledger));
    (history, ledger)
}

#[library_benchmark]
#[bench::days_100(args = (100), setup = stored)]
#[bench::days_800(args = (800), setup = stored)]
fn decode_evaluate_and_render((history, bytes): (History, Vec<u8>)) -> (History, Vec<u8>) {
    let ledger = Ledger::decode(PROFILE, &bytes);
    black_box(ledger.map(|ledger| history.document(&ledger))).ok();
    (history, bytes)
}

#[library_benchmark]
#[bench::days_100(args = (100), setup = get)]
fn get_handler((get, request): (Get, Request)) -> (Get, Response<Body>) {
    let response = get.answer(request);
    (get, response)
}

#[library_benchmark]
#[bench::days_100(args = (100), setup = get)]
fn get_call((get, request): (Get, Request)) -> (Get, Request) {
    black_box(get.call());
    (get, request)
}

#[library_benchmark]
#[bench::days_10(args = (10), setup = recalculation)]
#[bench::days_100(args = (100), setup = recalculation)]
#[bench::days_1000(args = (1_000), setup = recalculation)]
fn recalculate(recalculation: Recalculation) -> (Recalculation, Outcome) {
    let outcome = black_box(&recalculation).run();
    (recalculation, outcome)
}

library_benchmark_group!(
    name = steps,
    benchmarks = [
        fold,
        evaluation,
        encode,
        decode,
        evaluate_and_render,
        decode_evaluate_and_render,
        get_handler,
        get_call,
        recalculate,
    ]
);

main!(library_benchmark_groups = steps);
