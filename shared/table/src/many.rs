//! What documents of many profiles are made of.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};

use crate::batch_get::MAX_BATCH_KEYS;
use crate::derived::{DERIVED_ATTRIBUTES, Derived, StoredLedger};
use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::store::{Table, derived_key};

/// Profiles whose archive is read side by side.
const SIDE_BY_SIDE: usize = 8;

impl Table {
    /// Reads what documents of these profiles as of `date` take, in their order: BatchGetItems, and for each profile whose archive
    /// the date asks for what [`derived_as_of`](Self::derived_as_of) reads.
    ///
    /// # Errors
    ///
    /// As of [`derived_as_of`](Self::derived_as_of).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use calculation::parse_date;
    /// use table::ProfileId;
    ///
    /// let profiles = ["ada", "bob"].map(|id| ProfileId::parse(id).expect("a valid id"));
    /// let date = parse_date("2026-01-31").expect("a valid date");
    /// let derived = table.many_derived_as_of(&profiles, date).await?;
    /// assert_eq!(derived.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn many_derived_as_of(
        &self,
        profiles: &[ProfileId],
        date: NaiveDate,
    ) -> Result<Vec<Option<Derived>>, TableError> {
        let attributes: Vec<&str> = DERIVED_ATTRIBUTES.into_iter().chain(["pk"]).collect();
        let mut items = HashMap::new();
        for profiles in profiles.chunks(MAX_BATCH_KEYS) {
            let keys = profiles.iter().map(derived_key).collect();
            for item in self.batch_get(keys, &attributes).await? {
                if let Some(AttributeValue::S(pk)) = item.get("pk") {
                    items.insert(pk.clone(), item);
                }
            }
        }
        let reads: Vec<_> = profiles
            .iter()
            .map(|profile| {
                let item = items.remove(&profile.partition().to_string());
                let derived = item.map(|item| Derived::read(profile, item));
                self.with_archive(profile, derived, date)
            })
            .collect();
        stream::iter(reads)
            .buffered(SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    /// What was read, or what is read again with the archive if the date asks for it.
    async fn with_archive(
        &self,
        profile: &ProfileId,
        derived: Option<Derived>,
        date: NaiveDate,
    ) -> Result<Option<Derived>, TableError> {
        match derived {
            Some(derived) if derived.needs_archive(date) => self.derived_as_of(profile, date).await,
            derived => Ok(derived),
        }
    }
}

impl Derived {
    fn needs_archive(&self, date: NaiveDate) -> bool {
        match &self.ledger {
            StoredLedger::Usable(ledger) => ledger.needs_archive(date),
            StoredLedger::None | StoredLedger::Unusable(_) => false,
        }
    }
}
