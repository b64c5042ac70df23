//! What a recalculation would come to, without writing anything.

use calculation::{Currency, Ledger};

use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::source::Budget;
use crate::store::Table;

/// How many items are read at most; and how many pages, each of which DynamoDB ends at 1 MB.
const MAX_ITEMS: u64 = 50_000;
const MAX_PAGES: u64 = 8;

impl Table {
    /// The ledger of everything that is stored of a profile, read strongly consistent. Nothing is written.
    ///
    /// # Errors
    ///
    /// A request failed, or the profile has more than 50,000 items or 8 MB.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use table::ProfileId;
    ///
    /// let ada = ProfileId::parse("ada").expect("a valid id");
    /// let ledger = table.calculated_now(&ada, None).await?;
    /// println!("{}", ledger.exists());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn calculated_now(
        &self,
        profile: &ProfileId,
        currency: Option<Currency>,
    ) -> Result<Ledger, TableError> {
        let budget = Budget::new(Some(MAX_ITEMS)).with_pages(MAX_PAGES);
        let (ledger, _) = self.rebuild(profile, currency, &budget).await?;
        Ok(ledger)
    }
}
