//! Every golden case through the running stack.

use futures::{StreamExt, stream};
use local_stack::Options;
use table::{PartitionKey, ProfileId, SortKey, keyed_item};
use test_support::{Case, cases, compact};

use crate::system::System;

/// Location ids repeat from case to case with other records, so every case has a stack of its own.
async fn check(case: Case) {
    let system = System::open_with(Options {
        currency: case.currency(),
        ..Options::default()
    })
    .await;
    for (id, mut location) in case.location_items() {
        location.extend(keyed_item(&PartitionKey::Location(id), SortKey::Location));
        system.put(&location).await;
    }
    let partition = ProfileId::parse(&case.profile_id).unwrap().partition();
    // In an order that no figure should depend on.
    for (key, mut item) in case.profile_items().into_iter().rev() {
        item.extend(keyed_item(&partition, key.source().into()));
        system.put(&item).await;
    }
    let (status, body) = system
        .ask(&format!(
            "/profiles/{}/aggregations?as_of={}",
            case.profile_id, case.as_of
        ))
        .await;
    assert_eq!(status, case.expected.status, "{}: {body}", case.name);
    if let Some(expected) = case.expected.body {
        assert_eq!(body, compact(expected.get()), "{}", case.name);
    }
    assert!(system.stack.dead_letters().is_empty(), "{}", case.name);
    system.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_golden_case_is_served() {
    let cases = cases();
    assert_eq!(cases.len(), 104);
    stream::iter(cases).for_each_concurrent(8, check).await;
}
