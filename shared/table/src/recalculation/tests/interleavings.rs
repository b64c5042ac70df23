//! Two recalculations of one profile, paused between their requests in every way: neither's update may be lost. And each
//! rule of the protocol left out once: then one is.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{ArchiveItem, Closing, Ledger, Tag, Value};
use test_support::{Engine, TABLE, hooked_client};
use tokio::sync::Notify;

use super::super::attempt::{Attempt, Calculated};
use super::super::*;
use super::{is_exact, years_of};
use crate::budget::Budget;
use crate::derived::empty_item;
use crate::derived::{StoredLedger, TOO_LARGE, Version};
use crate::keys::{SortKey, key, keyed_item};

const A: &str = "TXN#2026-01-01T10:00:00Z#a";
const SAME_DATE: &str = "TXN#2026-01-01T11:00:00Z#b";
const NEXT_DATE: &str = "TXN#2026-01-02T10:00:00Z#c";
const THIRD_DATE: &str = "TXN#2026-01-03T10:00:00Z#d";
const NEXT_YEAR: &str = "TXN#2027-01-01T10:00:00Z#e";
/// The requests of one recalculation without a lost race, at most, and of two; the last pause comes after the end.
const FIRST_PAUSES: std::ops::RangeInclusive<usize> = 0..=6;
const SECOND_PAUSES: std::ops::RangeInclusive<usize> = 0..=11;

/// A transaction put with a total, or deleted.
type Change = (&'static str, Option<u32>);

/// What is stored and calculated; what one writer changes; what another changes, recalculating after each group.
struct Scenario {
    name: &'static str,
    /// Whether every day before the newest purchase is closed.
    closes: bool,
    stored: &'static [Change],
    first: &'static [Change],
    second: &'static [&'static [Change]],
}

