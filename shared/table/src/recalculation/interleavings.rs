//! Two recalculations of one profile, paused between their requests in every way: neither's update may be lost. And each
//! rule of the protocol left out once: then one is.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Value};
use test_support::{Engine, TABLE, hooked_client};
use tokio::sync::Notify;

use super::*;
use crate::derived::{Derived, Version};

const A: &str = "TXN#2026-01-01T10:00:00Z#a";
const SAME_DATE: &str = "TXN#2026-01-01T11:00:00Z#b";
const NEXT_DATE: &str = "TXN#2026-01-02T10:00:00Z#c";
const THIRD_DATE: &str = "TXN#2026-01-03T10:00:00Z#d";
/// The requests of one recalculation without a lost race, at most, and of two; the last pause comes after the end.
const FIRST_PAUSES: std::ops::RangeInclusive<usize> = 0..=6;
const SECOND_PAUSES: std::ops::RangeInclusive<usize> = 0..=11;

/// A transaction put with a total, or deleted.
type Change = (&'static str, Option<u32>);

/// What is stored and calculated; what one writer changes; what another changes, recalculating after each group.
struct Scenario {
    name: &'static str,
    stored: &'static [Change],
    first: &'static [Change],
    second: &'static [&'static [Change]],
}

static SCENARIOS: [Scenario; 7] = [
    Scenario {
        name: "two purchases of one date",
        stored: &[(A, Some(1))],
        first: &[(SAME_DATE, Some(2))],
        second: &[&[("TXN#2026-01-01T12:00:00Z#z", Some(4))]],
    },
    Scenario {
        name: "purchases of two dates",
        stored: &[(A, Some(1))],
        first: &[(NEXT_DATE, Some(2))],
        second: &[&[(THIRD_DATE, Some(4))]],
    },
    Scenario {
        name: "the last one goes while another comes",
        stored: &[(A, Some(1))],
        first: &[(A, None)],
        second: &[&[(NEXT_DATE, Some(2))]],
    },
    Scenario {
        name: "two first purchases",
        stored: &[],
        first: &[(A, Some(1))],
        second: &[&[(NEXT_DATE, Some(2))]],
    },
    Scenario {
        name: "came and went",
        stored: &[],
        first: &[(A, Some(1))],
        second: &[&[(A, None)]],
    },
    Scenario {
        name: "all gone and another back",
        stored: &[(A, Some(1))],
        first: &[(NEXT_DATE, Some(2))],
        second: &[&[(A, None), (NEXT_DATE, None)], &[(THIRD_DATE, Some(4))]],
    },
    Scenario {
        name: "edited and edited back",
        stored: &[(A, Some(1))],
        first: &[(A, Some(2))],
        second: &[&[(A, Some(1))]],
    },
];

/// What is left out of the protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LeftOut {
    /// Nothing: the function as it ships.
    Nothing,
    /// Nothing either: the steps put together here, as a check of this test.
    NothingHere,
    /// Parts are read before the derived item.
    OrderOfReads,
    /// The put has no condition.
    ConditionOfPut,
    /// The delete has no condition.
    ConditionOfDelete,
    /// The first put is the calculated item, under "no item existed", instead of an empty one.
    EmptyItem,
    /// The version counts up from 1.
    RandomVersion,
    /// Nothing is written when nothing seems to have changed.
    WriteOfUnchanged,
}

