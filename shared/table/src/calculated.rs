//! Whether what a profile's derived item says is what the table holds.

use std::collections::BTreeSet;

use calculation::{Ledger, Part};

use crate::budget::Budget;
use crate::derived::StoredLedger;
use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::store::{Consistency, Table};

impl Table {
    /// Whether a profile's derived item has what is stored of some of its parts: whether folding them anew, in the currency of
    /// the stored ledger, leaves the ledger as it is. A profile without a derived item has none of what is stored.
    ///
    /// The parts are read after the derived item and strongly consistent, so the answer is that of one moment. A writer that is
    /// at work may make it `false` for as long as its change takes to arrive.
    ///
    /// # Errors
    ///
    /// A request failed. A derived item that cannot be read, is incomplete or does not fit its archive is not calculated.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use std::collections::BTreeSet;
    ///
    /// use calculation::{Part, parse_date};
    /// use table::ProfileId;
    ///
    /// let ada = ProfileId::parse("ada").expect("a valid id");
    /// let date = parse_date("2026-01-31").expect("a valid date");
    /// let parts = BTreeSet::from([Part::Profile, Part::Date(date)]);
    /// println!("{}", if table.is_calculated(&ada, &parts).await? { "up to date" } else { "behind" });
    /// # Ok(())
    /// # }
    /// ```
    pub async fn is_calculated(
        &self,
        profile: &ProfileId,
        parts: &BTreeSet<Part>,
    ) -> Result<bool, TableError> {
        let derived = self.derived(profile, Consistency::Strong).await?;
        let mut stored = match derived.map(|derived| (derived.incomplete, derived.ledger)) {
            None => Ledger::default(),
            Some((None, StoredLedger::Usable(ledger))) => *ledger,
            Some(_) => return Ok(false),
        };
        if stored.parts_need_archive(parts) && stored.has_unread_archive() {
            let archive = self.archive(profile, Consistency::Strong).await?;
            if stored.take_in(profile.as_str(), archive.items).is_err() {
                return Ok(false);
            }
        }
        let mut folded = stored.clone();
        let budget = Budget::new(None);
        let folds = self.parts(profile, parts, stored.currency(), &budget);
        for fold in folds.await? {
            folded.replace(fold);
        }
        Ok(folded == stored)
    }
}
