//! Forgetting a profile: everything that is stored under its id goes.

use std::time::Duration;

use tokio::time::sleep;

use chrono::Utc;

use crate::batch::{MAX_BATCH_ITEMS, PutBatchError};
use crate::error::TableError;
use crate::keys::SortKey;
use crate::profile_id::ProfileId;
use crate::recalculation::rebuild;
use crate::settings::Settings;
use crate::source::Attributes;
use crate::store::Table;

/// The pause between two looks at what is left.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether anything is left.
const MAX_LOOKS: u32 = 60;
/// So many looks in a row that find nothing: a recalculation that is late puts an empty item for a moment.
const EMPTY_LOOKS: u32 = 2;

/// What became of a profile that is to go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Forgotten {
    /// How many source items were deleted.
    pub deleted: u64,
    /// The sort keys of what is stored now: of what was written in the meantime.
    pub left: Vec<String>,
}

/// Why a profile could not be forgotten, or not wholly. Doing it again is safe.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// A request failed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Items could not be deleted.
    #[error(transparent)]
    Delete(#[from] PutBatchError),
}

/// Deletes everything that is stored of a profile, and looks whether anything is left: source items first, and then what was
/// derived of them, by the same protocol as every recalculation.
///
/// # Errors
///
/// A request failed.
///
/// # Examples
///
/// ```no_run
/// # async fn example(table: table::Table) -> Result<(), table::ForgetError> {
/// use table::{ProfileId, Settings, forget};
///
/// let ada = ProfileId::parse("ada").expect("a valid id");
/// let forgotten = forget(&table, &Settings::default(), &ada).await?;
/// println!("{} items deleted, {} left", forgotten.deleted, forgotten.left.len());
/// # Ok(())
/// # }
/// ```
pub async fn forget(
    table: &Table,
    settings: &Settings,
    profile: &ProfileId,
) -> Result<Forgotten, ForgetError> {
    let mut keys = table.sort_keys(profile).await?;
    keys.retain(|key| !is_derived(key));
    let partition = profile.partition().to_string();
    for batch in keys.chunks(MAX_BATCH_ITEMS) {
        let keys = batch.iter().map(|key| raw_key(&partition, key));
        table.delete_batch(keys.collect()).await?;
    }
    let deleted = u64::try_from(keys.len()).unwrap_or(u64::MAX);
    let left = table.await_nothing(settings, profile).await?;
    Ok(Forgotten { deleted, left })
}

impl Table {
    /// Waits until nothing is stored of a profile whose source items were deleted. Returns the sort keys of what is left.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub(crate) async fn await_nothing(
        &self,
        settings: &Settings,
        profile: &ProfileId,
    ) -> Result<Vec<String>, TableError> {
        let mut empty = 0;
        let mut left = Vec::new();
        for look in 0..MAX_LOOKS {
            if look > 0 {
                sleep(PAUSE).await;
            }
            left = self.sort_keys(profile).await?;
            // Somebody writes to it.
            if left.iter().any(|key| !is_derived(key)) {
                return Ok(left);
            }
            if left.is_empty() {
                empty += 1;
                if empty == EMPTY_LOOKS {
                    break;
                }
                continue;
            }
            empty = 0;
            match rebuild(self, settings, profile, Utc::now).await {
                // The stream's own recalculation is faster.
                Ok(_) | Err(TableError::LostRaces(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(left)
    }

    /// The sort keys of everything that is stored of a profile.
    async fn sort_keys(&self, profile: &ProfileId) -> Result<Vec<String>, TableError> {
        let items = self.everything(profile, Some("#sk")).await?;
        Ok(items.into_keys().collect())
    }
}

/// Whether a sort key is that of an item that recalculations write.
pub(crate) fn is_derived(sk: &str) -> bool {
    matches!(
        SortKey::parse(sk),
        Some(SortKey::Derived | SortKey::Archive(_))
    )
}

/// A key whose sort key may be any.
pub(crate) fn raw_key(partition: &str, sk: &str) -> Attributes {
    use aws_sdk_dynamodb::types::AttributeValue::S;
    Attributes::from([
        ("pk".to_owned(), S(partition.to_owned())),
        ("sk".to_owned(), S(sk.to_owned())),
    ])
}
