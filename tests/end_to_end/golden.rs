//! Every golden case through the running stack.

use futures::{StreamExt, stream};
use test_support::{Case, cases, compact};

use crate::shop::Shop;

/// Location ids repeat from case to case with other records, so every case has a stack of its own.
async fn check(case: Case) {
    let shop = Shop::open().await;
    for (_, location) in case.location_items() {
        shop.put(&location).await;
    }
    // In an order that no figure should depend on.
    for item in case.profile_items().iter().rev() {
        shop.put(item).await;
    }
    let (status, body) = shop
        .ask(&format!(
            "/profiles/{}/aggregations?as_of={}",
            case.profile_id, case.as_of
        ))
        .await;
    assert_eq!(status, case.expected.status, "{}: {body}", case.name);
    if let Some(expected) = case.expected.body {
        assert_eq!(body, compact(expected.get()), "{}", case.name);
    }
    assert!(shop.stack.dead_letters().is_empty(), "{}", case.name);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_golden_case_is_served() {
    let cases = cases();
    assert_eq!(cases.len(), 95);
    stream::iter(cases).for_each_concurrent(8, check).await;
}
