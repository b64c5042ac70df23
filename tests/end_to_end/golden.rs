//! Every golden case through the running stack.

use futures::{StreamExt, stream};
use golden_cases::{Case, cases, compact};
use local_stack::Options;
use table::{PartitionKey, ProfileId, SortKey, keyed_item};

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
    let (path, date) = (
        format!("/profiles/{}/aggregations", case.profile_id),
        &case.as_of,
    );
    let fields = if case.further { "&fields=all" } else { "" };
    let (status, body) = system.ask(&format!("{path}?as_of={date}{fields}")).await;
    assert_eq!(status, case.expected.status, "{}: {body}", case.name);
    if let Some(expected) = case.expected.body {
        assert_eq!(body, compact(expected.get()), "{}", case.name);
    }
    // The same by other ways: calculated from the transactions, in a history, and among others.
    let (today, calculated) = (
        system.ask(&path).await,
        system.ask(&format!("{path}/calculate")).await,
    );
    assert_eq!(calculated, today, "{}", case.name);
    let (status, document) = system.ask(&format!("{path}?as_of={date}")).await;
    if status == 200 {
        let figures = document.split_once(',').unwrap().1;
        let history = format!("{path}/history?from={date}&to={date}");
        let (_, history) = system.ask(&history).await;
        let entry = format!(r#""history":[{{"as_of":"{date}",{figures}]}}"#);
        assert!(history.ends_with(&entry), "{}: {history}", case.name);
        let bytes = case.profile_id.bytes();
        let id: String = bytes.map(|byte| format!("%{byte:02X}")).collect();
        let many = format!("/profiles/aggregations?profile_id=nobody&profile_id={id}&as_of={date}");
        let (_, many) = system.ask(&many).await;
        let expected = format!(r#"{{"aggregations":[{document}],"not_found":["nobody"]}}"#);
        assert_eq!(many, expected, "{}", case.name);
    }
    assert!(system.stack.dead_letters().is_empty(), "{}", case.name);
    system.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_golden_case_is_served() {
    let cases = cases();
    assert_eq!(cases.len(), 136);
    stream::iter(cases).for_each_concurrent(8, check).await;
}