async fn recalculate_without(
    left_out: LeftOut,
    client: &Client,
    profile: &ProfileId,
    changed: &BTreeSet<Part>,
) {
    let table = Table::new(client.clone(), TABLE);
    let memory = LocationMemory::default();
    if left_out == LeftOut::Nothing {
        recalculate(&table, &memory, profile, changed, Utc::now)
            .await
            .unwrap();
        return;
    }
    let counted = |item: &mut DerivedItem, number: u32| {
        if left_out == LeftOut::RandomVersion {
            item.0
                .insert("version".into(), AttributeValue::S(number.to_string()));
        }
    };
    loop {
        let early = match left_out {
            LeftOut::OrderOfReads => Some(table.parts(profile, changed).await.unwrap()),
            _ => None,
        };
        let Some(derived) = table.derived(profile, Consistency::Strong).await.unwrap() else {
            let ledger = table.rebuild(profile).await.unwrap();
            if ledger.is_empty() {
                return;
            }
            let mut item = DerivedItem::empty(profile);
            counted(&mut item, 1);
            if left_out == LeftOut::EmptyItem {
                item = derived_item(&table, &memory, profile, &ledger, Utc::now())
                    .await
                    .unwrap();
            }
            let put = put_if_absent(client, item).await;
            if left_out == LeftOut::EmptyItem && put == Write::Done {
                return;
            }
            continue;
        };
        let mut before = None;
        let ledger = match derived.ledger {
            StoredLedger::Usable(ledger) => {
                before = Some(ledger.encode());
                let parts = match early {
                    Some(parts) => parts,
                    None => table.parts(profile, changed).await.unwrap(),
                };
                fold(*ledger, parts)
            }
            _ => table.rebuild(profile).await.unwrap(),
        };
        if left_out == LeftOut::WriteOfUnchanged && before == Some(ledger.encode()) {
            return;
        }
        let write = if ledger.is_empty() {
            if left_out == LeftOut::ConditionOfDelete {
                delete(client, profile, "AGG").await;
                Write::Done
            } else {
                table.delete(profile, &derived.version).await.unwrap()
            }
        } else {
            let mut item = derived_item(&table, &memory, profile, &ledger, Utc::now())
                .await
                .unwrap();
            counted(&mut item, number_of(&derived.version) + 1);
            if left_out == LeftOut::ConditionOfPut {
                client
                    .put_item()
                    .table_name(TABLE)
                    .set_item(Some(item.0))
                    .send()
                    .await
                    .unwrap();
                Write::Done
            } else {
                table.put(item, &derived.version).await.unwrap()
            }
        };
        if write == Write::Done {
            return;
        }
    }
}

fn number_of(version: &Version) -> u32 {
    version
        .0
        .as_ref()
        .and_then(|version| version.as_s().ok()?.parse().ok())
        .unwrap_or(0)
}

async fn put_if_absent(client: &Client, item: DerivedItem) -> Write {
    let request = client.put_item().table_name(TABLE).set_item(Some(item.0));
    match request
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await
    {
        Ok(_) => Write::Done,
        Err(_) => Write::LostRace,
    }
}

async fn delete(client: &Client, profile: &ProfileId, sk: &str) {
    let key = |text: &str| AttributeValue::S(text.to_owned());
    let request = client
        .delete_item()
        .table_name(TABLE)
        .key("pk", key(&profile.partition_key()))
        .key("sk", key(sk));
    request.send().await.unwrap();
}

async fn apply(engine: &Engine, profile: &ProfileId, changes: &[Change]) -> BTreeSet<Part> {
    for (sk, total) in changes {
        match total {
            None => delete(&engine.client(), profile, sk).await,
            Some(total) => {
                let item = Item::from([
                    ("pk".into(), Value::Text(profile.partition_key())),
                    ("sk".into(), Value::Text((*sk).into())),
                    ("total".into(), Value::Number(total.to_string())),
                ]);
                engine.put(&item).await;
            }
        }
    }
    changes
        .iter()
        .filter_map(|(sk, _)| Part::of_key(sk))
        .collect()
}

