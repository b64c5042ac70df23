//! Laws: however changes arrive, the ledger ends as a calculation from nothing makes it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use calculation::{
    ArchiveItem, Closing, Currency, Fold, Item, Ledger, LedgerError, Location, Locations, Part,
    Rebuild, SourceKey, Tag, TransactionKey, Value, evaluate, evaluate_further, explain,
    parse_date,
};
use proptest::prelude::*;
use proptest::sample::select;

/// The profile of all ledgers.
const PROFILE_ID: &str = "p";

/// What a partition holds, by sort key.
type Partition = BTreeMap<String, Item>;

/// Keys as these tests write them; how the table writes them does not matter here.
fn source_key(key: &str) -> Option<SourceKey<'_>> {
    match key.split_once(' ')? {
        ("profile", _) => Some(SourceKey::Profile),
        ("address", id) => Some(SourceKey::Address(id)),
        ("transaction", key) => Some(SourceKey::Transaction(TransactionKey::parse(key))),
        _ => None,
    }
}

fn part_of(key: &str) -> Option<Part> {
    source_key(key).map(|key| key.part())
}

fn currency() -> Option<Currency> {
    Currency::parse("AUD")
}

/// One write to the table: an item, or none for a deletion.
type Change = (String, Option<Item>);

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// An attribute that is usually sound, sometimes not, sometimes absent.
fn attribute(
    name: &'static str,
    values: Vec<Value>,
) -> impl Strategy<Value = Option<(String, Value)>> {
    proptest::option::of(select(values).prop_map(move |value| (name.to_owned(), value)))
}

fn location_ids() -> Vec<Value> {
    vec![
        Value::Number("1".into()),
        text("2"),
        text("web"),
        text("unknown"),
        text(""),
    ]
}

fn transaction() -> impl Strategy<Value = (String, Item)> {
    let totals = [
        "10",
        "0.01",
        "-3.5",
        "0",
        "999999999999.9999",
        "1E+2",
        "0.00001",
        "1000000000000",
    ];
    let mut totals: Vec<Value> = totals.map(|total| Value::Number(total.into())).to_vec();
    totals.push(text("12"));
    let line = (
        attribute(
            "brand",
            vec![
                text("Acme"),
                text("Łódź"),
                text("\u{10000}"),
                text(""),
                Value::Null,
            ],
        ),
        attribute(
            "quantity",
            vec![
                Value::Number("1".into()),
                Value::Number("-1".into()),
                text("2"),
            ],
        ),
        attribute("is_void", vec![Value::Bool(true), Value::Bool(false)]),
    )
        .prop_map(|(brand, quantity, void)| {
            Value::Map([brand, quantity, void].into_iter().flatten().collect())
        });
    let attributes = (
        attribute("total", totals.clone()),
        attribute("total_converted", totals),
        attribute("currency", vec![text("AUD"), text("eur"), text("")]),
        attribute("location_id", location_ids()),
        attribute("channel", vec![text("pos"), text("Website"), text("fax")]),
        attribute(
            "is_void",
            vec![
                Value::Bool(true),
                Value::Bool(false),
                Value::Bool(false),
                text("true"),
            ],
        ),
        proptest::collection::vec(line, 0..3)
            .prop_map(|lines| Some(("items".to_owned(), Value::List(lines)))),
    );
    let key = (
        select(vec![
            "0001-01-01",
            "2024-02-29",
            "2025-06-30",
            "2025-07-01",
            "2026-01-01",
            "9999-12-31",
            "2026-02-30",
            "soon",
        ]),
        select(vec![
            "T00:00:00Z",
            "T10:00:00Z",
            "T10:00:00Z",
            "T23:59:59Z",
            "T10:00:60Z",
            "",
        ]),
        select(vec!["#a", "#b", "#c#d", "#"]),
    );
    (key, attributes).prop_map(
        |((date, time, id), (total, converted, currency, location, channel, void, lines))| {
            let item = [total, converted, currency, location, channel, void, lines]
                .into_iter()
                .flatten()
                .collect();
            (format!("transaction {date}{time}{id}"), item)
        },
    )
}

fn profile() -> impl Strategy<Value = (String, Item)> {
    (
        attribute("joined_at", vec![text("2025-01-01 10:00:00"), text("soon")]),
        attribute("joined_location_id", location_ids()),
        attribute("preferred_location_id", location_ids()),
    )
        .prop_map(|(joined, location, preferred)| {
            (
                "profile ".to_owned(),
                [joined, location, preferred]
                    .into_iter()
                    .flatten()
                    .collect(),
            )
        })
}

