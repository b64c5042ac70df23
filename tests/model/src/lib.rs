//! The recalculation protocol, model-checked.

mod archive;
mod check;
mod design;
mod model;
mod properties;
mod reader;
mod recalculation;
mod scenario;
mod scenarios;
mod source;
mod state;
mod steps;
mod stored;
mod worker;

pub use check::{Checked, check};
pub use design::{Design, Rule};
pub use model::{Action, Protocol};
pub use properties::{ENDS, EXACT, NO_LEFTOVERS, QUIET, TRUE_ONCE, WHOLE};
pub use reader::Reader;
pub use scenario::{Edit, Reading, Scenario};
pub use scenarios::{SCENARIOS, scenario};
pub use source::{Date, Totals};
pub use state::State;
pub use steps::Fate;
pub use stored::{Archived, Book, Change, Condition, Head, Stored, Version, Write};
pub use worker::{Answers, Changed, Origin, Task, Worker};
