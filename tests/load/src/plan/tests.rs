use clap::Parser;

use super::*;

fn plan(seed: &str) -> Plan {
    plan_of(&format!(
        "--transactions 20000 --profiles 1000 --seed {seed}"
    ))
}

fn plan_of(flags: &str) -> Plan {
    let arguments = Arguments::parse_from(["load"].into_iter().chain(flags.split(' ')));
    let profiles = Profiles::new(&arguments).unwrap();
    Plan::new(&arguments, profiles)
}

#[test]
fn the_same_seed_makes_the_same_writes() {
    let first: Vec<Write> = plan("7").collect();
    assert_eq!(first, plan("7").collect::<Vec<_>>());
    assert_ne!(first, plan("8").collect::<Vec<_>>());
}

#[test]
fn there_are_as_many_of_each_kind_as_the_flags_say() {
    let writes: Vec<Write> = plan("1").collect();
    let of = |kind| writes.iter().filter(|write| write.kind == kind).count();
    let moves = |write: &&Write| matches!(write.kind, Kind::Move(_));
    let moves = writes.iter().filter(moves).count();
    assert_eq!(of(Kind::New), 20_000);
    assert!((900..1_100).contains(&(of(Kind::Edit) + moves)));
    assert!((150..250).contains(&moves));
    // The emptied profiles come on top.
    assert!((400..1_000).contains(&of(Kind::Deletion)));
    let returns = writes
        .iter()
        .filter(|write| !write.transaction.is_purchase());
    assert!((900..1_200).contains(&returns.count()));
}

#[test]
fn edits_change_one_thing_each_and_moves_name_the_key_that_was() {
    let mut stored: Vec<Transaction> = Vec::new();
    let mut changed = [0; 6];
    for write in plan("1") {
        let after = write.transaction;
        let Some(before) = stored.get_mut(write.number as usize) else {
            stored.push(after);
            continue;
        };
        if let Kind::Move(from) = write.kind {
            assert_eq!(from, before.second);
        }
        let edited = write.kind != Kind::Deletion;
        let differs = [
            before.cents != after.cents,
            before.store != after.store,
            before.brand != after.brand,
            !before.is_void && after.is_void,
            before.is_void && !after.is_void,
            before.second != after.second,
        ];
        assert_eq!(differs[5], matches!(write.kind, Kind::Move(_)));
        assert!(differs.iter().filter(|differs| **differs).count() <= usize::from(edited));
        for (changed, differs) in changed.iter_mut().zip(differs) {
            *changed += u32::from(differs);
        }
        *before = after;
    }
    assert!(changed.iter().all(|count| *count > 0), "{changed:?}");
}

#[test]
fn profiles_are_skewed_and_some_end_with_nothing() {
    let mut plan = plan("1");
    plan.by_ref().for_each(drop);
    let transactions = plan.into_transactions();
    let of = |profile| {
        let all = transactions.iter();
        let all = all.filter(move |transaction| transaction.profile == profile);
        (all.clone().count(), all.filter(|one| one.is_stored).count())
    };
    let counts: Vec<_> = (0..1_000).map(of).collect();
    assert!(counts.iter().any(|(all, _)| *all > 400));
    assert!(counts.iter().any(|(all, _)| *all < 20));
    let emptied = counts.iter().skip(99).step_by(100);
    assert!(emptied.clone().all(|(_, stored)| *stored == 0));
    assert!(emptied.clone().any(|(all, _)| *all > 0));
}

#[test]
fn a_single_profile_keeps_transactions() {
    let mut plan = plan_of("--transactions 200 --profiles 1");
    plan.by_ref().for_each(drop);
    let transactions = plan.into_transactions();
    assert!(transactions.iter().filter(|one| one.is_stored).count() > 100);
}
