//! The table: keys, items, reads, the one conditional write, and the protocol that keeps derived items exact.
//!
//! Point-of-sale systems, web shops and imports write the source items (profiles, addresses, transactions, locations). [`recalculate`] alone writes
//! the derived item of a profile, which holds its ledger. Everything that the figures mean is in `calculation`; here is
//! only where it is stored and in which order it is read and written.

mod archive;
mod attributes;
mod back_off;
mod base;
mod batch;
mod batch_get;
mod budget;
mod calculated;
mod comparison;
mod derived;
mod documents;
mod error;
mod forget;
mod keys;
mod locations;
mod many;
mod merge;
mod printable;
mod profile_id;
mod reading;
mod recalculation;
mod right_now;
mod scan;
mod settings;
mod size;
mod source;
mod store;
mod verify;

pub use archive::Archive;
pub use attributes::{attributes, plain_item};
pub use back_off::back_off;
pub use base::{Done, StoredSettings, Task, Verified, work_on, work_through};
pub use batch::{MAX_BATCH_ITEMS, PutBatchError};
pub use comparison::Discrepancy;
pub use derived::{Derived, StoredLedger};
pub use documents::ScannedProfile;
pub use error::{TableError, is_throttling_code};
pub use forget::{ForgetError, Forgotten, forget};
pub use keys::{PartitionKey, SortKey, changed_part, key, keyed_item};
pub use locations::{FoundLocations, LocationMemory};
pub use merge::{Merged, merge};
pub use printable::printable;
pub use profile_id::{InvalidProfileId, ProfileId};
pub use recalculation::{Outcome, Written, rebuild, recalculate};
pub use scan::{Position, Segment};
pub use settings::{InvalidSetting, Settings};
pub use size::{MAX_ITEM_BYTES, item_size};
pub use store::{Consistency, Table};
