//! Waiting before something is tried again.

use std::time::Duration;

/// Waits a random time up to a bound that doubles with every try, from 25 ms to 1.6 s, so that those who met once do
/// not meet again.
pub(crate) async fn back_off(tries: u32) {
    let bound = 25_u64 << tries.min(6);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=bound))).await;
}
