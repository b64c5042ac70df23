//! How long the local stack takes for imported purchases, until all of them are calculated:
//!
//! ```sh
//! cargo bench --profile release -p benchmarks --bench local_stack
//! ```
//!
//! Without `--profile release` it builds in half the time, and a row takes about a fifth longer.
//!
//! Fails when 60,000 rows take more than 1.5 times as long a row as 10,000, or 100,000 rows take a minute. Numbers of rows as
//! arguments measure those instead.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints what it measures, and may fail loudly"
)]

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aggregations::import;
use chrono::{Days, NaiveDate};
use clap::Parser;
use local_stack::{Options, Stack, Storage};
use tempfile::TempDir;

/// That of the command, whose local stack this is.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many rows are imported, each number into a stack of its own.
const ROWS: [u32; 3] = [10_000, 60_000, 100_000];
/// How many purchases a profile has.
const PURCHASES: u32 = 10;
/// How much longer a row of 60,000 may take than one of 10,000.
const LONGER: f64 = 1.5;
/// What 100,000 rows may take.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    import: import::Arguments,
}

/// What a number of rows took.
struct Run {
    rows: u32,
    imported: Duration,
    calculated: Duration,
}

impl Run {
    fn per_row(&self) -> f64 {
        self.calculated.as_secs_f64() / f64::from(self.rows)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let asked: Vec<u32> = std::env::args()
        .filter_map(|text| text.parse().ok())
        .collect();
    let asked = if asked.is_empty() {
        ROWS.to_vec()
    } else {
        asked
    };
    let mut is_slow = false;
    for storage in ["in memory", "kept"] {
        println!(
            "{storage}\n| rows | imported after | calculated after | a row |\n|---|---|---|---|"
        );
        let mut runs = Vec::new();
        for rows in &asked {
            let run = measure(*rows, storage == "kept").await;
            println!(
                "| {rows} | {:.1} s | {:.1} s | {:.0} µs |",
                run.imported.as_secs_f64(),
                run.calculated.as_secs_f64(),
                run.per_row() * 1e6,
            );
            is_slow |= run.rows == 100_000 && run.calculated > LIMIT;
            runs.push(run);
        }
        if let [few, many, ..] = runs.as_slice() {
            let ratio = many.per_row() / few.per_row();
            println!(
                "a row of {} takes {ratio:.2} times as long as one of {}\n",
                many.rows, few.rows
            );
            is_slow |= ratio > LONGER;
        }
    }
    if is_slow {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn measure(rows: u32, is_kept: bool) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let storage = if is_kept {
        Storage::Folder(folder.path().join("data"))
    } else {
        Storage::Memory
    };
    let options = Options {
        storage,
        ..Options::default()
    };
    let stack = Stack::start(options).await.unwrap();
    let file = purchases(&folder, rows);
    let arguments = ["import", &file, "--endpoint-url", stack.dynamodb_url()];
    let began = Instant::now();
    let command = Command::parse_from(arguments);
    import::run(command.import).await.unwrap();
    let imported = began.elapsed();
    stack.caught_up().await;
    let calculated = began.elapsed();
    assert!(stack.dead_letters().is_empty(), "records were given up");
    stack.stop().await;
    Run {
        rows,
        imported,
        calculated,
    }
}

/// A file of purchases, spread over customers and two years as they come in a shop: by date.
fn purchases(folder: &TempDir, rows: u32) -> String {
    let customers = rows / PURCHASES;
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    let mut text = "profile_id,transaction_id,transacted_at,total,location_id\n".to_owned();
    for row in 0..rows {
        let days = u64::from(row) * 730 / u64::from(rows);
        let date = first + Days::new(days);
        let (customer, cents) = (row % customers, 500 + row % 9_500);
        writeln!(
            text,
            "customer-{customer},order-{row},{date} 10:00:00,{}.{:02},{}",
            cents / 100,
            cents % 100,
            row % 20,
        )
        .unwrap();
    }
    let path = folder.path().join("purchases.csv");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}
