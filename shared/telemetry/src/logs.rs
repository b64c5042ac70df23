//! Logs: JSON lines, whoever writes them, panics included.

use std::env;
use std::error::Error;
use std::panic::{self, PanicHookInfo};

use tracing::error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Sets up logging to standard output for this process.
///
/// The level is `AWS_LAMBDA_LOG_LEVEL`, which Lambda's logging settings set, or else `RUST_LOG`, or else `info`.
pub fn init() {
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").or_else(|_| env::var("RUST_LOG"));
    let level = level.unwrap_or_default();
    tracing::subscriber::set_global_default(subscriber(&level, std::io::stdout)).ok();
    // The default hook writes lines that are no JSON.
    panic::set_hook(Box::new(log_panic));
}

/// A subscriber that writes JSON lines; `level` is a level or a filter of `tracing`, and `info` if it is none.
fn subscriber<W>(level: &str, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter.parse_lossy(level))
        .with_writer(writer)
        .finish()
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
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(level: &str, log: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
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
    fn the_level_is_that_of_the_settings_and_info_without_one() {
        let log = || {
            debug!("d");
            info!("i");
            warn!("w");
        };
        for (level, logged) in [("", 2), ("DEBUG", 3), ("WARN", 1), ("no level", 2)] {
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
