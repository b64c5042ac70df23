//! Metrics: CloudWatch's embedded metric format, one line an invocation, written when the invocation ends.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use metrique::DefaultSink;
use metrique::emf::Emf;
use metrique::writer::sink::{DevNullSink, FlushImmediately};
use metrique::writer::{Entry, EntryIoStreamExt, FormatExt};

/// The namespace of all metrics in CloudWatch.
const NAMESPACE: &str = "ProfileAggregations";

/// Where the metrics of an invocation go.
pub type Metrics = DefaultSink;

/// What stands in every line: the one dimension, so that two deployments in an account are told apart.
#[derive(Entry)]
#[entry(rename_all = "PascalCase")]
struct Globals {
    function_name: String,
}

/// Metrics as lines of the embedded metric format, each written at once: a function may be frozen as soon as it answered.
pub fn emf<W: Write + Send + 'static>(
    function_name: String,
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> Metrics {
    let format = Emf::builder(NAMESPACE.to_owned(), vec![vec!["FunctionName".to_owned()]])
        // They cost time, and what is written is known: tests check it.
        .skip_all_validations(!cfg!(debug_assertions))
        .build();
    let lines = format.output_to_makewriter(writer);
    FlushImmediately::new_boxed(lines.merge_globals(Globals { function_name }))
}

/// Metrics that nobody asks for: those of tests and of the local stack.
pub fn no_metrics() -> Metrics {
    DevNullSink::boxed()
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
