//! Every golden case against the pure calculation.

use std::sync::Arc;

use calculation::{Ledger, Location, Locations, Rebuild, Tag, evaluate, parse_date};
use test_support::{cases, compact};

#[test]
fn every_golden_case_is_calculated() {
    let cases = cases();
    assert_eq!(cases.len(), 104);
    for case in cases {
        let mut items = case.profile_items();
        // A rebuild takes the items of a date one after another.
        items.sort_by_key(|(key, _)| key.source().part());
        let mut rebuild = Rebuild::new(case.currency());
        for (key, item) in &items {
            rebuild.add(key.source(), item);
        }
        let bytes = rebuild
            .finish()
            .encode(&case.profile_id, Tag::default())
            .ledger;
        let ledger = Ledger::decode(&case.profile_id, &bytes).unwrap();
        let locations: Locations = case
            .location_items()
            .into_iter()
            .map(|(id, item)| (id.clone(), Arc::new(Location::new(&id, &item).unwrap())))
            .collect();
        let as_of = parse_date(&case.as_of).unwrap();
        let document = evaluate(&ledger, &case.profile_id, as_of, &locations).unwrap();
        let status = if document.is_some() { 200 } else { 404 };
        assert_eq!(status, case.expected.status, "{}", case.name);
        if let (Some(document), Some(expected)) = (document, case.expected.body) {
            let document = serde_json::to_string(&document).unwrap();
            assert_eq!(document, compact(expected.get()), "{}", case.name);
        }
    }
}