/// Runs the first writer's recalculation up to its request `first_pause`, then the second's changes and recalculations up to
/// their request `second_pause`, then the first to its end, then the second. Tells whether an update was lost.
async fn loses(
    engine: &Engine,
    scenario: &Scenario,
    left_out: LeftOut,
    first_pause: usize,
    second_pause: usize,
) -> bool {
    let profile = ProfileId::parse(&fastrand::u64(..).to_string()).unwrap();
    let stored = apply(engine, &profile, scenario.stored).await;
    recalculate_without(left_out, &engine.client(), &profile, &stored).await;

    let second_may_start = Arc::new(Notify::new());
    let second_waits = Arc::new(Notify::new());
    let first_is_done = Arc::new(Notify::new());

    let first = async {
        let changed = apply(engine, &profile, scenario.first).await;
        let (start, waits) = (Arc::clone(&second_may_start), Arc::clone(&second_waits));
        let client = hooked_client(
            engine,
            Arc::new(move |number, _| {
                let (start, waits) = (Arc::clone(&start), Arc::clone(&waits));
                Box::pin(async move {
                    if number == first_pause {
                        start.notify_one();
                        waits.notified().await;
                    }
                    None
                })
            }),
        );
        recalculate_without(left_out, &client, &profile, &changed).await;
        second_may_start.notify_one();
        first_is_done.notify_one();
    };
    let second = async {
        second_may_start.notified().await;
        let (waits, done) = (Arc::clone(&second_waits), Arc::clone(&first_is_done));
        let client = hooked_client(
            engine,
            Arc::new(move |number, _| {
                let (waits, done) = (Arc::clone(&waits), Arc::clone(&done));
                Box::pin(async move {
                    if number == second_pause {
                        waits.notify_one();
                        done.notified().await;
                    }
                    None
                })
            }),
        );
        for changes in scenario.second {
            let changed = apply(engine, &profile, changes).await;
            recalculate_without(left_out, &client, &profile, &changed).await;
        }
        second_waits.notify_one();
    };
    tokio::join!(first, second);

    let table = Table::new(engine.client(), TABLE);
    let truth = table.rebuild(&profile).await.unwrap();
    match table.derived(&profile, Consistency::Strong).await.unwrap() {
        None => !truth.is_empty(),
        Some(Derived {
            ledger: StoredLedger::Usable(ledger),
            ..
        }) => ledger.encode() != truth.encode(),
        Some(_) => true,
    }
}

async fn losing_schedules(left_out: LeftOut, scenario: &Scenario) -> Vec<(usize, usize)> {
    let engine = Engine::start().await;
    let mut losing = Vec::new();
    for first_pause in FIRST_PAUSES {
        for second_pause in SECOND_PAUSES {
            if loses(&engine, scenario, left_out, first_pause, second_pause).await {
                losing.push((first_pause, second_pause));
            }
        }
    }
    losing
}

fn scenario(name: &str) -> &'static Scenario {
    SCENARIOS
        .iter()
        .find(|scenario| scenario.name == name)
        .unwrap()
}

async fn never_loses(name: &str) {
    assert_eq!(losing_schedules(LeftOut::Nothing, scenario(name)).await, []);
}

async fn loses_without(left_out: LeftOut, name: &str) {
    assert_eq!(
        losing_schedules(LeftOut::NothingHere, scenario(name)).await,
        []
    );
    assert_ne!(losing_schedules(left_out, scenario(name)).await, []);
}

macro_rules! tests {
    ($($test:ident: $run:expr;)*) => {$(
        #[tokio::test]
        async fn $test() {
            $run.await;
        }
    )*};
}

tests! {
    two_purchases_of_one_date_both_count: never_loses("two purchases of one date");
    purchases_of_two_dates_both_count: never_loses("purchases of two dates");
    the_last_one_may_go_while_another_comes: never_loses("the last one goes while another comes");
    two_first_purchases_both_count: never_loses("two first purchases");
    what_came_and_went_is_gone: never_loses("came and went");
    all_may_go_and_another_come: never_loses("all gone and another back");
    an_edit_and_its_undoing_end_as_stored: never_loses("edited and edited back");

    the_order_of_reads_is_needed: loses_without(LeftOut::OrderOfReads, "two purchases of one date");
    the_condition_of_the_put_is_needed: loses_without(LeftOut::ConditionOfPut, "purchases of two dates");
    the_condition_of_the_delete_is_needed: loses_without(LeftOut::ConditionOfDelete, "the last one goes while another comes");
    the_empty_item_is_needed: loses_without(LeftOut::EmptyItem, "came and went");
    the_random_version_is_needed: loses_without(LeftOut::RandomVersion, "all gone and another back");
    the_write_of_the_unchanged_is_needed: loses_without(LeftOut::WriteOfUnchanged, "edited and edited back");
}
