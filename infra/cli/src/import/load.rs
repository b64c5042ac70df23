//! Loads a file: looks at all its rows, then writes them.

use std::iter;
use std::time::Instant;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::batch::Batch;
use super::error::ImportError;
use super::kind::Kind;
use super::rejects::Rejects;
use super::repeats::Repeats;
use super::source::Source;
use super::summary::FileSummary;
use crate::target::Target;

/// Batches that are written at the same time.
const IN_FLIGHT: usize = 16;

/// Loads a file, to nowhere if there is no `target`.
pub(crate) async fn load(
    source: &Source<'_>,
    target: Option<&Target>,
) -> Result<FileSummary, ImportError> {
    let (started, delete) = (Instant::now(), source.flags.delete);
    let (mut done, mut rejected, mut replaced, mut derived) = (0, 0, 0, 0);
    let mut rejects = Rejects::of(source);
    let mut repeats = Repeats::find(source)?;
    let mut rows = source.rows("loading")?;
    let batches = iter::from_fn(|| Batch::read(&mut rows, &mut repeats, source.kind).transpose());
    let written = stream::iter(batches).map(|batch| async {
        match target {
            Some(target) => batch?.write(target).await,
            None => batch,
        }
    });
    let mut written = written.buffered(IN_FLIGHT);
    while let Some(batch) = written.try_next().await? {
        batch.rejected.iter().for_each(|found| rejects.add(found));
        done += batch.rows.len() + batch.again;
        rejected += batch.rejected.len();
        replaced += batch.replaced;
        derived += batch.derived;
    }
    let is_updated = matches!(source.kind, Kind::Profiles | Kind::Locations) && !delete;
    Ok(FileSummary {
        file: source.path.to_owned(),
        kind: source.kind,
        loaded: if delete { 0 } else { done },
        rejected,
        replaced: is_updated.then_some(replaced),
        deleted: if delete { done } else { 0 },
        derived,
        rejects: rejects.finish(),
        seconds: started.elapsed().as_secs_f64(),
    })
}
