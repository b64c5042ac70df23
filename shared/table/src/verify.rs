//! Verifies a profile beside live traffic, by looking several times.

use std::collections::BTreeSet;
use std::time::Duration;

use calculation::{Currency, Difference, Ledger};
use tokio::time::{self, sleep};

use crate::comparison::{Discrepancy, Seen, StoredProfile, Verdict};
use crate::error::TableError;
use crate::profile_id::ProfileId;
use crate::settings::Settings;
use crate::store::Table;

/// How long something has to stay as it is before it is called wrong: a purchase that was just written is calculated by then.
const PATIENCE: Duration = Duration::from_secs(3);
/// The pause between two looks at a profile.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a profile is looked at that keeps changing.
const MAX_LOOKS: u32 = 10;

impl Table {
    /// Compares what is derived of a profile, archive items too, with a calculation from nothing. `None` if it is the same.
    ///
    /// Everything is read strongly consistent. What differs is looked at again for some seconds, until it neither changes nor
    /// is in order: beside live traffic the stream is a moment behind. An empty derived item of nothing, which a late writer can
    /// leave, is deleted.
    ///
    /// # Errors
    ///
    /// A request failed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::TableError> {
    /// use table::{ProfileId, Settings};
    ///
    /// let ada = ProfileId::parse("ada").expect("a valid id");
    /// if let Some(discrepancy) = table.verify(&Settings::default(), &ada).await? {
    ///     println!("ada {discrepancy}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify(
        &self,
        settings: &Settings,
        profile: &ProfileId,
    ) -> Result<Option<Discrepancy>, TableError> {
        let mut last: Option<(Seen, time::Instant)> = None;
        let mut changes = Changes::default();
        for _ in 0..MAX_LOOKS {
            let stored = self.stored(profile, settings.currency).await?;
            let (verdict, seen) = stored.compare(profile, settings);
            let discrepancy = match verdict {
                Verdict::Exact => return Ok(None),
                Verdict::EmptyOfNothing(version, archive) => {
                    // If that loses the race, somebody is at work on it, and nothing is wrong.
                    self.delete(profile, &archive, &version).await?;
                    return Ok(None);
                }
                Verdict::Wrong(discrepancy) => discrepancy,
            };
            let since = match &last {
                Some((before, since)) if *before == seen => *since,
                _ => time::Instant::now(),
            };
            if since.elapsed() >= PATIENCE {
                return Ok(Some(discrepancy));
            }
            changes.see(
                &discrepancy,
                last.as_ref().map(|((_, before), _)| before),
                &seen.1,
            );
            last = Some((seen, since));
            sleep(PAUSE).await;
        }
        Ok(changes.wrong())
    }

    /// Everything that is stored of a profile, strongly consistent.
    async fn stored(
        &self,
        profile: &ProfileId,
        currency: Option<Currency>,
    ) -> Result<StoredProfile, TableError> {
        let mut stored = StoredProfile::new(currency);
        self.all_items(profile, |key, item| stored.add(key, item))
            .await?;
        Ok(stored)
    }
}

/// What was seen of a profile that keeps changing.
#[derive(Default)]
struct Changes {
    /// What the calculation differed in at each look at which it did.
    always: Option<BTreeSet<Difference>>,
    /// Whatever else was wrong, look by look.
    others: Vec<Discrepancy>,
    /// What was written between the looks.
    written: BTreeSet<Difference>,
}

impl Changes {
    fn see(&mut self, discrepancy: &Discrepancy, before: Option<&Ledger>, truth: &Ledger) {
        let written = before.into_iter();
        self.written
            .extend(written.flat_map(|before| before.differences(truth)));
        let Discrepancy::Calculation(differences) = discrepancy else {
            self.others.push(discrepancy.clone());
            return;
        };
        let mut differences: BTreeSet<_> = differences.iter().copied().collect();
        if let Some(always) = &self.always {
            differences.retain(|difference| always.contains(difference));
        }
        self.always = Some(differences);
    }

    /// What differed all the time without being written, as the stream is always a moment behind a writer that never rests; or what
    /// else was wrong at two looks: a single one may have fallen between two items of one transaction.
    fn wrong(self) -> Option<Discrepancy> {
        let mut seen = Vec::new();
        for other in self.others {
            if seen.contains(&other) {
                return Some(other);
            }
            seen.push(other);
        }
        let always = self.always.unwrap_or_default();
        let wrong: Vec<_> = always.difference(&self.written).copied().collect();
        (!wrong.is_empty()).then_some(Discrepancy::Calculation(wrong))
    }
}