fn address() -> impl Strategy<Value = (String, Item)> {
    (
        select(vec!["address home", "address work", "address 3"]),
        attribute(
            "country",
            vec![text("New Zealand"), text("au"), text("Atlantis")],
        ),
        attribute("iso", vec![text("AU"), text("??")]),
        attribute("is_default", vec![Value::Bool(true), Value::Bool(false)]),
    )
        .prop_map(|(key, country, iso, default)| {
            (
                key.to_owned(),
                [country, iso, default].into_iter().flatten().collect(),
            )
        })
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let foreign = Just(("derived ".to_owned(), Item::new()));
    let item = prop_oneof![10 => transaction(), 1 => profile(), 2 => address(), 1 => foreign];
    let change = (item, proptest::bool::weighted(0.75))
        .prop_map(|((key, item), put)| (key, put.then_some(item)));
    proptest::collection::vec(change, 0..40)
}

/// A ledger as the table stores it.
#[derive(Clone, Debug, Default)]
struct Stored {
    ledger: Vec<u8>,
    archive: BTreeMap<u16, ArchiveItem>,
    /// Counts up at every write, so that each has another tag.
    version: u32,
}

impl Stored {
    fn new() -> Self {
        let mut stored = Self::default();
        stored.write(&Ledger::new(currency()));
        stored
    }

    fn write(&mut self, ledger: &Ledger) {
        self.version += 1;
        let tag = Tag::parse(&format!("{:08x}", self.version)).unwrap();
        let encoded = ledger.encode(PROFILE_ID, tag);
        self.ledger = encoded.ledger;
        for item in encoded.archive {
            self.archive.insert(item.year, item);
        }
        self.archive.retain(|year, _| encoded.years.contains(year));
    }

    fn read(&self) -> Ledger {
        decode(&self.ledger).unwrap()
    }

    /// The ledger with its closed days.
    fn whole(&self) -> Ledger {
        let mut ledger = self.read();
        ledger
            .take_in(PROFILE_ID, self.archive.values().cloned())
            .unwrap();
        ledger
    }

    /// The document as of a date, the archive taken in only if it is needed.
    fn document(&self, date: &str) -> String {
        let ledger = self.read();
        if ledger.needs_archive(parse_date(date).unwrap()) {
            document(&self.whole(), date)
        } else {
            document(&ledger, date)
        }
    }

    /// Brings the ledger up to what the partition holds of some parts, as one recalculation does; closes days if `closing`
    /// says so.
    fn recalculate(
        &mut self,
        partition: &Partition,
        parts: impl IntoIterator<Item = Part>,
        closing: Option<&Closing>,
    ) {
        let parts: Vec<Part> = parts.into_iter().collect();
        let mut ledger = self.read();
        if ledger.parts_need_archive(&parts) || closing.is_some() {
            ledger = self.whole();
        }
        for part in parts {
            let mut fold = Fold::new(part.clone(), currency());
            for (key, item) in partition.iter().rev() {
                if let Some(key) = source_key(key).filter(|key| key.part() == part) {
                    fold.add(key, item);
                }
            }
            ledger.replace(fold);
        }
        if let Some(closing) = closing {
            ledger.close(closing, parse_date("2026-06-30").unwrap());
        }
        self.write(&ledger);
    }
}

fn decode(bytes: &[u8]) -> Result<Ledger, LedgerError> {
    Ledger::decode(PROFILE_ID, bytes)
}

fn encode(ledger: &Ledger) -> Vec<u8> {
    ledger.encode(PROFILE_ID, Tag::default()).ledger
}

fn from_nothing(partition: &Partition) -> Ledger {
    let mut rebuild = Rebuild::new(currency());
    for (key, item) in partition {
        if let Some(key) = source_key(key) {
            rebuild.add(key, item);
        }
    }
    rebuild.finish()
}

/// The ledger of what some changes leave, with every day before the newest purchase closed if `closes` says so.
fn ledger_of(changes: Vec<Change>, closes: bool) -> Ledger {
    let stored = changes
        .into_iter()
        .filter_map(|(key, item)| Some((key, item?)));
    let mut ledger = from_nothing(&stored.collect());
    if closes {
        let closing = Closing {
            months: 0,
            days: 1,
            bytes: 0,
        };
        ledger.close(&closing, parse_date("9999-12-31").unwrap());
    }
    ledger
}

