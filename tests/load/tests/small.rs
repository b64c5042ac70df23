//! Two small loads: one where everything holds, and one where nothing does.
//!
//! They ask few questions at a time, so that no answer takes the seconds after which the API gives up, on a slow machine too. They
//! run one after the other for the same reason.

#![expect(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::process::Command;

/// Runs a load; returns its exit code and all that it printed.
fn load(flags: &str) -> (Option<i32>, String) {
    let few = "--writers 1 --readers 1 --gets 2 --probes 1";
    let output = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(few.split(' ').chain(flags.split(' ')))
        .output()
        .unwrap();
    let printed = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    (output.status.code(), printed.concat())
}

#[test]
fn small_loads() {
    every_profile_has_its_figures();
    what_is_lost_is_found_out();
}

fn every_profile_has_its_figures() {
    let (code, printed) = load("--transactions 2000 --profiles 100 --edits 20");
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("| GETs that failed | 0 "), "{printed}");
    assert!(printed.contains(" KB before the first"), "{printed}");
    assert!(printed.contains("| warnings and errors | 0 |"), "{printed}");
    assert!(printed.contains("| verified | 100 profiles, "), "{printed}");
    assert!(printed.contains(": 0 differ |"), "{printed}");
}

fn what_is_lost_is_found_out() {
    let lost = "--lose-write 150 --lose-purchase --lost-after 2";
    let (code, printed) = load(&format!("--transactions 300 --profiles 20 {lost}"));
    assert_eq!(code, Some(3), "{printed}");
    assert!(printed.contains(": spend_all: expected "), "{printed}");
    assert!(
        printed.contains(" purchases of probes did not show within 2 s"),
        "{printed}"
    );
}
