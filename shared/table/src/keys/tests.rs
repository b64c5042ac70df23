//! Tests of `keys`.

use super::*;

#[test]
fn takes_the_ids_of_retailers() {
    let longest = "a".repeat(128);
    for id in [
        "922fafaf-1115-2221-a33-fed3333397",
        "shopify:123+x@example.com_A-z.9",
        "a",
        ".a",
        longest.as_str(),
    ] {
        let parsed = ProfileId::parse(id).unwrap();
        assert_eq!((parsed.as_str(), parsed.to_string().as_str()), (id, id));
    }
}

#[test]
fn refuses_every_other_id_and_says_why() {
    let too_long = "a".repeat(129);
    for (id, reason) in [
        ("", "invalid profile id: it is empty"),
        (
            too_long.as_str(),
            "invalid profile id: it is longer than 128 characters",
        ),
        ("..", "invalid profile id: it consists of dots only"),
        (
            "a#b",
            "invalid profile id: the character `#` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "a%23b",
            "invalid profile id: the character `%` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "a/b",
            "invalid profile id: the character `/` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "a b",
            "invalid profile id: the character ` ` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "é",
            "invalid profile id: the character `é` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
        (
            "a\0",
            "invalid profile id: the character `U+0000` is not allowed, only A-Z a-z 0-9 - _ . : @ +",
        ),
    ] {
        assert_eq!(
            ProfileId::parse(id).map_err(|error| error.to_string()),
            Err(reason.to_owned())
        );
    }
}

#[test]
fn keys_are_written_as_they_were_read() {
    for pk in ["PROFILE#a", "LOCATION#1", "LOCATION#a#b"] {
        assert_eq!(PartitionKey::parse(pk).unwrap().to_string(), pk);
    }
    for sk in [
        "PROFILE",
        "ADDRESS#home",
        "ADDRESS#",
        "TXN#2026-01-01T10:00:00Z#a",
        "TXN#2026-01-01",
        "TXN#",
        "LOCATION",
        "AGG",
        "AGG#0001",
        "AGG#2026",
    ] {
        assert_eq!(SortKey::parse(sk).unwrap().to_string(), sk);
    }
    assert_eq!(addresses_prefix(), "ADDRESS#");
    assert_eq!(archive_prefix(), "AGG#");
    let date = calculation::parse_date("0001-02-03").unwrap();
    assert_eq!(date_prefix(date), "TXN#0001-02-03");
}

#[test]
fn an_item_has_both_keys() {
    let pk = PartitionKey::Location("1".to_owned());
    let (pk_text, sk_text) = ("LOCATION#1", "LOCATION");
    let item = keyed_item(&pk, SortKey::Location);
    assert_eq!(item.len(), 2);
    assert_eq!(item["pk"].as_text(), Some(pk_text));
    assert_eq!(item["sk"].as_text(), Some(sk_text));
    let key = key(&pk, SortKey::Location);
    assert_eq!(key.len(), 2);
    assert_eq!(key["pk"], AttributeValue::S(pk_text.to_owned()));
    assert_eq!(key["sk"], AttributeValue::S(sk_text.to_owned()));
}

#[test]
fn an_archive_item_has_a_year_of_four_digits() {
    assert_eq!(SortKey::parse("AGG#0001"), Some(SortKey::Archive(1)));
    assert_eq!(SortKey::parse("AGG#9999"), Some(SortKey::Archive(9999)));
    for sk in [
        "AGG#",
        "AGG#0000",
        "AGG#26",
        "AGG#02026",
        "AGG#+026",
        "AGG#-026",
        "AGG#2O26",
    ] {
        assert_eq!(SortKey::parse(sk), None, "{sk}");
    }
}

#[test]
fn only_source_items_of_profiles_are_changes() {
    let date = calculation::parse_date("2026-01-01").unwrap();
    for (sk, part) in [
        ("PROFILE", Part::Profile),
        ("ADDRESS#home", Part::Addresses),
        ("TXN#2026-01-01T10:00:00Z#a", Part::Date(date)),
        ("TXN#2026-01-01", Part::Date(date)),
        (
            "TXN#2026-02-30T10:00:00Z#a",
            Part::Undated("2026-02-30T10:00:00Z#a".into()),
        ),
        ("TXN#ééééé", Part::Undated("ééééé".into())),
    ] {
        let profile = ProfileId::parse("a").unwrap();
        assert_eq!(changed_part("PROFILE#a", sk), Some((profile, part)), "{sk}");
    }
    for (pk, sk) in [
        ("PROFILE#a", "AGG"),
        ("PROFILE#a", "AGG#2026"),
        ("PROFILE#a", "NOTE"),
        ("PROFILE#a", "PROFILE#x"),
        ("PROFILE#a", "ADDRESS"),
        ("PROFILE#a", "LOCATION"),
        ("PROFILE#a", ""),
        ("PROFILE#a b", "PROFILE"),
        ("PROFILE#", "PROFILE"),
        ("LOCATION#1", "LOCATION"),
        ("LOCATION#1", "PROFILE"),
        ("", ""),
    ] {
        assert_eq!(changed_part(pk, sk), None, "{pk} {sk}");
    }
}
