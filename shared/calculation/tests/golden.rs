//! Every golden case against the pure calculation, also with closed days.

#![expect(
    clippy::unwrap_used,
    reason = "what only tests use may fail loudly, too"
)]

use std::collections::HashMap;
use std::sync::Arc;

use calculation::{
    Closing, Ledger, Location, Locations, Rebuild, Tag, evaluate, evaluate_further, parse_date,
};
use golden_cases::{Case, cases, compact};

/// The ledger of a case, which went through its bytes; with days closed before the newest purchase less some months.
fn ledger(case: &Case, closed_months: Option<u32>) -> (Ledger, Kind) {
    let mut items = case.profile_items();
    // A rebuild takes the items of a date one after another.
    items.sort_by_key(|(key, _)| key.source().part());
    let mut rebuild = Rebuild::new(case.currency());
    for (key, item) in &items {
        rebuild.add(key.source(), item);
    }
    let mut ledger = rebuild.finish();
    if let Some(months) = closed_months {
        let closing = Closing {
            months,
            days: 1,
            bytes: 0,
        };
        ledger.close(&closing, parse_date("9999-12-31").unwrap());
    }
    let encoded = ledger.encode(&case.profile_id, Tag::default());
    let mut ledger = Ledger::decode(&case.profile_id, &encoded.ledger).unwrap();
    let taken_in = ledger.needs_archive(parse_date(&case.as_of).unwrap());
    if taken_in {
        ledger.take_in(&case.profile_id, encoded.archive).unwrap();
    }
    let kind = match (ledger.has_unread_archive(), taken_in) {
        (true, _) => Kind::Summary,
        (false, true) => Kind::Archive,
        (false, false) => Kind::Open,
    };
    (ledger, kind)
}

/// From what a document was calculated.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
enum Kind {
    /// No day was closed.
    Open,
    /// The summary of the closed days.
    Summary,
    /// The closed days themselves.
    Archive,
}

#[test]
fn every_golden_case_is_calculated() {
    let cases = cases();
    assert_eq!(cases.len(), 136);
    let mut kinds = HashMap::new();
    for case in cases {
        let locations: Locations = case
            .location_items()
            .into_iter()
            .map(|(id, item)| (id.clone(), Arc::new(Location::new(&id, &item).unwrap())))
            .collect();
        let as_of = parse_date(&case.as_of).unwrap();
        for closed_months in [None, Some(0), Some(1), Some(12), Some(25), Some(36)] {
            let name = format!("{} closed before {closed_months:?} months", case.name);
            let (ledger, kind) = ledger(&case, closed_months);
            *kinds.entry(kind).or_insert(0) += 1;
            let document = evaluate(&ledger, &case.profile_id, as_of, &locations).unwrap();
            let status = if document.is_some() { 200 } else { 404 };
            assert_eq!(status, case.expected.status, "{name}");
            if let (Some(document), Some(expected)) = (document, &case.expected.body) {
                let mut document = serde_json::to_string(&document).unwrap();
                if case.further {
                    let further = evaluate_further(&ledger, as_of, &locations).unwrap();
                    let further = serde_json::to_string(&further.unwrap()).unwrap();
                    let further = further.strip_prefix('{').unwrap();
                    document = [document.strip_suffix('}').unwrap(), further].join(",");
                }
                assert_eq!(document, compact(expected.get()), "{name}");
            }
        }
    }
    for kind in [Kind::Open, Kind::Summary, Kind::Archive] {
        let cases = kinds.get(&kind).copied().unwrap_or(0);
        assert!(cases > 10, "{cases} cases");
    }
}
