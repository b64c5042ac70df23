//! Scans of a table whose requests are counted, held up, and failed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;
use test_support::{Engine, TABLE, answer, hooked_client, operation};

use super::*;

/// A customer base whose scans are counted.
struct Scanned {
    _engine: Engine,
    base: Arc<Base>,
    scans: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
}

impl Scanned {
    /// A table without items, of which each segment is one request; `during` is done at each.
    async fn start(during: impl Fn(&Changes) + Send + Sync + 'static) -> Self {
        let engine = Engine::start().await;
        let (scans, fails) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let changes = Changes::default();
        let (count, failing, noted) = (Arc::clone(&scans), Arc::clone(&fails), changes.clone());
        let client = hooked_client(
            &engine,
            Arc::new(move |_, request| {
                assert_eq!(operation(request), "Scan");
                count.fetch_add(1, Ordering::SeqCst);
                during(&noted);
                let fails = failing.load(Ordering::SeqCst);
                Box::pin(async move {
                    let body = r#"{"__type": "x#ValidationException", "message": "no, thanks"}"#;
                    fails.then(|| answer(400, body))
                })
            }),
        );
        let base = Arc::new(Base::new(Table::new(client, TABLE), changes));
        Self {
            _engine: engine,
            base,
            scans,
            fails,
        }
    }

    fn scans(&self) -> usize {
        self.scans.load(Ordering::SeqCst)
    }
}

/// Requests of a scan of an empty table.
const REQUESTS: usize = 4;
/// Longer than these snapshots rest, and shorter than any is kept.
const PERIOD: Duration = Duration::from_secs(50);

#[tokio::test]
async fn all_wait_for_one_scan_which_serves_until_something_changes() {
    let scanned = Scanned::start(|_| {}).await;
    let asked = (0..9).map(|_| {
        let base = Arc::clone(&scanned.base);
        tokio::spawn(async move { base.snapshot().await.unwrap() })
    });
    for snapshot in asked.collect::<Vec<_>>() {
        snapshot.await.unwrap();
    }
    assert_eq!(scanned.scans(), REQUESTS);
    scanned.base.changes.note();
    // Sooner or later the stale one has rested long enough.
    while scanned.scans() == REQUESTS {
        scanned.base.snapshot().await.unwrap();
    }
    assert_eq!(scanned.scans(), 2 * REQUESTS);
}

#[tokio::test]
async fn a_change_during_a_scan_makes_its_snapshot_stale() {
    let scanned = Scanned::start(|changes| {
        if changes.count() == 0 {
            changes.note();
        }
    })
    .await;
    while scanned.scans() < 2 * REQUESTS {
        scanned.base.snapshot().await.unwrap();
    }
    // Nothing changed during the second one.
    let (today, much_later) = (Utc::now().date_naive(), Instant::now() + PERIOD);
    let snapshot = scanned.base.snapshot().await.unwrap();
    assert!(snapshot.is_good(today, 1, much_later));
    assert!(!snapshot.is_good(today, 2, much_later));
}

#[tokio::test]
async fn a_scan_that_fails_is_told_to_all_who_waited_and_tried_again_by_the_next() {
    let scanned = Scanned::start(|_| {}).await;
    scanned.fails.store(true, Ordering::SeqCst);
    let (first, second) = tokio::join!(scanned.base.snapshot(), scanned.base.snapshot());
    for failed in [first, second] {
        let error = failed.unwrap_err().to_string();
        assert!(error.contains("no, thanks"), "{error}");
    }
    // A segment that failed ends the others.
    let scans = scanned.scans();
    assert!((1..=REQUESTS).contains(&scans), "{scans}");
    scanned.fails.store(false, Ordering::SeqCst);
    scanned.base.snapshot().await.unwrap();
    assert_eq!(scanned.scans(), scans + REQUESTS);
}

#[tokio::test]
async fn who_turns_away_does_not_end_the_scan() {
    let scanned = Scanned::start(|_| {}).await;
    let mut asked = Box::pin(scanned.base.snapshot());
    // Until a request is on its way.
    while scanned.scans() == 0 {
        assert!(asked.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(asked);
    scanned.base.snapshot().await.unwrap();
    assert_eq!(scanned.scans(), REQUESTS);
}
