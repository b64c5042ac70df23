//! `aggregations show`: the document of a profile, to be read at a glance.

mod arguments;
mod document;
mod error;
mod months;
mod page;
mod reasons;
mod words;

use std::io::{self, Write};

use calculation::{Aggregations, Explanation, evaluate, explain};
use chrono::Utc;
use serde::Serialize;
use table::{LocationMemory, StoredLedger};

pub use arguments::Arguments;
pub use error::ShowError;

use crate::target::Target;
use crate::terminal::wants_colour;
use document::Shown;
use page::Page;

/// Prints the document of a profile.
///
/// # Errors
///
/// There is no document, it cannot be read, or it cannot be printed.
pub async fn run(arguments: Arguments) -> Result<(), ShowError> {
    let Arguments { profile, .. } = &arguments;
    let target = Target::open(&arguments.place).await?;
    let now = Utc::now();
    let as_of = arguments.as_of.unwrap_or_else(|| now.date_naive());
    let derived = target.table.derived_as_of(profile, as_of).await?;
    let derived = derived.ok_or(ShowError::NoSuchProfile)?;
    let absent = || match &derived.incomplete {
        Some(reason) => ShowError::Incomplete(reason.clone()),
        None => ShowError::NoSuchProfile,
    };
    let ledger = match derived.ledger {
        StoredLedger::Usable(ledger) => ledger,
        StoredLedger::None => return Err(absent()),
        StoredLedger::Unusable(error) => return Err(error.into()),
    };
    let memory = LocationMemory::default();
    let ids = ledger.location_ids();
    let locations = memory.locations(&target.table, ids, now).await?.locations;
    let document = evaluate(&ledger, profile.as_str(), as_of, &locations)?.ok_or_else(absent)?;
    let explanation = match arguments.explain {
        true => explain(&ledger, as_of, &locations)?,
        false => None,
    };
    if arguments.json {
        let body = Body {
            document: &document,
            explanation: explanation.as_ref(),
        };
        return print(&format!("{}\n", serde_json::to_string(&body)?));
    }
    let mut page = Page::new(wants_colour(&io::stdout()));
    let shown = Shown {
        document: &document,
        explanation: explanation.as_ref(),
        ledger: &ledger,
        as_of,
        calculated_at: derived.calculated_at.as_deref(),
        incomplete: derived.incomplete.as_deref(),
    };
    shown.write(&mut page)?;
    print(page.text())
}

/// The body of a GET.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    document: &'a Aggregations<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a Explanation<'a>>,
}

/// Writes to the standard output; a reader that has gone is an error here, where `print!` would panic.
fn print(text: &str) -> Result<(), ShowError> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(ShowError::Output)
}
