//! `aggregations export`: the documents of all profiles, as of a date.

mod arguments;
mod document;
mod error;
mod fields;
mod output;
mod report;

use std::pin::pin;
use std::sync::Arc;

use chrono::Utc;
use futures::{StreamExt, TryStreamExt};
use table::Segment;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinSet;

pub use arguments::Arguments;
pub use error::ExportError;
pub use report::Counts;

use crate::signals::Signals;
use crate::target::Target;
use document::{Document, Documents, Exported, Rows};
use output::Output;
use report::Report;

/// Profiles of a segment whose locations are read side by side.
const SIDE_BY_SIDE: usize = 32;
/// What the segments may be ahead of what is written.
const AHEAD: usize = 64;

/// Writes the documents of all profiles, and tells on the standard error which could not be read.
///
/// # Errors
///
/// The table cannot be used, or the documents cannot be written. A file that was to be written is as it was. A reader of the
/// standard output that has gone is none: it had enough.
pub async fn run(arguments: Arguments) -> Result<Counts, ExportError> {
    let target = Target::open(&arguments.place).await?;
    let as_of = arguments.as_of.unwrap_or_else(|| Utc::now().date_naive());
    let mut report = Report::begin(&arguments, &target, as_of).await;
    let output = Output::open(arguments.output.as_deref())?;
    let documents = Documents::new(target.table.clone(), as_of, Rows::new(&arguments));
    let written = write_all(&arguments, documents, output, &mut report);
    let written = match arguments.output {
        None => written.await,
        // Whoever is stopped leaves no half of a file behind.
        Some(_) => {
            let mut signals = Signals::new().map_err(ExportError::Signals)?;
            tokio::select! {
                written = written => written,
                () = signals.next() => Err(ExportError::Stopped),
            }
        }
    };
    match written {
        Err(error) if error.is_closed_pipe() => Ok(report.counts()),
        written => written.map(|()| report.end()),
    }
}

/// Makes the documents, segments side by side, and writes them as they come.
async fn write_all(
    arguments: &Arguments,
    documents: Documents,
    mut output: Output,
    report: &mut Report,
) -> Result<(), ExportError> {
    output.write(&documents.header()?)?;
    let documents = Arc::new(documents);
    let (sender, mut receiver) = mpsc::channel(AHEAD);
    let mut segments = JoinSet::new();
    for segment in arguments.segments() {
        segments.spawn(read(Arc::clone(&documents), segment, sender.clone()));
    }
    drop(sender);
    while let Some(exported) = receiver.recv().await {
        let exported: Exported = exported?;
        if let Document::Row(row) = &exported.document {
            output.write(row)?;
        }
        report.add(&exported);
    }
    // A segment that broke off would be missing without a word.
    while let Some(ended) = segments.join_next().await {
        ended?;
    }
    output.finish()
}

/// Reads a segment to its end, or until nobody listens any more because something failed.
async fn read(
    documents: Arc<Documents>,
    segment: Segment,
    sender: Sender<Result<Exported, ExportError>>,
) {
    let scanned = documents.scan(segment).map_err(ExportError::Table);
    let exported = scanned.map(|scanned| async { documents.make(scanned?).await });
    let mut exported = pin!(exported.buffer_unordered(SIDE_BY_SIDE));
    while let Some(exported) = exported.next().await {
        if sender.send(exported).await.is_err() {
            return;
        }
    }
}
