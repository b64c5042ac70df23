//! Logs: JSON lines, whoever writes them, panics included.

use std::env;
use std::error::Error;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;

use tracing::error;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

/// Crates whose lines are known to hold nothing of anybody's, whatever their level.
const OWN: [&str; 3] = ["get_aggregations", "recalculate_aggregations", "table"];

/// Runs a function's process with logging to standard output; what ends it is the last line.
///
/// The level is `AWS_LAMBDA_LOG_LEVEL`, which Lambda's logging settings set, and `info` without it. Other crates than the
/// functions' own never log more than `info`: below that the runtime logs events, and the SDK what it sends.
/// A release has no lines below `info` at all.
pub async fn run<E>(process: impl Future<Output = Result<(), E>>) -> ExitCode
where
    E: AsRef<dyn Error + Send + Sync>,
{
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default();
    if tracing::subscriber::set_global_default(subscriber(&level, std::io::stdout)).is_err() {
        // Something else logs already, and would not keep to what is promised here.
        return ExitCode::FAILURE;
    }
    // The default hook writes lines that are no JSON.
    panic::set_hook(Box::new(log_panic));
    match process.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(error = chain(error.as_ref()), "cannot go on");
            ExitCode::FAILURE
        }
    }
}

/// A subscriber that writes JSON lines; `level` is one of Lambda's, and `info` if it is none.
///
/// # Examples
///
/// ```
/// let subscriber = telemetry::subscriber("DEBUG", std::io::stderr);
/// tracing::subscriber::with_default(subscriber, || tracing::info!("to standard error"));
/// ```
pub fn subscriber<W>(level: &str, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let level = match level {
        // Nothing would be read as `error`.
        "" => LevelFilter::INFO,
        // The one level of Lambda's that there is no word for here.
        "FATAL" => LevelFilter::ERROR,
        other => other.parse().unwrap_or(LevelFilter::INFO),
    };
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_targets(OWN.map(|target| (target, level)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .with_writer(writer);
    Registry::default().with(lines).with(filter)
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    let reason = info.payload_as_str();
    error!(place, reason, "panicked");
}

/// An error and its sources on one line, for logs only.
pub fn chain(error: &dyn Error) -> String {
    std::iter::successors(Some(error), |error| (**error).source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing::{debug, info, info_span, warn};

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(level: &str, log: impl FnOnce()) -> Vec<Value> {
        let written = Captured::default();
        let writer = written.clone();
        tracing::subscriber::with_default(subscriber(level, move || writer.clone()), log);
        let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        written
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_is_an_object_with_the_fields_of_its_invocation() {
        let lines = lines("", || {
            let _span = info_span!("invocation", function_request_id = "r").entered();
            warn!(tries = 2, "first\nsecond");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["level"], "WARN");
        assert_eq!(lines[0]["message"], "first\nsecond");
        assert_eq!(lines[0]["tries"], 2);
        assert_eq!(lines[0]["span"]["function_request_id"], "r");
        assert!(lines[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn the_level_is_that_of_the_settings_and_only_for_the_functions_own_crates() {
        let log = || {
            debug!(target: "table", "own");
            debug!(target: "aws_smithy_runtime", "a request with everything in it");
            info!("i");
            warn!("w");
            error!("e");
        };
        for (level, logged) in [
            ("", 3),
            ("TRACE", 4),
            ("DEBUG", 4),
            ("INFO", 3),
            ("WARN", 2),
            ("ERROR", 1),
            ("FATAL", 1),
            ("no level", 3),
        ] {
            assert_eq!(lines(level, log).len(), logged, "{level}");
        }
    }

    #[test]
    fn a_panic_is_a_line_too() {
        let lines = lines("", || {
            // The hook is the process's; the other tests of this file do not panic.
            panic::set_hook(Box::new(log_panic));
            panic::catch_unwind(|| panic!("inside")).unwrap_err();
            drop(panic::take_hook());
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["reason"], "inside");
        assert!(lines[0]["place"].as_str().unwrap().contains("logs.rs:"));
    }
}
