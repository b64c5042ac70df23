//! Work on the whole customer base: profile after profile, some of them side by side.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use calculation::Currency;
use chrono::Utc;
use futures::{Stream, StreamExt};

use crate::back_off::back_off;
use crate::comparison::{A_FIGURE, Discrepancy, StoredProfile, Verdict};
use crate::derived::{Derived, StoredLedger};
use crate::error::TableError;
use crate::keys::SortKey;
use crate::profile_id::ProfileId;
use crate::recalculation::{Written, rebuild};
use crate::scan::{FoundProfile, Position, Scanned, Segment};
use crate::settings::Settings;
use crate::store::Table;

/// Profiles that are rebuilt, or looked at again, side by side.
const SIDE_BY_SIDE: usize = 32;
/// How often a profile is tried, where live traffic is faster or DynamoDB lacks the capacity; each try is several attempts, and the
/// pauses between them come to about ten seconds.
const TRIES: u32 = 16;
/// How long a profile is tried: an attempt may itself take minutes where nothing answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// Profiles that are asked with which settings they were calculated, of those that were.
const ASKED: usize = 20;
/// Profiles that are looked at to find these.
const LOOKED_AT: usize = 1_000;

/// What is done to each profile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Task {
    /// Compare what is derived of it with a calculation from nothing, see [`Table::verify`].
    Verify,
    /// Calculate it from nothing, see [`rebuild`].
    Rebuild,
}

/// What became of a profile.
#[derive(Debug)]
pub enum Verified {
    /// It is in order, or was rebuilt.
    InOrder,
    /// What is derived of it is wrong.
    Differs(Discrepancy),
    /// It cannot be rebuilt: its derived item would be larger than DynamoDB allows.
    TooLarge,
    /// A request for it failed.
    Failed(TableError),
}

/// A profile that is done.
#[derive(Debug)]
pub struct Done {
    /// The profile.
    pub profile: ProfileId,
    /// Where a scan goes on behind it.
    pub end: Position,
    /// How many items were scanned for it.
    pub items: u64,
    /// What became of it.
    pub verified: Verified,
}

/// Verifies or rebuilds one profile.
///
/// # Examples
///
/// ```no_run
/// # async fn example(table: table::Table) {
/// use table::{ProfileId, Settings, Task, Verified, work_on};
///
/// let ada = ProfileId::parse("ada").expect("a valid id");
/// if let Verified::Differs(discrepancy) = work_on(&table, &Settings::default(), Task::Verify, &ada).await {
///     println!("ada {discrepancy}");
/// }
/// # }
/// ```
pub async fn work_on(
    table: &Table,
    settings: &Settings,
    task: Task,
    profile: &ProfileId,
) -> Verified {
    let (mut tries, began) = (0, Instant::now());
    loop {
        let error = match attempt(table, settings, task, profile).await {
            Ok(verified) => return verified,
            Err(error) => error,
        };
        tries += 1;
        let may_pass = error.is_unavailable() || matches!(error, TableError::LostRaces(_));
        if !may_pass || tries == TRIES || began.elapsed() >= PATIENCE {
            return Verified::Failed(error);
        }
        back_off(tries).await;
    }
}

async fn attempt(
    table: &Table,
    settings: &Settings,
    task: Task,
    profile: &ProfileId,
) -> Result<Verified, TableError> {
    Ok(match task {
        Task::Verify => match table.verify(settings, profile).await? {
            None => Verified::InOrder,
            Some(discrepancy) => Verified::Differs(discrepancy),
        },
        Task::Rebuild => match rebuild(table, settings, profile, Utc::now).await?.written {
            Written::Incomplete => Verified::TooLarge,
            Written::Put | Written::Deleted => Verified::InOrder,
        },
    })
}

