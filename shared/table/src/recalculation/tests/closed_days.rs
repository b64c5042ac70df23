//! Closed days: when days are closed, what their readers see, and what becomes of an archive that does not belong.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{
    Aggregations, ArchiveItem, Closing, LedgerError, Locations, Value, evaluate, parse_date,
};
use chrono::{DateTime, Days, NaiveDate};
use futures::TryStreamExt;
use futures::future::BoxFuture;
use test_support::{TABLE, hooked_client, operation};

use super::super::*;
use super::interleavings::rebound;
use super::{Fixture, is_exact, item, parts};
use crate::budget::Budget;
use crate::derived::StoredLedger;
use crate::keys::{SortKey, key};
use crate::scan::Segment;
use crate::size::item_size;

/// Closes every day before the newest purchase.
const ALWAYS: Settings = Settings {
    currency: None,
    store_figures: true,
    closing: Closing {
        months: 0,
        days: 1,
        bytes: 0,
    },
    max_items: None,
};

fn at(date: NaiveDate) -> DateTime<Utc> {
    date.and_hms_opt(12, 0, 0).unwrap().and_utc()
}

fn date(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

/// The key of a purchase at noon of a date.
fn key_on(date: NaiveDate) -> String {
    format!("TXN#{date}T12:00:00Z#a")
}

async fn recalculate_at(fixture: &Fixture, settings: &Settings, keys: &[&str], today: NaiveDate) {
    let changed = parts(keys);
    let now = || at(today);
    let outcome = recalculate(&fixture.table, settings, &fixture.profile, &changed, now).await;
    assert_eq!(outcome.unwrap().written, Written::Put);
}

fn text_of(document: &Aggregations<'_>) -> String {
    serde_json::to_string(document).unwrap()
}

/// The document as of a date, as a reader gets it through `table`.
async fn read(table: &Table, profile: &ProfileId, date: NaiveDate) -> String {
    let derived = table.derived_as_of(profile, date).await.unwrap().unwrap();
    let StoredLedger::Usable(ledger) = derived.ledger else {
        panic!("no usable ledger");
    };
    let locations = Locations::new();
    let document = evaluate(&ledger, profile.as_str(), date, &locations);
    text_of(&document.unwrap().unwrap())
}

/// The document as of a date from nothing.
async fn truth(fixture: &Fixture, date: NaiveDate) -> String {
    let (ledger, _) = fixture
        .table
        .rebuild(&fixture.profile, None, &Budget::new(None))
        .await
        .unwrap();
    let locations = Locations::new();
    let document = evaluate(&ledger, fixture.profile.as_str(), date, &locations);
    text_of(&document.unwrap().unwrap())
}

async fn archive_years(fixture: &Fixture) -> Vec<u16> {
    let archive = fixture.table.archive(&fixture.profile, Consistency::Strong);
    archive.await.unwrap().years.into_iter().collect()
}

#[tokio::test]
async fn days_are_closed_when_the_item_is_large_and_enough_of_them_are_old() {
    let fixture = Fixture::open().await;
    let settings = Settings {
        store_figures: false,
        ..Settings::default()
    };
    // Three years of purchases every second day, at stores and of brands that take their place.
    let first = date("2023-01-01");
    let dates: Vec<NaiveDate> = (0..550).map(|day| first + Days::new(2 * day)).collect();
    for (number, date) in dates.iter().enumerate() {
        let brand = Value::Map(item(&[(
            "brand",
            Value::Text(format!("brand {}", number % 7)),
        )]));
        let attributes = [
            (
                "total",
                Value::Number(format!("{}.{:02}", number % 90, number % 100)),
            ),
            ("location_id", Value::Number((number % 5).to_string())),
            ("items", Value::List(vec![brand])),
        ];
        fixture.put(&key_on(*date), &attributes).await;
    }
    let today = dates[549];
    recalculate_at(&fixture, &settings, &["PROFILE"], today).await;
    assert!(is_exact(&fixture.table, &fixture.profile).await);
    assert_eq!(archive_years(&fixture).await, [2023]);

    let since = today.checked_sub_months(chrono::Months::new(25)).unwrap();
    let derived = fixture.derived().await.unwrap();
    assert!(item_size(&derived) < 3 * 1024, "{}", item_size(&derived));
    for asked in [
        first,
        date("2023-12-31"),
        since,
        since + Days::new(1),
        // The first date whose window of 24 months begins at `since`, and the one before.
        since.checked_add_months(chrono::Months::new(24)).unwrap(),
        since.checked_add_months(chrono::Months::new(24)).unwrap() - Days::new(1),
        today,
        date("2030-01-01"),
    ] {
        let read = read(&fixture.table, &fixture.profile, asked).await;
        assert_eq!(read, truth(&fixture, asked).await, "{asked}");
    }

    // The next closing waits until 32 days are old enough; until then an ordinary purchase writes no archive item.
    let tag = async || {
        let archive = fixture
            .table
            .archive(&fixture.profile, Consistency::Strong)
            .await;
        archive.unwrap().items[0].tag
    };
    let first_tag = tag().await;
    let mut today = today;
    let mut purchases = 0;
    while tag().await == first_tag {
        purchases += 1;
        today = today + Days::new(2);
        fixture.buy(&key_on(today), "5").await;
        recalculate_at(&fixture, &settings, &[&key_on(today)], today).await;
    }
    // Months differ by a day or two.
    assert!((29..=33).contains(&purchases), "{purchases}");
    assert!(is_exact(&fixture.table, &fixture.profile).await);
}

#[tokio::test]
async fn what_comes_to_and_goes_from_the_past_is_exact_and_only_its_year_is_written() {
    let fixture = Fixture::open().await;
    let years = [2019, 2020, 2021, 2026];
    let keys: Vec<String> = years
        .iter()
        .map(|year| key_on(NaiveDate::from_ymd_opt(*year, 6, 1).unwrap()))
        .collect();
    for key in &keys {
        fixture.buy(key, "10").await;
    }
    let today = date("2026-06-01");
    recalculate_at(&fixture, &ALWAYS, &["PROFILE"], today).await;
    assert_eq!(archive_years(&fixture).await, [2019, 2020, 2021]);
    let tags = async || -> Vec<String> {
        let archive = fixture
            .table
            .archive(&fixture.profile, Consistency::Strong)
            .await;
        archive
            .unwrap()
            .items
            .iter()
            .map(|item| item.tag.to_string())
            .collect()
    };
    let before = tags().await;
    let asked = [
        "2018-01-01",
        "2019-12-31",
        "2020-06-01",
        "2022-01-01",
        "2026-06-01",
        "2029-01-01",
    ];
    // A return, a correction, one before everything, and deletions.
    let backdated = [
        ("TXN#2020-07-01T12:00:00Z#return", Some("-3")),
        ("TXN#2020-06-01T12:00:00Z#a", Some("12")),
        ("TXN#2017-01-01T12:00:00Z#first", Some("1")),
        ("TXN#2020-06-01T12:00:00Z#a", None),
        ("TXN#2020-07-01T12:00:00Z#return", None),
        ("TXN#2017-01-01T12:00:00Z#first", None),
    ];
    for (key, total) in backdated {
        match total {
            Some(total) => fixture.buy(key, total).await,
            None => fixture.delete(key).await,
        }
        recalculate_at(&fixture, &ALWAYS, &[key], today).await;
        assert!(is_exact(&fixture.table, &fixture.profile).await, "{key}");
        for asked in asked {
            let read = read(&fixture.table, &fixture.profile, date(asked)).await;
            assert_eq!(
                read,
                truth(&fixture, date(asked)).await,
                "{key} as of {asked}"
            );
        }
    }
    assert_eq!(archive_years(&fixture).await, [2019, 2021]);
    let after = tags().await;
    assert_eq!((&after[0], &after[1]), (&before[0], &before[2]));

    for key in &keys {
        fixture.delete(key).await;
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let changed = parts(&keys);
    let outcome = recalculate(
        &fixture.table,
        &ALWAYS,
        &fixture.profile,
        &changed,
        Utc::now,
    )
    .await;
    assert_eq!(outcome.unwrap().written, Written::Deleted);
    assert_eq!(fixture.derived().await, None);
    assert_eq!(archive_years(&fixture).await, [0_u16; 0]);
}

/// A fixture whose archive has two days, on both of which a change comes, and whose newest day changes too.
async fn fixture_with_archive() -> Fixture {
    let fixture = Fixture::open().await;
    for (key, total) in CHANGED.iter().zip(["1", "2", "8"]) {
        fixture.buy(key, total).await;
    }
    recalculate_at(&fixture, &ALWAYS, &CHANGED, date("2027-06-01")).await;
    assert_eq!(archive_years(&fixture).await, [2026]);
    fixture
}

const CHANGED: [&str; 3] = [
    "TXN#2026-01-01T10:00:00Z#a",
    "TXN#2026-01-02T10:00:00Z#b",
    "TXN#2027-01-01T10:00:00Z#c",
];
const ASKED: &str = "2027-06-01";

/// A table whose first Query of a reader comes after a recalculation of two changes: of a closed day, and of one that is not.
fn overtaken(fixture: &Arc<Fixture>) -> Table {
    let writer = Arc::clone(fixture);
    let client = hooked_client(
        &fixture.engine,
        Arc::new(move |number, request| {
            let overtakes = number == 1 && operation(request) == "Query";
            let fixture = Arc::clone(&writer);
            Box::pin(async move {
                if overtakes {
                    fixture.buy(CHANGED[0], "1.5").await;
                    fixture.buy(CHANGED[2], "8.5").await;
                    recalculate_at(&fixture, &ALWAYS, &CHANGED, date(ASKED)).await;
                }
                None
            })
        }),
    );
    Table::new(client, TABLE)
}

#[tokio::test]
async fn a_reader_never_mixes_two_versions() {
    let fixture = Arc::new(fixture_with_archive().await);
    let read = read(&overtaken(&fixture), &fixture.profile, date(ASKED)).await;
    assert_eq!(read, truth(&fixture, date(ASKED)).await);
}

#[tokio::test]
async fn a_scan_reads_a_profile_again_whose_archive_does_not_belong() {
    let fixture = Arc::new(fixture_with_archive().await);
    let archive = key(&fixture.profile.partition(), SortKey::Archive(2026));
    let get = fixture.engine.client().get_item().table_name(TABLE);
    let good = get.set_key(Some(archive)).send().await.unwrap();
    let good = good.item.unwrap();
    for is_overtaken in [false, true] {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (writer, asked, good) = (Arc::clone(&fixture), Arc::clone(&requests), good.clone());
        // The scan comes by the archive of another version than the one that a reader finds afterwards.
        let hook = move |_, request: &_| {
            let (fixture, mut item) = (Arc::clone(&writer), good.clone());
            let operation = operation(request);
            asked.lock().unwrap().push(operation.clone());
            let put = async move {
                if is_overtaken {
                    if operation == "Scan" {
                        item.insert("tag".into(), AttributeValue::S("00000000".into()));
                    }
                    let put = fixture.engine.client().put_item().table_name(TABLE);
                    put.set_item(Some(item)).send().await.unwrap();
                }
                None
            };
            Box::pin(put) as BoxFuture<'static, _>
        };
        let table = Table::new(hooked_client(&fixture.engine, Arc::new(hook)), TABLE);
        let scanned = table.all_derived_as_of(date(ASKED), Segment::WHOLE);
        let scanned: Vec<_> = scanned.try_collect().await.unwrap();
        let [scanned] = &scanned[..] else {
            panic!("{scanned:?}");
        };
        let Ok(Some(derived)) = &scanned.derived else {
            panic!("{scanned:?}");
        };
        let StoredLedger::Usable(ledger) = &derived.ledger else {
            panic!("{scanned:?}");
        };
        let locations = Locations::new();
        let document = evaluate(ledger, fixture.profile.as_str(), date(ASKED), &locations);
        let document = text_of(&document.unwrap().unwrap());
        assert_eq!(document, truth(&fixture, date(ASKED)).await);
        let expected: &[&str] = match is_overtaken {
            true => &["Scan", "GetItem", "Query"],
            false => &["Scan"],
        };
        assert_eq!(*requests.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn a_reader_that_ignores_tags_mixes_two_versions() {
    let fixture = Arc::new(fixture_with_archive().await);
    let before = truth(&fixture, date(ASKED)).await;
    let table = overtaken(&fixture);
    let derived = table.derived(&fixture.profile, Consistency::Strong).await;
    let StoredLedger::Usable(mut ledger) = derived.unwrap().unwrap().ledger else {
        panic!("no usable ledger");
    };
    let archive = table.archive(&fixture.profile, Consistency::Strong).await;
    let items = rebound(&fixture.profile, &ledger, archive.unwrap().items);
    ledger.take_in(fixture.profile.as_str(), items).unwrap();
    let locations = Locations::new();
    let mixed = evaluate(&ledger, fixture.profile.as_str(), date(ASKED), &locations);
    let mixed = text_of(&mixed.unwrap().unwrap());
    assert_ne!(mixed, before);
    assert_ne!(mixed, truth(&fixture, date(ASKED)).await);
}

#[tokio::test]
async fn an_archive_that_does_not_belong_is_never_read_and_is_made_anew() {
    let fixture = fixture_with_archive().await;
    let archive = fixture
        .table
        .archive(&fixture.profile, Consistency::Strong)
        .await;
    let good: ArchiveItem = archive.unwrap().items.remove(0);
    let partition = fixture.profile.partition();
    let stored = |days: Vec<u8>, tag: &str| {
        let mut item = key(&partition, SortKey::Archive(2026));
        item.insert("tag".into(), AttributeValue::S(tag.into()));
        item.insert(
            "days".into(),
            AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new(days)),
        );
        item
    };
    let mut damaged = good.days.clone();
    damaged[3] ^= 1;
    let tag = good.tag.to_string();
    for broken in [
        Some(stored(damaged, &tag)),
        Some(stored(good.days.clone(), "00000000")),
        Some(key(&partition, SortKey::Archive(2026))),
        None,
    ] {
        let client = fixture.engine.client();
        match broken {
            Some(item) => {
                let put = client.put_item().table_name(TABLE);
                put.set_item(Some(item)).send().await.unwrap();
            }
            None => {
                let key = key(&partition, SortKey::Archive(2026));
                let delete = client.delete_item().table_name(TABLE);
                delete.set_key(Some(key)).send().await.unwrap();
            }
        }
        let error = fixture
            .table
            .derived_as_of(&fixture.profile, date(ASKED))
            .await;
        assert!(matches!(error, Err(TableError::Archive(_))));
        // Questions that do not need it are answered.
        let today = date("2029-06-01");
        assert_eq!(
            read(&fixture.table, &fixture.profile, today).await,
            truth(&fixture, today).await
        );
        // A change of the past makes everything be read, after one more try.
        let changed = parts(&[CHANGED[0]]);
        let now = || at(date(ASKED));
        let outcome = recalculate(&fixture.table, &ALWAYS, &fixture.profile, &changed, now).await;
        assert_eq!(outcome.unwrap().lost_races, 1);
        assert!(is_exact(&fixture.table, &fixture.profile).await);
    }
}

#[tokio::test]
async fn archive_items_that_nobody_names_go_when_everything_is_read() {
    let fixture = fixture_with_archive().await;
    let partition = fixture.profile.partition();
    let put = async |year| {
        let item = key(&partition, SortKey::Archive(year));
        let put = fixture.engine.client().put_item().table_name(TABLE);
        put.set_item(Some(item)).send().await.unwrap();
    };
    put(1999).await;
    // A recalculation of today does not look at the archive.
    let today = date(ASKED);
    recalculate_at(&fixture, &ALWAYS, &[CHANGED[2]], today).await;
    assert_eq!(archive_years(&fixture).await, [1999, 2026]);
    let mut derived = fixture.derived().await.unwrap();
    derived.insert("incomplete".into(), AttributeValue::S("too large".into()));
    let restore = fixture.engine.client().put_item().table_name(TABLE);
    restore.set_item(Some(derived)).send().await.unwrap();
    recalculate_at(&fixture, &ALWAYS, &[CHANGED[2]], today).await;
    assert_eq!(archive_years(&fixture).await, [2026]);
    assert!(is_exact(&fixture.table, &fixture.profile).await);
}

/// A transaction has a hundred actions at most; nobody puts so many, but if somebody did, nothing must fail for good.
#[tokio::test]
async fn more_strange_archive_items_than_a_transaction_takes_go_one_after_another() {
    let fixture = Fixture::open().await;
    let partition = fixture.profile.partition();
    for year in 1..=150 {
        let item = key(&partition, SortKey::Archive(year));
        let put = fixture.engine.client().put_item().table_name(TABLE);
        put.set_item(Some(item)).send().await.unwrap();
    }
    let today = date("2026-06-01");
    fixture.buy(CHANGED[0], "1").await;
    recalculate_at(&fixture, &ALWAYS, &[CHANGED[0]], today).await;
    assert_eq!(archive_years(&fixture).await.len(), 51);
    fixture.delete(CHANGED[0]).await;
    let outcome = fixture.recalculate(&[CHANGED[0]]).await.unwrap();
    assert_eq!(outcome.written, Written::Deleted);
    assert_eq!(archive_years(&fixture).await, [0_u16; 0]);
}

#[tokio::test]
async fn a_damaged_ledger_with_an_archive_is_rebuilt_whole() {
    let fixture = fixture_with_archive().await;
    let mut derived = fixture.derived().await.unwrap();
    let damaged = AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new([1, 2, 3]));
    derived.insert("ledger".into(), damaged);
    let put = fixture.engine.client().put_item().table_name(TABLE);
    put.set_item(Some(derived)).send().await.unwrap();
    let stored = fixture
        .table
        .derived_as_of(&fixture.profile, date(ASKED))
        .await;
    let StoredLedger::Unusable(error) = stored.unwrap().unwrap().ledger else {
        panic!("a usable ledger");
    };
    assert_eq!(error, LedgerError::Damaged);
    recalculate_at(&fixture, &ALWAYS, &[CHANGED[2]], date(ASKED)).await;
    assert!(is_exact(&fixture.table, &fixture.profile).await);
}

#[tokio::test]
async fn a_profile_that_is_too_large_closes_what_is_old_enough() {
    let fixture = Fixture::open().await;
    // 26 old days, each of which takes 17 KB of the ledger, are fewer than are closed at once.
    let line = |number| Value::Map(item(&[("brand", Value::Text(format!("b{number:05}")))]));
    let lines: Vec<Value> = (0..10_000).map(line).collect();
    let attributes = [
        ("total", Value::Number("1".into())),
        ("items", Value::List(lines)),
    ];
    let today = date("2026-06-01");
    for year in [2018, 2019] {
        for day in 1..=13 {
            let date = NaiveDate::from_ymd_opt(year, 3, day).unwrap();
            fixture.put(&key_on(date), &attributes).await;
        }
    }
    fixture.buy(&key_on(today), "1").await;
    recalculate_at(&fixture, &Settings::default(), &["PROFILE"], today).await;
    assert_eq!(archive_years(&fixture).await, [2018, 2019]);
    assert!(is_exact(&fixture.table, &fixture.profile).await);
}

/// A change of more years than a transaction takes is written without an archive, if it fits so.
#[tokio::test]
async fn a_change_of_too_many_years_at_once_is_not_incomplete() {
    let fixture = Fixture::open().await;
    let line = |number| Value::Map(item(&[("brand", Value::Text(format!("{number:0>256}")))]));
    let brands: Vec<Value> = (0..1_448).map(line).collect();
    let today = date("2026-06-01");
    fixture.buy(&key_on(today), "1").await;
    let mut changed = Vec::new();
    for year in 2007..=2018 {
        for day in 1..=28 {
            let date = NaiveDate::from_ymd_opt(year, 4, day).unwrap();
            // An item holds 400 KB, so the brands of a year come with four purchases.
            let some = brands.chunks(362).nth(day as usize - 1);
            let lines = ("items", Value::List(some.unwrap_or_default().to_vec()));
            fixture
                .put(
                    &key_on(date),
                    &[("total", Value::Number("2".into())), lines],
                )
                .await;
        }
        let key = key_on(NaiveDate::from_ymd_opt(year, 4, 1).unwrap());
        recalculate_at(&fixture, &Settings::default(), &[&key], today).await;
        changed.push(format!("TXN#{year}-06-01T12:00:00Z#new"));
        // Everything of the year.
        let keys: Vec<String> = (1..=28)
            .map(|day| key_on(NaiveDate::from_ymd_opt(year, 4, day).unwrap()))
            .collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        recalculate_at(&fixture, &Settings::default(), &keys, today).await;
    }
    assert!(is_exact(&fixture.table, &fixture.profile).await);
    assert_eq!(archive_years(&fixture).await.len(), 12);
    for key in &changed {
        fixture.buy(key, "1").await;
    }
    let changed: Vec<&str> = changed.iter().map(String::as_str).collect();
    recalculate_at(&fixture, &Settings::default(), &changed, today).await;
    assert!(is_exact(&fixture.table, &fixture.profile).await);
}

/// The brands of closed days are in the summary too, so closing does not always help.
#[tokio::test]
async fn a_closing_that_does_not_help_is_not_done() {
    let fixture = Fixture::open().await;
    let line = |number| Value::Map(item(&[("brand", Value::Text(format!("{number:0>256}")))]));
    let keys = ["TXN#2018-01-01T10:00:00Z#a", "TXN#2026-01-01T10:00:00Z#b"];
    for (key, brands) in keys.iter().zip([0..900, 900..1_800]) {
        let lines = ("items", Value::List(brands.map(line).collect()));
        fixture
            .put(key, &[("total", Value::Number("1".into())), lines])
            .await;
    }
    let today = date("2026-06-01");
    let (changed, settings) = (parts(&keys), Settings::default());
    let now = || at(today);
    let outcome = recalculate(&fixture.table, &settings, &fixture.profile, &changed, now).await;
    assert_eq!(outcome.unwrap().written, Written::Incomplete);
    assert_eq!(archive_years(&fixture).await, [0_u16; 0]);
    fixture.delete(keys[1]).await;
    recalculate_at(&fixture, &settings, &[keys[1]], today).await;
    assert!(is_exact(&fixture.table, &fixture.profile).await);
}

#[tokio::test]
async fn another_currency_and_set_aside_keys_of_closed_days_read_everything() {
    let fixture = fixture_with_archive().await;
    let settings = Settings {
        currency: calculation::Currency::parse("AUD"),
        ..ALWAYS
    };
    recalculate_at(&fixture, &settings, &[CHANGED[2]], date(ASKED)).await;
    let derived = fixture
        .table
        .derived(&fixture.profile, Consistency::Strong)
        .await;
    let StoredLedger::Usable(ledger) = derived.unwrap().unwrap().ledger else {
        panic!("no usable ledger");
    };
    assert_eq!(ledger.currency(), settings.currency);
    recalculate_at(&fixture, &ALWAYS, &[CHANGED[2]], date(ASKED)).await;
    assert!(is_exact(&fixture.table, &fixture.profile).await);

    // Over a hundred on a closed day; when listed ones are corrected, the next ones are listed.
    let key = |number| format!("TXN#2026-01-02T10:00:00Z#set-aside-{number:03}");
    for number in 0..150 {
        fixture.put(&key(number), &[]).await;
    }
    recalculate_at(&fixture, &ALWAYS, &[&key(0)], date(ASKED)).await;
    assert!(is_exact(&fixture.table, &fixture.profile).await);
    for number in 0..60 {
        fixture.buy(&key(number), "1").await;
    }
    recalculate_at(&fixture, &ALWAYS, &[&key(0)], date(ASKED)).await;
    assert!(is_exact(&fixture.table, &fixture.profile).await);
    let derived = fixture.derived().await.unwrap();
    assert_eq!(derived["set_aside_count"], AttributeValue::N("90".into()));
    assert_eq!(derived["set_aside"].as_l().unwrap().len(), 90);
}
