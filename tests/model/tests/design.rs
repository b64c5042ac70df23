//! The protocol as it is holds in every scenario.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use protocol_model::{Design, SCENARIOS, check, scenario};

fn holds(name: &str) {
    let checked = check(Design::default(), scenario(name).unwrap(), None);
    assert!(
        checked.states > 100,
        "{} states are too few",
        checked.states
    );
    assert_eq!(checked.broken, BTreeMap::new(), "{name}");
}

macro_rules! holds {
    ($($test:ident: $name:expr;)*) => {
        $(#[test]
        fn $test() {
            holds($name);
        })*

        #[test]
        fn every_scenario_has_a_test() {
            let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            assert_eq!(names, [$($name),*]);
        }
    };
}

holds! {
    two_purchases_of_one_date: "two purchases of one date";
    purchases_of_two_dates: "purchases of two dates";
    the_last_one_goes_while_another_comes: "the last one goes while another comes";
    came_and_went: "came and went";
    all_gone_and_another_back: "all gone and another back";
    edited_and_edited_back: "edited and edited back";
    replays_beside_a_rebuild: "replays beside a rebuild";
    unfinished_profiles: "unfinished profiles";
    two_purchases_of_closed_days: "two purchases of closed days";
    two_edits_of_one_closed_day: "two edits of one closed day";
    a_closing_while_a_closed_day_changes: "a closing while a closed day changes";
    two_closings: "two closings";
    two_closings_of_the_same_days: "two closings of the same days";
    all_goes: "all goes";
    a_rebuild_opens_closed_days: "a rebuild opens closed days";
    a_reader_while_days_are_closed: "a reader while days are closed";
    a_reader_while_closed_days_are_opened: "a reader while closed days are opened";
    a_reader_while_all_goes: "a reader while all goes";
    no_room_for_a_while: "no room for a while";
    no_room: "no room";
    the_archive_is_lost: "the archive is lost";
}
