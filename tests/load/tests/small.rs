//! A small load, and one whose verification must fail.

#![expect(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::process::{Command, Output};

fn load(flags: &str) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load"));
    let output = command
        .args(flags.split(' '))
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let printed = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let printed = printed.concat();
    (output, printed)
}

#[test]
fn every_profile_has_its_figures_after_a_small_load() {
    let (output, printed) = load("--transactions 2000 --profiles 100");
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("| GETs that failed | 0 "), "{printed}");
    assert!(printed.contains("| verified | 100 profiles, "), "{printed}");
    assert!(printed.contains(": 0 differ |"), "{printed}");
}

#[test]
fn a_write_that_is_lost_is_found_out() {
    let (output, printed) = load("--transactions 300 --profiles 20 --lose-write 150");
    assert_eq!(output.status.code(), Some(3), "{printed}");
    assert!(printed.contains(": spend_all: expected "), "{printed}");
}
