//! What a recalculation would come to, without writing anything.

use calculation::{Currency, Ledger};

use crate::budget::Budget;
use crate::error::TableError;
use crate::profile_id::ProfileId;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use test_support::{Engine, TABLE, answer, hooked_client};

    use super::*;

    /// What a calculation comes to when each page has so many items and is never the last.
    async fn calculated(items: usize) -> Result<Ledger, TableError> {
        let engine = Engine::start().await;
        let item = r#"{"sk": {"S": "PROFILE"}}"#;
        let items = vec![item; items].join(",");
        let endless = move |number: usize, _: &_| {
            let key = format!(r#"{{"sk": {{"S": "TXN#{number}"}}}}"#);
            let page = format!(r#"{{"Items": [{items}], "LastEvaluatedKey": {key}}}"#);
            Box::pin(async move { Some(answer(200, page)) }) as _
        };
        let table = Table::new(hooked_client(&engine, Arc::new(endless)), TABLE);
        let profile = ProfileId::parse("p").unwrap();
        table.calculated_now(&profile, None).await
    }

    #[tokio::test]
    async fn a_profile_that_is_too_large_to_read_is_an_error() {
        let pages = calculated(1).await;
        assert!(matches!(pages, Err(TableError::TooManyPages(8))));
        let items = calculated(10_000).await;
        assert!(matches!(items, Err(TableError::TooManyItems(50_000))));
    }
}