fn locations() -> Locations {
    let address = |country: &str| Value::Map(Item::from([("country".into(), text(country))]));
    [
        ("1", "store", "AU"),
        ("2", "", "NZ"),
        ("web", "online", "Atlantis"),
    ]
    .into_iter()
    .map(|(id, kind, country)| {
        let item = Item::from([
            ("type".into(), text(kind)),
            ("address".into(), address(country)),
        ]);
        (id.to_owned(), Arc::new(Location::new(id, &item).unwrap()))
    })
    .collect()
}

/// Everything that can be said of a profile as of a date.
fn document(ledger: &Ledger, date: &str) -> String {
    let (date, locations) = (parse_date(date).unwrap(), locations());
    let document = evaluate(ledger, PROFILE_ID, date, &locations).unwrap();
    let further = evaluate_further(ledger, date, &locations).unwrap();
    let explanation = explain(ledger, date, &locations).unwrap();
    serde_json::to_string(&(document, further, explanation)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Inserts, edits and deletions in any order; records in batches of any size, each of them up to three times and
    /// shuffled; the table may run ahead of the records by any number of changes; days may be closed at any time.
    #[test]
    fn however_changes_arrive_the_end_is_the_same(
        changes in changes(),
        batches in proptest::collection::vec((1_usize..6, 0_usize..4, any::<bool>(), 0_u32..4), 0..30),
        replay in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
        months in select(vec![0, 1, 12, 25, 400]),
    ) {
        let mut partition = Partition::new();
        let mut stored = Stored::new();
        let mut applied = 0;
        let mut delivered = 0;
        let closing = Closing { months, days: 1, bytes: 0 };
        let apply = |partition: &mut Partition, until: usize, applied: &mut usize| {
            for (key, item) in &changes[*applied..until] {
                match item {
                    Some(item) => partition.insert(key.clone(), item.clone()),
                    None => partition.remove(key),
                };
            }
            *applied = until;
        };
        let parts = |range: std::ops::Range<usize>| changes[range].iter().filter_map(|(key, _)| part_of(key));
        for (size, ahead, twice, close) in batches {
            let end = (delivered + size).min(changes.len());
            let until = (end + ahead).min(changes.len()).max(applied);
            apply(&mut partition, until, &mut applied);
            let batch: BTreeSet<Part> = parts(delivered..end).collect();
            stored.recalculate(&partition, batch.clone(), (close == 0).then_some(&closing));
            if twice {
                stored.recalculate(&partition, batch.into_iter().rev(), None);
            }
            delivered = end;
        }
        apply(&mut partition, changes.len(), &mut applied);
        stored.recalculate(&partition, parts(delivered..changes.len()), None);
        if !changes.is_empty() {
            for index in replay {
                stored.recalculate(&partition, part_of(&changes[index.index(changes.len())].0), None);
            }
        }
        let expected = from_nothing(&partition);
        let ledger = stored.whole();
        prop_assert_eq!(ledger.content(), expected.content());
        prop_assert_eq!(ledger.is_empty(), expected.is_empty());
        prop_assert_eq!(stored.read().is_empty(), expected.is_empty());
        prop_assert_eq!(stored.read().set_aside_count(), expected.set_aside_count());
        let read = stored.read();
        prop_assert_eq!(read.location_ids(), expected.location_ids());
        for date in ["0001-01-01", "2024-02-29", "2025-12-31", "2026-06-30", "2027-06-30", "2028-01-01", "9999-12-31"] {
            prop_assert_eq!(stored.document(date), document(&expected, date));
            let read = decode(&encode(&expected)).unwrap();
            prop_assert_eq!(document(&read, date), document(&expected, date));
        }
        // A ledger from nothing keeps the archive items whose days did not change.
        let (today, tag) = (parse_date("2026-06-30").unwrap(), Tag::new([9; 4]));
        let mut closed = from_nothing(&partition);
        closed.close(&closing, today);
        stored.write(&closed);
        let mut again = from_nothing(&partition);
        let named = stored.read().archive().collect();
        again.keep_archive_of(&named, PROFILE_ID, stored.archive.values().cloned());
        again.close(&closing, today);
        let encoded = again.encode(PROFILE_ID, tag);
        prop_assert_eq!(encoded.archive, []);
        prop_assert_eq!(encoded.ledger, stored.ledger);
    }

    #[test]
    fn a_flipped_bit_is_never_taken_for_a_ledger(changes in changes(), closes in any::<bool>(), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut bytes = encode(&ledger_of(changes, closes));
        let place = place.index(bytes.len());
        bytes[place] ^= 1_u8 << bit;
        let expected = if place == 0 { LedgerError::UnknownVersion(bytes[0]) } else { LedgerError::Damaged };
        prop_assert_eq!(decode(&bytes).err(), Some(expected));
    }

    #[test]
    fn a_cut_off_ledger_is_damaged(changes in changes(), closes in any::<bool>(), place in any::<prop::sample::Index>()) {
        let bytes = encode(&ledger_of(changes, closes));
        prop_assert_eq!(decode(&bytes[..place.index(bytes.len())]).err(), Some(LedgerError::Damaged));
    }

    /// Also bytes whose check is right, so that everything behind it is reached.
    #[test]
    fn no_bytes_make_decoding_panic(
        changes in changes(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        random in proptest::collection::vec(any::<u8>(), 0..200),
        start_from_ledger in any::<bool>(),
        close in any::<bool>(),
    ) {
        let mut bytes = if start_from_ledger { encode(&ledger_of(changes, close)) } else { random };
        bytes.truncate(bytes.len().saturating_sub(4));
        for (place, byte) in edits {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        if let Some(version) = bytes.first_mut() {
            *version = 1;
        }
        let check = xxhash_rust::xxh3::xxh3_64(&[b"p\0", bytes.as_slice()].concat()).to_le_bytes();
        bytes.extend_from_slice(&check[..4]);
        if let Ok(ledger) = decode(&bytes) {
            let _document = evaluate(&ledger, PROFILE_ID, parse_date("2026-01-01").unwrap(), &locations());
            encode(&ledger);
        }
    }

    /// Archive items, too, those whose check is right among them.
    #[test]
    fn no_archive_item_makes_taking_in_panic(
        changes in changes(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        has_check in any::<bool>(),
    ) {
        let encoded = ledger_of(changes, true).encode(PROFILE_ID, Tag::default());
        let mut archive = encoded.archive;
        if let Some(item) = archive.first_mut() {
            let mut content = item.days[..item.days.len() - 4].to_vec();
            for (place, byte) in &edits {
                let place = place.index(content.len());
                content[place] = *byte;
            }
            let is_same = content == item.days[..content.len()];
            let bound_to = format!("{PROFILE_ID}\0{:04}\0{}\0", item.year, item.tag);
            let check = xxhash_rust::xxh3::xxh3_64(&[bound_to.as_bytes(), &content].concat());
            if has_check {
                content.extend_from_slice(&check.to_le_bytes()[..4]);
            } else {
                content.extend_from_slice(&item.days[content.len()..]);
            }
            item.days = content;
            let mut closed = decode(&encoded.ledger).unwrap();
            let before = closed.clone();
            let taken = closed.take_in(PROFILE_ID, archive);
            prop_assert!(is_same || has_check || taken.is_err());
            if taken.is_err() {
                prop_assert_eq!(closed, before);
            } else {
                document(&closed, "2026-01-01");
                encode(&closed);
            }
        }
    }
}

/// Some years of purchases in the layout that the numbers of the architecture are about: one purchase, one location and one
/// brand a shopping day.
#[test]
fn an_ordinary_shopping_day_takes_under_ten_bytes() {
    let mut partition = Partition::new();
    for day in 0..300 {
        let date = parse_date("2020-01-01").unwrap() + chrono::Days::new(day * 5);
        let key = format!(
            "transaction {date}T{:02}:{:02}:{:02}Z#{day}",
            day % 24,
            day * 7 % 60,
            day * 13 % 60
        );
        let item = Item::from([
            (
                "total".into(),
                Value::Number(format!("{}.{:02}", 20 + day * 37 % 400, day * 7 % 100)),
            ),
            ("location_id".into(), text("1")),
            (
                "items".into(),
                Value::List(vec![Value::Map(Item::from([(
                    "brand".into(),
                    text("Acme"),
                )]))]),
            ),
        ]);
        partition.insert(key, item);
    }
    let bytes = encode(&from_nothing(&partition)).len();
    assert!(bytes < 300 * 10, "{bytes} bytes");
}

#[test]
fn a_ledger_of_another_profile_is_damaged() {
    let bytes = Ledger::new(currency()).encode("ada", Tag::default()).ledger;
    assert!(Ledger::decode("ada", &bytes).is_ok());
    for other in ["ad", "adb", "", "ada\0"] {
        assert_eq!(
            Ledger::decode(other, &bytes).err(),
            Some(LedgerError::Damaged)
        );
    }
}
