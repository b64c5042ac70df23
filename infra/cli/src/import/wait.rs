//! Waits until the profiles that were touched are calculated: until their ledgers have what is stored of the touched dates,
//! addresses and records. The files are read once more for it, so memory does not grow with them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use calculation::Part;
use futures::stream::{self, StreamExt, TryStreamExt};
use table::{ProfileId, Table, changed_part};
use tokio::time::{Instant, sleep};
use xxhash_rust::xxh3::xxh3_64;

use super::error::ImportError;
use super::source::Source;
use super::summary::Waited;

/// Rows whose profiles are looked at together.
const ROWS: usize = 10_000;
/// Profiles that are looked at side by side.
const SIDE_BY_SIDE: usize = 16;
/// Pauses before profiles are looked at again: the first, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(2)];

type Touched = BTreeMap<ProfileId, BTreeSet<Part>>;

/// Waits for the profiles of some files, for some `seconds`; then looks at each of the others once.
pub(crate) async fn wait(
    table: &Table,
    sources: &[Source<'_>],
    seconds: u32,
) -> Result<Waited, ImportError> {
    let deadline = Instant::now() + Duration::from_secs(seconds.into());
    let (mut profiles, mut open) = (HashSet::new(), HashSet::new());
    for source in sources {
        let rows = source.rows("waiting for the profiles of")?;
        let touches = rows.map(|found| {
            let row = found?.row.ok();
            Ok(row.and_then(|row| changed_part(&row.pk, &row.sk)))
        });
        let mut touches = touches.filter_map(Result::transpose);
        loop {
            let some = touches.by_ref().take(ROWS);
            let some: Vec<(ProfileId, Part)> = some.collect::<Result<_, ImportError>>()?;
            let Some(last) = some.last() else { break };
            // The stream comes to it last: whoever looks at all of them before takes time from the calculation.
            until(table, touched([last.clone()]), deadline).await?;
            let touched = touched(some);
            profiles.extend(touched.keys().map(hash));
            let late = until(table, touched, deadline).await?;
            open.extend(late.keys().map(hash));
        }
    }
    Ok(Waited {
        profiles: profiles.len(),
        open: open.len(),
    })
}

fn touched(touches: impl IntoIterator<Item = (ProfileId, Part)>) -> Touched {
    let mut touched = Touched::new();
    for (profile, part) in touches {
        touched.entry(profile).or_default().insert(part);
    }
    touched
}

/// Waits for profiles; returns those that are not calculated at the deadline.
async fn until(
    table: &Table,
    mut open: Touched,
    deadline: Instant,
) -> Result<Touched, ImportError> {
    let [mut pause, longest] = PAUSES;
    loop {
        let looks = open.into_iter().map(|(profile, parts)| async move {
            let is_calculated = table.is_calculated(&profile, &parts).await?;
            Ok::<_, ImportError>((!is_calculated).then_some((profile, parts)))
        });
        let late = stream::iter(looks)
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect::<Vec<_>>();
        open = late.await?.into_iter().flatten().collect();
        if open.is_empty() || Instant::now() >= deadline {
            return Ok(open);
        }
        sleep(pause).await;
        pause = longest.min(pause * 2);
    }
}

fn hash(profile: &ProfileId) -> u64 {
    xxh3_64(profile.as_str().as_bytes())
}
