//! The queue of unfinished profiles: what could not be recalculated in time, by name, for the repair function.

use std::fmt::Debug;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use table::ProfileId;

/// More keys than this of one profile are not listed: everything of it is read instead.
const MAX_KEYS: usize = 100;
/// The same for bytes of keys, which JSON may write six times as long: a message has at most 256 KiB.
const MAX_KEY_BYTES: usize = 32 * 1024;
/// The pause after the first failure; it doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(30);
/// The longest pause. With it, the 19 receives that the queue allows take about 22 hours.
const LONGEST_DELAY: Duration = Duration::from_secs(2 * 60 * 60);

/// The queue of unfinished profiles: SQS, or what stands for it in the local stack.
pub trait Queue: Debug + Send + Sync {
    /// Enqueues messages. Returns the places of those that could not be enqueued.
    fn send<'a>(&'a self, messages: &'a [String]) -> BoxFuture<'a, Vec<usize>>;

    /// Makes a message that was received visible again after `delay`. If that fails, it becomes visible when the queue says.
    fn put_off<'a>(&'a self, receipt_handle: &'a str, delay: Duration) -> BoxFuture<'a, ()>;
}

/// A profile that is not done.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct UnfinishedProfile {
    pub(crate) profile_id: ProfileId,
    /// The sort keys of the items that changed; none mean everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) keys: Vec<String>,
}

impl UnfinishedProfile {
    /// Of a profile and the sort keys that changed.
    pub(crate) fn new(profile_id: ProfileId, keys: impl ExactSizeIterator<Item = String>) -> Self {
        let count = keys.len();
        let keys: Vec<_> = keys.take(MAX_KEYS).collect();
        let bytes: usize = keys.iter().map(String::len).sum();
        // SQS takes no message with these characters.
        let is_sendable = |key: &String| !key.contains(['\u{fffe}', '\u{ffff}']);
        let fits = count <= MAX_KEYS && bytes <= MAX_KEY_BYTES && keys.iter().all(is_sendable);
        let keys = if fits { keys } else { Vec::new() };
        Self { profile_id, keys }
    }

    /// Of everything of a profile.
    pub(crate) fn whole(profile_id: ProfileId) -> Self {
        let keys = Vec::new();
        Self { profile_id, keys }
    }

    /// The message: JSON, which texts always make.
    pub(crate) fn message(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// How long a message is put off that was received `receives` times and failed each time.
pub(crate) fn delay(receives: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(receives.saturating_sub(1));
    FIRST_DELAY.saturating_mul(doubled).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_names_the_profile_and_up_to_100_keys() {
        let profile = || ProfileId::parse("ada").unwrap();
        let keys = |count: usize| (0..count).map(|key| key.to_string()).collect::<Vec<_>>();
        let message = |count| UnfinishedProfile::new(profile(), keys(count).into_iter());
        assert_eq!(
            serde_json::to_value(message(2)).unwrap(),
            json!({"profile_id": "ada", "keys": ["0", "1"]})
        );
        assert_eq!(message(100).keys.len(), 100);
        assert_eq!(
            serde_json::to_value(message(101)).unwrap(),
            json!({"profile_id": "ada"})
        );
        let of = |key: String| {
            UnfinishedProfile::new(profile(), std::iter::once(key))
                .keys
                .len()
        };
        assert_eq!(of("x".repeat(32_768)), 1);
        assert_eq!(of("x".repeat(32_769)), 0);
        assert_eq!(of("TXN#\u{ffff}".into()), 0);
        for (text, is_valid) in [
            (r#"{"profile_id": "ada"}"#, true),
            (r#"{"profile_id": "ada", "keys": []}"#, true),
            (r#"{"profile_id": "a/b"}"#, false),
            (r#"{"keys": []}"#, false),
        ] {
            let read = serde_json::from_str::<UnfinishedProfile>(text);
            assert_eq!(read.is_ok(), is_valid, "{text}");
        }
    }

    #[test]
    fn delays_double_and_take_about_a_day_in_all() {
        let delays: Vec<u64> = (1..=19).map(|receives| delay(receives).as_secs()).collect();
        assert_eq!(delays[..9], [30, 60, 120, 240, 480, 960, 1920, 3840, 7200]);
        let hours = delays[..18].iter().sum::<u64>() / 3600;
        assert_eq!(hours, 22);
        assert_eq!(delay(u32::MAX), LONGEST_DELAY);
        assert_eq!(delay(0), FIRST_DELAY);
    }
}
