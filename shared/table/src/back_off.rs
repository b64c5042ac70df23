//! Waiting before something is tried again.

use std::time::Duration;

/// Waits before the next try: a random time up to a bound that doubles with every try, from 25 ms to 1.6 s, so that
/// writers that collided once do not collide again.
///
/// # Examples
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// for tries in 0..3 {
///     // A request that may be throttled goes here.
///     table::back_off(tries).await;
/// }
/// # });
/// ```
pub async fn back_off(tries: u32) {
    let bound = 25_u64 << tries.min(6);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=bound))).await;
}
