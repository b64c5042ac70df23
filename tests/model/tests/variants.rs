//! Each rule left out once: then the check finds what it is for.

use protocol_model::{Design, ENDS, EXACT, NO_LEFTOVERS, Rule, TRUE_ONCE, WHOLE, check, scenario};

fn without(rules: &[Rule]) -> Design {
    let rules = rules.iter();
    rules.fold(Design::default(), |design, rule| design.without(*rule))
}

/// The property is broken without these rules. (With them it holds: `tests/design.rs`.)
#[track_caller]
fn breaks(rules: &[Rule], name: &str, property: &'static str) {
    let checked = check(without(rules), scenario(name).unwrap(), Some(property));
    let way = checked.broken.get(property);
    let way = way.unwrap_or_else(|| panic!("{rules:?} can be left out of {name:?}"));
    eprintln!(
        "without {rules:?}, {name:?}: not {property:?}, after {} steps, {:?}",
        way.len() - 1,
        checked.time
    );
}

/// Every property holds without these rules.
#[track_caller]
fn holds(rules: &[Rule], name: &str) {
    let checked = check(without(rules), scenario(name).unwrap(), None);
    assert!(
        checked.broken.is_empty(),
        "{rules:?}, {name:?}: {:?}",
        checked.broken.keys()
    );
}

macro_rules! tests {
    ($($test:ident: $run:expr;)*) => {$(
        #[test]
        fn $test() {
            $run;
        }
    )*};
}

tests! {
    parts_are_read_after_the_derived_item: breaks(&[Rule::PartsAfterHead], "two purchases of one date", EXACT);
    parts_are_not_read_together_with_the_derived_item: breaks(&[Rule::HeadByItself], "two purchases of one date", EXACT);
    the_put_has_a_condition: breaks(&[Rule::ConditionOfPut], "purchases of two dates", EXACT);
    the_delete_has_a_condition: breaks(&[Rule::ConditionOfDelete], "the last one goes while another comes", EXACT);
    an_empty_item_is_put_first: breaks(&[Rule::EmptyFirst], "came and went", EXACT);
    nothing_is_built_on_what_was_read_before_the_first_put: breaks(&[Rule::PartsAfterEmpty], "came and went", EXACT);
    the_empty_item_is_sent_once: breaks(&[Rule::EmptySentOnce], "came and went", EXACT);
    the_version_does_not_count: breaks(&[Rule::RandomVersion], "all gone and another back", EXACT);
    what_did_not_change_is_written: breaks(&[Rule::WriteOfUnchanged], "edited and edited back", EXACT);
    the_archive_is_written_in_a_transaction: breaks(&[Rule::Transaction], "two closings", WHOLE);
    without_a_transaction_it_stays_torn: breaks(&[Rule::Transaction], "two closings of the same days", EXACT);
    the_archive_is_read_after_the_derived_item_or_its_tags_are_checked:
        breaks(&[Rule::ArchiveAfterHead, Rule::TagsOfWriter], "two purchases of closed days", EXACT);
    a_writer_that_reads_the_archive_first_may_go_by_tags: holds(&[Rule::ArchiveAfterHead], "two purchases of closed days");
    a_writer_that_reads_the_archive_last_needs_no_tags: holds(&[Rule::TagsOfWriter], "two purchases of closed days");
    a_reader_checks_tags_while_days_are_closed: breaks(&[Rule::TagsOfReader], "a reader while days are closed", TRUE_ONCE);
    a_reader_checks_tags_while_days_are_opened: breaks(&[Rule::TagsOfReader], "a reader while closed days are opened", TRUE_ONCE);
    tags_are_fresh: breaks(&[Rule::FreshTags], "a reader while days are closed", TRUE_ONCE);
    a_full_read_deletes_what_no_longer_belongs: breaks(&[Rule::DeletesOfFullRead], "a rebuild opens closed days", NO_LEFTOVERS);
    the_last_deletion_deletes_the_archive: breaks(&[Rule::DeletesOfLast], "all goes", NO_LEFTOVERS);
    no_room_is_said: breaks(&[Rule::Incomplete], "no room for a while", EXACT);
    no_room_is_said_under_a_fresh_version: breaks(&[Rule::VersionOfIncomplete], "no room for a while", EXACT);
    a_second_look_reads_everything: breaks(&[Rule::SecondLook], "the archive is lost", ENDS);
}
