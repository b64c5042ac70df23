//! The recalculation protocol, model-checked: `shared/table/src/recalculation.rs` says what it is.
//!
//! A [`Scenario`] names what is stored of one profile, what shops then write, and who is there. The check goes through every
//! order in which this can happen, one request at a time, and looks at every state on the way.
//!
//! # What can happen
//!
//! - A shop writes, edits or deletes; each change sends a record. Records come in any order, by themselves or as a batch, again
//!   after they are done, and again for as long as they are not.
//! - Recalculations run side by side. Each can crash before any of its requests. A write can take effect unanswered, be refused
//!   for a conflict, take effect later, when its sender has long given up, or take effect and come a second time.
//! - A recalculation can be handed over to the queue of unfinished profiles, with its keys or without; messages come twice, and go
//!   to the dead letters, from where somebody sends them again.
//! - A rebuild runs beside all that, and a reader of the past, who may be told what was stored before the last write.
//! - The Query of everything and that of the archive are no snapshots: writes come in between any two items.
//!
//! How often something goes wrong at the same time is bounded by the scenario: [`Scenario::late`] and [`Scenario::replays`].
//! Crashes, conflicts and lost answers are not. A version is a number that nobody knows, instead of a random one, so
//! there are finitely many states, and every one of them is looked at; the depth is not bounded. Workers are alike, so their order
//! is no difference.
//!
//! # What holds
//!
//! [`EXACT`], [`NO_LEFTOVERS`], [`WHOLE`], [`TRUE_ONCE`] and [`ENDS`]; and `tests/variants.rs` leaves out every [`Rule`] and
//! shows which of them no longer does.
//!
//! # What is the functions' own
//!
//! Folding, encoding, closing, tags and checks of archive items, what takes the archive and what a reader makes of it: ledgers and
//! archive items here are those of `calculation`, byte by byte. Only the order of requests is the model's
//! (`recalculation.rs`, `reader.rs`). `tests/same_as_real` leads it and the functions' code through the same
//! schedules, and compares each request and what is stored after it.
//!
//! # What is left out
//!
//! Profile records, addresses and keys without a date, which are parts like any date; the currency, and set-aside transactions that
//! run out, which lead to everything being read as `incomplete` does; the limits of a transaction; throttling, which is a crash; the
//! number of tries, since one may crash after any; times, so anything may take any time.
//!
//! # Examples
//!
//! ```
//! use protocol_model::{Design, EXACT, Rule, check, scenario};
//!
//! let scenario = scenario("the last one goes while another comes").expect("a scenario");
//! let design = Design::default().without(Rule::ConditionOfDelete);
//! let checked = check(design, scenario, Some(EXACT));
//! assert!(checked.broken.contains_key(EXACT));
//! ```

mod action;
mod archive;
mod check;
mod delivery;
mod design;
mod model;
mod properties;
mod protocol;
mod reader;
mod recalculation;
mod request;
mod scenario;
mod scenarios;
mod source;
mod state;
mod steps;
mod stored;
mod worker;

pub use action::Action;
pub use check::{Checked, check};
pub use design::{Design, Rule};
pub use properties::{ENDS, EXACT, NO_LEFTOVERS, QUIET, TRUE_ONCE, WHOLE};
pub use protocol::Protocol;
pub use reader::Reader;
pub use request::{Query, Request};
pub use scenario::{Edit, Reading, Scenario};
pub use scenarios::{SCENARIOS, scenario};
pub use source::{Date, Totals, told};
pub use state::State;
pub use steps::Fate;
pub use stored::{Archived, Book, Change, Condition, Head, Stored, Version, Write};
pub use worker::{Answers, Changed, Origin, Task, Worker};
