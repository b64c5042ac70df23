//! Seeds of schedules that failed once: a test runs them again.

use std::fs::{OpenOptions, read_to_string};
use std::io::Write;

use proptest::strategy::ValueTree;

use crate::run::Runner;
use crate::schedule::{Schedule, schedule_of};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/failed-seeds.txt");
/// How often a schedule that fails is tried to be made smaller.
const MAX_TRIES: u32 = 400;

/// The seeds that are kept.
///
/// # Panics
///
/// The file cannot be read.
pub fn kept() -> Vec<u64> {
    let text = read_to_string(FILE).expect("the file of failed seeds");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let seeds = lines.filter_map(|line| line.split_whitespace().next());
    seeds.map(|seed| seed.parse().expect("a seed")).collect()
}

/// Keeps a seed.
///
/// # Panics
///
/// The file cannot be written.
pub fn keep(seed: u64) {
    if !kept().contains(&seed) {
        let mut file = OpenOptions::new()
            .append(true)
            .open(FILE)
            .expect("the file");
        writeln!(file, "{seed}").expect("a line");
    }
}

/// The smallest schedule that fails, of those that a seed's can be made into, and how it fails.
pub fn smallest(runner: &mut Runner, seed: u64) -> Option<(Schedule, String)> {
    let mut tree = schedule_of(seed);
    let mut smallest = None;
    for _ in 0..MAX_TRIES {
        let schedule = tree.current();
        let goes_on = match runner.run(&schedule) {
            Err(why) => {
                smallest = Some((schedule, why));
                tree.simplify()
            }
            Ok(_) => tree.complicate(),
        };
        if !goes_on {
            break;
        }
    }
    smallest
}
