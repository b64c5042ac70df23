//! Metrics: CloudWatch's embedded metric format, one line an invocation, written when the invocation ends.

mod line;

use std::fmt;
use std::io::{self, Write};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::error;

pub use self::line::Line;
use crate::logs::chain;

/// What an invocation is measured by.
pub trait Measured {
    /// Names all that its line holds, in this order.
    fn describe<'a>(&'a self, line: &mut Line<'a>);
}

/// Where the metrics of an invocation go. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Metrics(Option<Arc<Output>>);

struct Output {
    function_name: String,
    write_line: Box<WriteLine>,
}

/// Writes one line.
type WriteLine = dyn Fn(&[u8]) -> io::Result<()> + Send + Sync;

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.as_ref().map(|output| &output.function_name);
        formatter.debug_tuple("Metrics").field(&name).finish()
    }
}

impl Metrics {
    /// Writes the line of `measurements`, at once: a function may be frozen as soon as it answered.
    pub fn write(&self, measurements: &impl Measured) {
        let Some(output) = &self.0 else { return };
        let mut line = Line::default();
        measurements.describe(&mut line);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = now.map_or(0, |now| now.as_millis());
        let line = line.to_json(&output.function_name, millis);
        let written = line.map_err(io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            (output.write_line)(&line)
        });
        if let Err(error) = written {
            error!(error = chain(&error), "cannot write metrics");
        }
    }

    /// `measurements` to add to, written as soon as they are dropped: however the invocation ends.
    pub fn write_on_drop<M: Measured>(&self, measurements: M) -> WrittenOnDrop<M> {
        let metrics = self.clone();
        WrittenOnDrop {
            measurements,
            metrics,
        }
    }
}

/// Measurements of an invocation that is under way.
#[derive(Debug)]
pub struct WrittenOnDrop<M: Measured> {
    measurements: M,
    metrics: Metrics,
}

impl<M: Measured> Deref for WrittenOnDrop<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.measurements
    }
}

impl<M: Measured> DerefMut for WrittenOnDrop<M> {
    fn deref_mut(&mut self) -> &mut M {
        &mut self.measurements
    }
}

impl<M: Measured> Drop for WrittenOnDrop<M> {
    fn drop(&mut self) {
        self.metrics.write(&self.measurements);
    }
}

/// Metrics as lines of the embedded metric format, with the name of the function as their dimension: two deployments in an
/// account are told apart by it.
pub fn emf<W: Write>(
    function_name: String,
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> Metrics {
    let write_line = Box::new(move |line: &[u8]| {
        let mut writer = writer();
        writer.write_all(line)?;
        writer.flush()
    });
    Metrics(Some(Arc::new(Output {
        function_name,
        write_line,
    })))
}

/// Metrics that nobody asks for: those of tests and of the local stack.
pub fn no_metrics() -> Metrics {
    Metrics::default()
}

/// Tells the first invocation of a process from the others.
#[derive(Debug, Default)]
pub struct ColdStart(AtomicBool);

impl ColdStart {
    /// Whether this is the first call.
    pub fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_invocation_starts_cold() {
        let start = ColdStart::default();
        assert_eq!([start.is_first(), start.is_first()], [true, false]);
    }
}
