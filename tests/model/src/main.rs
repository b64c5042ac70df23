//! Checks the protocol in all scenarios, and prints how many states there are and what does not hold.
//!
//! ```text
//! cargo run --release -p protocol-model -- [--large] [--without RULE]... [SCENARIO]
//! ```

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use protocol_model::{Checked, Design, Rule, SCENARIOS, State, check};

const USAGE: &str = "usage: protocol-model [--large] [--without RULE]... [SCENARIO]";

/// What is asked for.
#[derive(Default)]
struct Asked {
    is_large: bool,
    design: Design,
    /// In which scenarios: those whose name contains it.
    name: String,
}

impl Asked {
    fn read(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut asked = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--large" => asked.is_large = true,
                "--without" => {
                    asked.design = asked.design.without(Rule::parse(&arguments.next()?)?)
                }
                name if !name.starts_with('-') => name.clone_into(&mut asked.name),
                _ => return None,
            }
        }
        Some(asked)
    }
}

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout();
    let Some(asked) = Asked::read(env::args().skip(1)) else {
        writeln!(io::stderr(), "{USAGE}\nrules: {:?}", Rule::ALL)?;
        return Ok(ExitCode::from(2));
    };
    let mut holds = true;
    for scenario in SCENARIOS
        .iter()
        .filter(|scenario| scenario.name.contains(&asked.name))
    {
        let mut scenario = scenario.clone();
        if asked.is_large {
            scenario = scenario.large();
        }
        let name = scenario.name;
        let checked = check(asked.design.clone(), scenario, None);
        let Checked {
            states,
            depth,
            time,
            broken,
        } = checked;
        let seconds = time.as_secs_f64();
        writeln!(
            out,
            "{name:40} {states:>10} states {depth:>4} deep {seconds:>7.1} s"
        )?;
        for (property, way) in broken {
            holds = false;
            writeln!(out, "  does not hold: {property}")?;
            for (state, action) in way {
                print(&mut out, &state)?;
                if let Some(action) = action {
                    writeln!(out, "    {action:?}")?;
                }
            }
        }
    }
    Ok(if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints what of a state tells most.
fn print(out: &mut impl io::Write, state: &State) -> io::Result<()> {
    writeln!(out, "      {:?} {:?}", state.source, state.stored)?;
    for worker in state.workers.iter().filter(|worker| worker.task.is_some()) {
        let changed = worker.task.as_ref().map(|task| &task.changed);
        writeln!(out, "        {changed:?} {:?}", worker.answers)?;
    }
    for late in &state.late {
        writeln!(out, "        late: {late:?}")?;
    }
    Ok(())
}
