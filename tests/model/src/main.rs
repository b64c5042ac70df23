//! Checks all scenarios and prints what that came to.

use std::io::{self, Write as _};
use std::process::ExitCode;

use protocol_model::{Design, SCENARIOS, check};

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout();
    let only = std::env::args().nth(1);
    for scenario in SCENARIOS {
        if only.as_ref().is_some_and(|only| !scenario.name.contains(only.as_str())) { continue; }
        let checked = check(Design::default(), scenario.clone(), None);
        writeln!(
            out,
            "{:45} {:>10} states {:>4} deep {:>7.1} s",
            scenario.name,
            checked.states,
            checked.depth,
            checked.time.as_secs_f64()
        )?;
        for (property, actions) in checked.broken {
            writeln!(out, "  BROKEN: {property}")?;
            for action in actions {
                writeln!(out, "    {:?}\n      {:?}", action.0, action.1)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