static SCENARIOS: [Scenario; 12] = [
    Scenario {
        name: "two purchases of one date",
        closes: false,
        stored: &[(A, Some(1))],
        first: &[(SAME_DATE, Some(2))],
        second: &[&[("TXN#2026-01-01T12:00:00Z#z", Some(4))]],
    },
    Scenario {
        name: "purchases of two dates",
        closes: false,
        stored: &[(A, Some(1))],
        first: &[(NEXT_DATE, Some(2))],
        second: &[&[(THIRD_DATE, Some(4))]],
    },
    Scenario {
        name: "the last one goes while another comes",
        closes: false,
        stored: &[(A, Some(1))],
        first: &[(A, None)],
        second: &[&[(NEXT_DATE, Some(2))]],
    },
    Scenario {
        name: "two first purchases",
        closes: false,
        stored: &[],
        first: &[(A, Some(1))],
        second: &[&[(NEXT_DATE, Some(2))]],
    },
    Scenario {
        name: "came and went",
        closes: false,
        stored: &[],
        first: &[(A, Some(1))],
        second: &[&[(A, None)]],
    },
    Scenario {
        name: "all gone and another back",
        closes: false,
        stored: &[(A, Some(1))],
        first: &[(NEXT_DATE, Some(2))],
        second: &[&[(A, None), (NEXT_DATE, None)], &[(THIRD_DATE, Some(4))]],
    },
    Scenario {
        name: "edited and edited back",
        closes: false,
        stored: &[(A, Some(1))],
        first: &[(A, Some(2))],
        second: &[&[(A, Some(1))]],
    },
    Scenario {
        name: "two purchases of closed days",
        closes: true,
        stored: &[(A, Some(1)), (NEXT_YEAR, Some(8))],
        first: &[(NEXT_DATE, Some(2))],
        second: &[&[(SAME_DATE, Some(4))]],
    },
    Scenario {
        name: "a closing while a closed day changes",
        closes: true,
        stored: &[(A, Some(1)), (THIRD_DATE, Some(8))],
        first: &[(NEXT_YEAR, Some(2))],
        second: &[&[(A, Some(4))]],
    },
    Scenario {
        name: "all goes while a closed day comes",
        closes: true,
        stored: &[(A, Some(1)), (NEXT_YEAR, Some(8))],
        first: &[(A, None), (NEXT_YEAR, None)],
        second: &[&[(NEXT_DATE, Some(2))]],
    },
    Scenario {
        name: "the last closed day goes",
        closes: true,
        stored: &[(A, Some(1)), (NEXT_YEAR, Some(8))],
        first: &[(A, None)],
        second: &[&[(NEXT_YEAR, Some(2))]],
    },
    Scenario {
        name: "all goes",
        closes: true,
        stored: &[(A, Some(1)), (NEXT_YEAR, Some(8))],
        first: &[(A, None), (NEXT_YEAR, None)],
        second: &[],
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
    /// Archive items are written before the derived item, each by itself.
    Transaction,
    /// The archive is read before the derived item, by a writer that looks at tags.
    OrderOfArchive,
    /// Tags are not looked at, by a writer that reads the archive after the derived item.
    Tags,
    /// Neither order nor tags.
    OrderOfArchiveAndTags,
    /// Every ledger is too large, which is said without a fresh version.
    VersionOfIncomplete,
    /// Every ledger is too large: as it ships.
    NothingTooLarge,
    /// Archive items stay when everything is read, which it always is.
    DeletesOfFullRead,
    /// Archive items stay when everything goes.
    DeletesOfLast,
}

fn settings(closes: bool) -> Settings {
    let always = Closing {
        months: 0,
        days: 1,
        bytes: 0,
    };
    Settings {
        closing: if closes { always } else { Closing::default() },
        ..Settings::default()
    }
}

async fn recalculate_without(
    left_out: LeftOut,
    settings: &Settings,
    client: &Client,
    profile: &ProfileId,
    changed: &BTreeSet<Part>,
) {
    let table = &Table::new(client.clone(), TABLE);
    if left_out == LeftOut::Nothing {
        recalculate(table, settings, profile, changed, Utc::now)
            .await
            .unwrap();
        return;
    }
    let attempt = Attempt {
        table,
        settings,
        profile,
        now: Utc::now(),
        budget: &Budget::new(None),
    };
    let mut mismatched = None;
    loop {
        let early_parts = match left_out {
            LeftOut::OrderOfReads => Some(
                table
                    .parts(profile, changed, None, &Budget::new(None))
                    .await
                    .unwrap(),
            ),
            _ => None,
        };
        let early_archive = match left_out {
            LeftOut::OrderOfArchive | LeftOut::OrderOfArchiveAndTags => {
                Some(table.archive(profile, Consistency::Strong).await.unwrap())
            }
            _ => None,
        };
        let derived = match table.derived(profile, Consistency::Strong).await.unwrap() {
            Some(derived) => derived,
            None if left_out == LeftOut::EmptyItem => {
                let (ledger, _) = table
                    .rebuild(profile, None, &Budget::new(None))
                    .await
                    .unwrap();
                if ledger.is_empty() {
                    return;
                }
                let item = attempt.replacement(&from_everything(ledger)).item;
                if put_if_absent(client, item).await == Write::Done {
                    return;
                }
                continue;
            }
            None => {
                let mut version = Version::fresh();
                if left_out == LeftOut::RandomVersion {
                    version = counted(1);
                }
                let item = empty_item(profile, &version);
                if put_if_absent(client, item).await == Write::LostRace {
                    continue;
                }
                Derived::empty(version)
            }
        };
        let version = derived.version.clone();
        let mut before = None;
        let calculated = match (left_out, derived.ledger) {
            (LeftOut::OrderOfReads, StoredLedger::Usable(mut ledger)) => {
                for fold in early_parts.into_iter().flatten() {
                    ledger.replace(fold);
                }
                from_everything(*ledger)
            }
            (
                LeftOut::OrderOfArchive | LeftOut::Tags | LeftOut::OrderOfArchiveAndTags,
                StoredLedger::Usable(mut ledger),
            ) if mismatched.as_ref() != Some(&version) => {
                let archive = match early_archive {
                    Some(archive) => archive,
                    None => table.archive(profile, Consistency::Strong).await.unwrap(),
                };
                let mut found = archive.years;
                found.extend(years_of(&ledger));
                let mut items = archive.items;
                if left_out != LeftOut::OrderOfArchive {
                    items = rebound(profile, &ledger, items);
                }
                if ledger.take_in(profile.as_str(), items).is_err() {
                    mismatched = Some(version);
                    continue;
                }
                for fold in table
                    .parts(profile, changed, None, &Budget::new(None))
                    .await
                    .unwrap()
                {
                    ledger.replace(fold);
                }
                Calculated {
                    archive: found,
                    ..from_everything(*ledger)
                }
            }
            (LeftOut::DeletesOfFullRead, StoredLedger::Usable(ledger)) => {
                let named = ledger.archive().collect();
                attempt.calculate_whole(named).await.unwrap()
            }
            (_, ledger) => {
                if let StoredLedger::Usable(ledger) = &ledger {
                    before = Some(ledger.encode(profile.as_str(), Tag::default()).ledger);
                }
                let trusts_archive = mismatched.as_ref() != Some(&version);
                let derived = Derived { ledger, ..derived };
                let calculated =
                    attempt.calculate(derived, Changed::Parts(changed), trusts_archive);
                let Some(calculated) = calculated.await.unwrap() else {
                    mismatched = Some(version);
                    continue;
                };
                calculated
            }
        };
        let Some(write) =
            write_without(left_out, &attempt, calculated, &version, before, client).await
        else {
            mismatched = Some(version);
            continue;
        };
        if write == Write::Done {
            return;
        }
    }
}

async fn write_without(
    left_out: LeftOut,
    attempt: &Attempt<'_>,
    mut calculated: Calculated,
    read: &Version,
    before: Option<Vec<u8>>,
    client: &Client,
) -> Option<Write> {
    let (table, profile) = (attempt.table, attempt.profile);
    let ledger = &calculated.ledger;
    match left_out {
        LeftOut::WriteOfUnchanged
            if before == Some(ledger.encode(profile.as_str(), Tag::default()).ledger) =>
        {
            Some(Write::Done)
        }
        LeftOut::NothingTooLarge if !ledger.is_empty() => {
            let write = table.put_incomplete(profile, TOO_LARGE, read).await;
            Some(write.unwrap())
        }
        LeftOut::VersionOfIncomplete if !ledger.is_empty() => {
            Some(put_incomplete_under(client, profile, read).await)
        }
        LeftOut::ConditionOfDelete if ledger.is_empty() => {
            delete(client, profile, SortKey::Derived).await;
            Some(Write::Done)
        }
        LeftOut::DeletesOfLast if ledger.is_empty() => {
            let write = table.delete(profile, &BTreeSet::new(), read).await;
            Some(write.unwrap())
        }
        LeftOut::DeletesOfFullRead if !ledger.is_empty() => {
            let mut replacement = attempt.replacement(&calculated);
            replacement.deletes.clear();
            Some(table.replace(profile, replacement, read).await.unwrap())
        }
        LeftOut::ConditionOfPut if !ledger.is_empty() => {
            let item = attempt.replacement(&calculated).item;
            let put = client.put_item().table_name(TABLE);
            put.set_item(Some(item)).send().await.unwrap();
            Some(Write::Done)
        }
        LeftOut::RandomVersion if !ledger.is_empty() => {
            let mut replacement = attempt.replacement(&calculated);
            let Version(version) = counted(number_of(read) + 1);
            replacement.item.insert("version".into(), version.unwrap());
            Some(table.replace(profile, replacement, read).await.unwrap())
        }
        LeftOut::Transaction if !ledger.is_empty() => {
            if !attempt.take_in(&mut calculated).await.unwrap() {
                return None;
            }
            let (closing, today) = (&attempt.settings.closing, attempt.now.date_naive());
            calculated.ledger.close(closing, today);
            let mut replacement = attempt.replacement(&calculated);
            for item in std::mem::take(&mut replacement.puts) {
                let put = client.put_item().table_name(TABLE);
                put.set_item(Some(item)).send().await.unwrap();
            }
            for year in std::mem::take(&mut replacement.deletes) {
                delete(client, profile, SortKey::Archive(year)).await;
            }
            Some(table.replace(profile, replacement, read).await.unwrap())
        }
        _ => {
            let written = attempt.write(calculated, read).await.unwrap();
            written.map(|(write, _)| write)
        }
    }
}

/// A ledger that needs nothing else to be written.
fn from_everything(ledger: Ledger) -> Calculated {
    Calculated {
        named: ledger.archive().collect(),
        archive: years_of(&ledger),
        ledger,
        has_read_archive: true,
        is_whole: false,
    }
}

/// Archive items as if they belonged to the ledger, whatever their tag is.
pub(super) fn rebound(
    profile: &ProfileId,
    ledger: &Ledger,
    items: Vec<ArchiveItem>,
) -> Vec<ArchiveItem> {
    let named: BTreeMap<u16, Tag> = ledger.archive().collect();
    let rebind = |item: ArchiveItem| {
        let tag = *named.get(&item.year)?;
        let (content, _) = item.days.split_last_chunk::<4>()?;
        let bound_to = format!("{profile}\0{:04}\0{tag}\0", item.year);
        let check = xxhash_rust::xxh3::xxh3_64(&[bound_to.as_bytes(), content].concat());
        let days = [content, &check.to_le_bytes()[..4]].concat();
        Some(ArchiveItem { tag, days, ..item })
    };
    items.into_iter().filter_map(rebind).collect()
}

fn counted(number: u32) -> Version {
    Version(Some(AttributeValue::S(format!("{number:08x}"))))
}

fn number_of(version: &Version) -> u32 {
    let text = version.0.as_ref().unwrap().as_s().unwrap();
    u32::from_str_radix(text, 16).unwrap()
}

/// Says that the derived item is incomplete, under the version that it has.
async fn put_incomplete_under(client: &Client, profile: &ProfileId, read: &Version) -> Write {
    let (condition, values) = read.condition();
    let update = client.update_item().table_name(TABLE);
    let update = update
        .set_key(Some(key(&profile.partition(), SortKey::Derived)))
        .update_expression("SET incomplete = :reason")
        .condition_expression(condition)
        .expression_attribute_names("#version", "version")
        .set_expression_attribute_values(values)
        .expression_attribute_values(":reason", AttributeValue::S(TOO_LARGE.to_owned()));
    match update.send().await {
        Ok(_) => Write::Done,
        Err(_) => Write::LostRace,
    }
}

async fn put_if_absent(client: &Client, item: HashMap<String, AttributeValue>) -> Write {
    let request = client.put_item().table_name(TABLE).set_item(Some(item));
    match request
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await
    {
        Ok(_) => Write::Done,
        Err(_) => Write::LostRace,
    }
}

async fn delete(client: &Client, profile: &ProfileId, sk: SortKey<'_>) {
    let request = client.delete_item().table_name(TABLE);
    let request = request.set_key(Some(key(&profile.partition(), sk)));
    request.send().await.unwrap();
}

async fn apply(engine: &Engine, profile: &ProfileId, changes: &[Change]) -> BTreeSet<Part> {
    let mut parts = BTreeSet::new();
    for (sk, total) in changes {
        let sk = SortKey::parse(sk).unwrap();
        parts.insert(sk.source().unwrap().part());
        match total {
            None => delete(&engine.client(), profile, sk).await,
            Some(total) => {
                let mut item = keyed_item(&profile.partition(), sk);
                item.insert("total".into(), Value::Number(total.to_string()));
                engine.put(&item).await;
            }
        }
    }
    parts
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
    let settings = settings(scenario.closes);
    let stored = apply(engine, &profile, scenario.stored).await;
    recalculate_without(
        LeftOut::Nothing,
        &settings,
        &engine.client(),
        &profile,
        &stored,
    )
    .await;
    if left_out == LeftOut::RandomVersion {
        count_version(engine, &profile).await;
    }
    // Only one of them is too large, or nothing would ever be written.
    let left_out_by_second = match left_out {
        LeftOut::VersionOfIncomplete | LeftOut::NothingTooLarge => LeftOut::Nothing,
        left_out => left_out,
    };

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
        recalculate_without(left_out, &settings, &client, &profile, &changed).await;
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
            recalculate_without(left_out_by_second, &settings, &client, &profile, &changed).await;
        }
        second_waits.notify_one();
    };
    tokio::join!(first, second);

    let table = Table::new(engine.client(), TABLE);
    let derived = table.derived(&profile, Consistency::Strong).await.unwrap();
    // Whoever says that it is incomplete has lost nothing: the next one reads everything.
    let is_incomplete = derived.is_some_and(|derived| derived.incomplete.is_some());
    !is_incomplete && !is_exact(&table, &profile).await
}

