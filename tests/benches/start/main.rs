//! How long the read function takes from the start of its process to the first response, what a warm GET takes, how much memory
//! it has then and how large its file is: beside a bare function with one GetItem, `tests/benches/bare-function`, started in turns.
//!
//! ```sh
//! cargo bench -p benchmarks --bench start
//! ```
//!
//! It builds both as they are deployed, which takes cargo-lambda 1.9 (`pip install cargo-lambda ziglang`), and runs them on Linux
//! against stubs of Lambda's runtime interface and of DynamoDB on loopback. Arguments: a number of starts, or other files to
//! start in turns, the one to compare with last.
//!
//! Fails when the read function is slower to its first response than the bare one by more than noise, has more than 9 MB of memory,
//! or has a file of 6.5 MB or more.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints what it measures, and may fail loudly"
)]

mod process;
mod stub;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use process::{Measured, measure};
use stub::Stub;

/// How often each function is started.
const STARTS: usize = 100;
/// How much slower than the bare function a median may be and still count as noise.
const NOISE: f64 = 1.03;
const MAX_MEMORY_MB: f64 = 9.0;
const MAX_FILE_MB: f64 = 6.5;

#[tokio::main]
async fn main() -> ExitCode {
    let mut starts = STARTS;
    let mut files: Vec<PathBuf> = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(number) => starts = number,
            // Cargo's own.
            Err(_) if argument.starts_with("--") => {}
            Err(_) => files.push(argument.into()),
        }
    }
    if files.is_empty() {
        files.push(build("functions/get-aggregations", "release"));
        files.push(build("tests/benches/bare-function", "bare"));
    }
    let mut stub = Stub::start().await;
    let mut measured: Vec<Vec<Measured>> = files.iter().map(|_| Vec::new()).collect();
    // The first round fills the caches of the machine.
    for round in 0..=starts {
        // Another begins each round.
        for place in 0..files.len() {
            let number = (place + round) % files.len();
            let start = measure(&files[number], &mut stub).await;
            if round > 0 {
                measured[number].push(start);
            }
        }
    }
    report(&files, &measured)
}

/// Builds the function in a folder as it is deployed.
fn build(folder: &str, profile: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let status = Command::new("cargo")
        .args(["lambda", "build", "--locked", "--profile", profile])
        .current_dir(root.join(folder))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "cargo lambda build failed");
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| root.join("target"), PathBuf::from);
    let name = Path::new(folder).file_name().unwrap_or_default();
    target.join("lambda").join(name).join("bootstrap")
}

/// The middle of what `of` gives for each start.
fn median(measured: &[Measured], of: impl Fn(&Measured) -> f64) -> f64 {
    let mut values: Vec<f64> = measured.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What the benchmark judges by: milliseconds and megabytes.
struct Row {
    ready: f64,
    first: f64,
    resident: f64,
    size: f64,
}

fn report(files: &[PathBuf], measured: &[Vec<Measured>]) -> ExitCode {
    println!(
        "| file | ready, ms | first response, ms | CPU until then, ms | warm GET, ms | CPU of one, ms | resident, MB | file, MB |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut rows = Vec::new();
    for (file, measured) in files.iter().zip(measured) {
        let bytes = file.metadata().expect("the file is there").len();
        let millis =
            |of: fn(&Measured) -> Duration| median(measured, |start| of(start).as_secs_f64() * 1e3);
        let row = Row {
            ready: millis(|start| start.ready),
            first: millis(|start| start.first_response),
            resident: median(measured, |start| start.resident_kb as f64 * 1024.0 / 1e6),
            size: bytes as f64 / 1e6,
        };
        println!(
            "| {} | {:.1} | {:.1} | {:.2} | {:.3} | {:.3} | {:.2} | {:.2} |",
            file.display(),
            row.ready,
            row.first,
            millis(|start| start.cpu),
            millis(|start| start.warm),
            millis(|start| start.warm_cpu),
            row.resident,
            row.size,
        );
        rows.push(row);
    }
    let (read, bare) = (&rows[0], &rows[rows.len() - 1]);
    println!(
        "\nthe first takes {:.2} times as long as the last until it is ready, {:.2} times until its first response",
        read.ready / bare.ready,
        read.first / bare.first
    );
    let is_slow = read.first > bare.first * NOISE;
    if is_slow || read.resident > MAX_MEMORY_MB || read.size >= MAX_FILE_MB {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