/// Verifies or rebuilds all profiles of a part of the table, from `from` on, in the order of a scan. What it yields is done, so
/// from the end of the last one another call can go on.
///
/// To verify, everything is read by the scan alone, at half the price of strongly consistent reads; only what differs is read
/// again, by [`Table::verify`].
///
/// # Errors
///
/// The scan failed, which ends it.
///
/// # Examples
///
/// ```no_run
/// # async fn example(table: table::Table) -> Result<(), table::TableError> {
/// use std::pin::pin;
///
/// use futures::TryStreamExt;
/// use table::{Segment, Settings, Task, work_through};
///
/// let settings = Settings::default();
/// let mut done = pin!(work_through(&table, &settings, Task::Verify, Segment::WHOLE, None));
/// while let Some(done) = done.try_next().await? {
///     println!("{} {:?}", done.profile, done.verified);
/// }
/// # Ok(())
/// # }
/// ```
pub fn work_through(
    table: &Table,
    settings: &Settings,
    task: Task,
    segment: Segment,
    from: Option<Position>,
) -> impl Stream<Item = Result<Done, TableError>> + use<> {
    let scanned = match task {
        Task::Verify => Scanned::Items,
        Task::Rebuild => Scanned::Keys,
    };
    let (table, settings) = (table.clone(), *settings);
    let scan = table.scan(segment, from, scanned);
    let new = move || StoredProfile::new(settings.currency);
    let found = scan.profiles(new, StoredProfile::add);
    found
        .map(move |found| {
            let table = table.clone();
            async move {
                let (found, stored) = found?;
                let FoundProfile {
                    profile,
                    end,
                    items,
                } = found;
                let is_exact = || matches!(stored.compare(&profile, &settings).0, Verdict::Exact);
                let verified = if task == Task::Verify && is_exact() {
                    Verified::InOrder
                } else {
                    work_on(&table, &settings, task, &profile).await
                };
                Ok(Done {
                    profile,
                    end,
                    items,
                    verified,
                })
            }
        })
        .buffered(SIDE_BY_SIDE)
}

impl Table {
    /// Up to `count` profiles, each behind a random place of a scan.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub async fn random_profiles(&self, count: usize) -> Result<HashSet<ProfileId>, TableError> {
        let mut found = HashSet::new();
        while found.len() < count {
            let from = Some(Position::random());
            let mut scan = self.scan(Segment::WHOLE, from, Scanned::Keys);
            scan.read_few();
            loop {
                match scan.next(|_, _| {}).await? {
                    Some(next) if found.insert(next.profile.clone()) => break,
                    Some(_) => {}
                    // Little is left that is not found yet.
                    None => return self.first_profiles(count, found).await,
                }
            }
        }
        Ok(found)
    }

    /// Profiles from the beginning of a scan, until there are `count` with those that are found already.
    async fn first_profiles(
        &self,
        count: usize,
        mut found: HashSet<ProfileId>,
    ) -> Result<HashSet<ProfileId>, TableError> {
        let mut scan = self.scan(Segment::WHOLE, None, Scanned::Keys);
        while found.len() < count
            && let Some(next) = scan.next(|_, _| {}).await?
        {
            found.insert(next.profile);
        }
        Ok(found)
    }

    /// What the first derived items that a scan comes by say of the settings with which they were calculated.
    ///
    /// # Errors
    ///
    /// A request failed.
    pub async fn stored_settings(&self) -> Result<StoredSettings, TableError> {
        let mut scan = self.scan(Segment::WHOLE, None, Scanned::Items);
        let mut stored = StoredSettings::default();
        for _ in 0..LOOKED_AT {
            let mut derived = None;
            let found = scan.next(|key, item| {
                if key == SortKey::Derived {
                    derived = Some(item);
                }
            });
            let Some(found) = found.await? else { break };
            let Some(item) = derived else { continue };
            let has_figures = item.contains_key(A_FIGURE);
            let StoredLedger::Usable(ledger) = Derived::read(&found.profile, item).ledger else {
                continue;
            };
            stored.currencies.insert(ledger.currency());
            match has_figures {
                true => stored.with_figures += 1,
                false => stored.without_figures += 1,
            }
            if stored.with_figures + stored.without_figures == ASKED {
                break;
            }
        }
        Ok(stored)
    }
}

/// What some derived items say of the settings with which they were calculated.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StoredSettings {
    /// The currencies of their figures; `None` is no particular one.
    pub currencies: BTreeSet<Option<Currency>>,
    /// How many of them have figures beside the ledger.
    pub with_figures: usize,
    /// How many have none.
    pub without_figures: usize,
}
