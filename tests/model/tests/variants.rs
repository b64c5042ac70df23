//! Each rule left out: then the check finds what it is for. With all of them everything holds, as `design.rs` shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use protocol_model::{
    Checked, Design, ENDS, EXACT, NO_LEFTOVERS, Rule, TRUE_ONCE, WHOLE, check, scenario,
};

fn check_without(rules: &[Rule], name: &str, property: Option<&'static str>) -> Checked {
    let rules = rules.iter();
    let design = rules.fold(Design::default(), |design, rule| design.without(*rule));
    check(design, scenario(name).unwrap(), property)
}

/// Every property holds without these rules.
#[track_caller]
fn holds_without(rules: &[Rule], name: &str) {
    let checked = check_without(rules, name, None);
    assert!(checked.broken.is_empty(), "{:?}", checked.broken);
}

macro_rules! breaks {
    ($($test:ident: [$($rule:ident),*] $name:literal $property:ident;)*) => {
        $(#[test]
        fn $test() {
            let checked = check_without(&[$(Rule::$rule),*], $name, Some($property));
            let broken: Vec<_> = checked.broken.keys().collect();
            assert!(broken.contains(&&$property), "only {broken:?}, in {} states", checked.states);
        })*

        #[test]
        fn every_rule_is_left_out() {
            let left_out = [$($(Rule::$rule),*),*];
            let unused: Vec<_> = Rule::ALL.iter().filter(|rule| !left_out.contains(rule)).collect();
            assert!(unused.is_empty(), "{unused:?}");
        }
    };
}

breaks! {
    parts_are_read_after_the_derived_item: [PartsAfterHead] "two purchases of one date" EXACT;
    parts_are_not_read_together_with_the_derived_item: [HeadByItself] "two purchases of one date" EXACT;
    the_put_has_a_condition: [ConditionOfPut] "purchases of two dates" EXACT;
    the_delete_has_a_condition: [ConditionOfDelete] "the last one goes while another comes" EXACT;
    an_empty_item_is_put_first: [EmptyFirst] "came and went" EXACT;
    nothing_is_built_on_what_was_read_before_the_first_put: [PartsAfterEmpty] "came and went" EXACT;
    the_empty_item_is_sent_once: [EmptySentOnce] "came and went" EXACT;
    the_version_does_not_count: [RandomVersion] "all gone and another back" EXACT;
    what_did_not_change_is_written: [WriteOfUnchanged] "edited and edited back" EXACT;
    the_archive_is_written_in_a_transaction: [Transaction] "two closings" WHOLE;
    without_a_transaction_it_stays_torn: [Transaction] "two closings of the same days" EXACT;
    the_archive_is_read_after_the_derived_item_or_its_tags_are_checked:
        [ArchiveAfterHead, TagsOfWriter] "two purchases of closed days" EXACT;
    a_reader_checks_tags_while_days_are_closed: [TagsOfReader] "a reader while days are closed" TRUE_ONCE;
    a_reader_checks_tags_while_days_are_opened: [TagsOfReader] "a reader while closed days are opened" TRUE_ONCE;
    tags_are_fresh: [FreshTags] "a reader while days are closed" TRUE_ONCE;
    a_full_read_deletes_what_no_longer_belongs: [DeletesOfFullRead] "a rebuild opens closed days" NO_LEFTOVERS;
    the_last_deletion_deletes_the_archive: [DeletesOfLast] "all goes" NO_LEFTOVERS;
    no_room_is_said: [Incomplete] "no room for a while" EXACT;
    no_room_is_said_under_a_fresh_version: [VersionOfIncomplete] "no room for a while" EXACT;
    a_second_look_reads_everything: [SecondLook] "the archive is lost" ENDS;
}

#[test]
fn a_writer_that_reads_the_archive_first_may_go_by_tags() {
    holds_without(&[Rule::ArchiveAfterHead], "two purchases of closed days");
}

#[test]
fn a_writer_that_reads_the_archive_last_needs_no_tags() {
    holds_without(&[Rule::TagsOfWriter], "two purchases of closed days");
}
