//! What a reader reads: the derived item, and its archive if the date asks for it.

use chrono::NaiveDate;

use crate::back_off::back_off;
use crate::derived::{Derived, StoredLedger};
use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::store::{Consistency, Table};

/// How often derived item and archive are read again, strongly consistent, when they do not belong together: a recalculation
/// came in between.
const STRONG_READS: u32 = 3;

impl Table {
    /// Reads what a document as of `date` takes: one GetItem, and for a date whose windows reach closed days one Query of the
    /// archive.
    ///
    /// # Errors
    ///
    /// A request failed, or the archive repeatedly did not belong to the derived item. A ledger that cannot be read is
    /// no error here.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use calculation::parse_date;
    /// use table::ProfileId;
    ///
    /// let ada = ProfileId::parse("ada").expect("a valid id");
    /// let date = parse_date("2026-01-31").expect("a valid date");
    /// if let Some(derived) = table.derived_as_of(&ada, date).await? {
    ///     println!("calculated at {:?}", derived.calculated_at);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn derived_as_of(
        &self,
        profile: &ProfileId,
        date: NaiveDate,
    ) -> Result<Option<Derived>, TableError> {
        let mut reads = 0;
        loop {
            let consistency = match reads {
                0 => Consistency::Eventual,
                _ => Consistency::Strong,
            };
            let Some(mut derived) = self.derived(profile, consistency).await? else {
                return Ok(None);
            };
            let StoredLedger::Usable(ledger) = &mut derived.ledger else {
                return Ok(Some(derived));
            };
            if !ledger.needs_archive(date) {
                return Ok(Some(derived));
            }
            let archive = self.archive(profile, consistency).await?;
            match ledger.take_in(profile.as_str(), archive.items) {
                Ok(()) => return Ok(Some(derived)),
                Err(error) if reads == STRONG_READS => return Err(TableError::Archive(error)),
                Err(_) => reads += 1,
            }
            back_off(reads).await;
        }
    }
}