/// Gives the derived item a version as one that counts has.
async fn count_version(engine: &Engine, profile: &ProfileId) {
    let update = engine.client().update_item().table_name(TABLE);
    let update = update
        .set_key(Some(key(&profile.partition(), SortKey::Derived)))
        .update_expression("SET #version = :one")
        .expression_attribute_names("#version", "version")
        .expression_attribute_values(":one", AttributeValue::S("00000002".to_owned()));
    update.send().await.unwrap();
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

/// The requests before which a recalculation may crash and leave what is neither the old state nor the new one. Retries
/// would mend it, but until they come no reader of the past has an answer.
async fn torn_by_crashes(left_out: LeftOut) -> Vec<usize> {
    let engine = Engine::start().await;
    let scenario = scenario("two purchases of closed days");
    let settings = settings(scenario.closes);
    let mut torn = Vec::new();
    for crash in FIRST_PAUSES {
        let profile = ProfileId::parse(&crash.to_string()).unwrap();
        let stored = apply(&engine, &profile, scenario.stored).await;
        let client = engine.client();
        recalculate_without(LeftOut::Nothing, &settings, &client, &profile, &stored).await;
        let changed = apply(&engine, &profile, scenario.first).await;
        let crashed = Arc::new(Notify::new());
        let crashes = Arc::clone(&crashed);
        let client = hooked_client(
            &engine,
            Arc::new(move |number, _| {
                let crashes = Arc::clone(&crashes);
                Box::pin(async move {
                    if number == crash {
                        crashes.notify_one();
                        std::future::pending::<()>().await;
                    }
                    None
                })
            }),
        );
        tokio::select! {
            () = crashed.notified() => {}
            () = recalculate_without(left_out, &settings, &client, &profile, &changed) => {}
        }
        let table = Table::new(engine.client(), TABLE);
        let derived = table.derived(&profile, Consistency::Strong).await.unwrap();
        let StoredLedger::Usable(mut ledger) = derived.unwrap().ledger else {
            panic!("no usable ledger");
        };
        let archive = table.archive(&profile, Consistency::Strong).await.unwrap();
        if ledger.take_in(profile.as_str(), archive.items).is_err() {
            torn.push(crash);
        }
    }
    torn
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

async fn holds_without(left_out: LeftOut, name: &str) {
    assert_eq!(losing_schedules(left_out, scenario(name)).await, []);
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

    two_purchases_of_closed_days_both_count: never_loses("two purchases of closed days");
    a_closing_takes_a_change_of_a_closed_day_along: never_loses("a closing while a closed day changes");
    all_may_go_while_a_closed_day_comes: never_loses("all goes while a closed day comes");
    the_last_closed_day_may_go: never_loses("the last closed day goes");
    nothing_derived_stays: never_loses("all goes");

    the_transaction_is_needed: async {
        assert_eq!(torn_by_crashes(LeftOut::NothingHere).await, [0_usize; 0]);
        assert_ne!(torn_by_crashes(LeftOut::Transaction).await, [0_usize; 0]);
    };
    of_order_and_tags_either_is_enough_for_a_writer: async {
        holds_without(LeftOut::OrderOfArchive, "two purchases of closed days").await;
        holds_without(LeftOut::Tags, "two purchases of closed days").await;
        loses_without(LeftOut::OrderOfArchiveAndTags, "two purchases of closed days").await;
    };
    the_version_of_the_incomplete_is_needed: async {
        holds_without(LeftOut::NothingTooLarge, "purchases of two dates").await;
        loses_without(LeftOut::VersionOfIncomplete, "purchases of two dates").await;
    };
    the_deletes_of_a_full_read_are_needed: loses_without(LeftOut::DeletesOfFullRead, "the last closed day goes");
    the_deletes_of_the_last_are_needed: loses_without(LeftOut::DeletesOfLast, "all goes");

    the_order_of_reads_is_needed: loses_without(LeftOut::OrderOfReads, "two purchases of one date");
    the_condition_of_the_put_is_needed: loses_without(LeftOut::ConditionOfPut, "purchases of two dates");
    the_condition_of_the_delete_is_needed: loses_without(LeftOut::ConditionOfDelete, "the last one goes while another comes");
    the_empty_item_is_needed: loses_without(LeftOut::EmptyItem, "came and went");
    the_random_version_is_needed: loses_without(LeftOut::RandomVersion, "all gone and another back");
    the_write_of_the_unchanged_is_needed: loses_without(LeftOut::WriteOfUnchanged, "edited and edited back");
}
