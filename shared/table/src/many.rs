//! What documents of many profiles are made of.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::NaiveDate;
use futures::{Stream, StreamExt, stream};

use crate::batch_get::MAX_BATCH_KEYS;
use crate::derived::{DERIVED_ATTRIBUTES, Derived, StoredLedger};
use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::source::Attributes;
use crate::store::{Table, derived_key};

/// Profiles whose ledgers are read side by side.
const SIDE_BY_SIDE: usize = 8;

impl Table {
    /// Reads what documents of these profiles as of `date` take, in their order. The call reads the derived items with
    /// BatchGetItems, and holds them as they are stored. The stream decodes them, no more than 8 ahead of its reader, and reads
    /// what [`derived_as_of`](Self::derived_as_of) does for each profile whose archive the date asks for.
    ///
    /// # Errors
    ///
    /// Of the call: the derived items cannot be read. Of the stream: as of [`derived_as_of`](Self::derived_as_of).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use calculation::parse_date;
    /// use futures::TryStreamExt;
    /// use table::ProfileId;
    ///
    /// let profiles = ["ada", "bob"].map(|id| ProfileId::parse(id).expect("a valid id"));
    /// let date = parse_date("2026-01-31").expect("a valid date");
    /// let derived = table.many_derived_as_of(&profiles, date).await?;
    /// let derived: Vec<_> = derived.try_collect().await?;
    /// assert_eq!(derived.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn many_derived_as_of(
        &self,
        profiles: &[ProfileId],
        date: NaiveDate,
    ) -> Result<impl Stream<Item = Result<Option<Derived>, TableError>>, TableError> {
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
        let read = stream::iter(profiles).map(move |profile| {
            let item = items.remove(&profile.partition().to_string());
            self.with_archive(profile, item, date)
        });
        Ok(read.buffered(SIDE_BY_SIDE))
    }

    /// What an item holds, or what is read again with the archive if the date asks for it.
    async fn with_archive(
        &self,
        profile: &ProfileId,
        item: Option<Attributes>,
        date: NaiveDate,
    ) -> Result<Option<Derived>, TableError> {
        match item.map(|item| Derived::read(profile, item)) {
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
