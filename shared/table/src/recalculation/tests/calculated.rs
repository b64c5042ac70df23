//! Whether a profile is calculated is told by what is stored, not by what was done.

use calculation::{Closing, Value};

use super::super::*;
use super::{Fixture, parts};

async fn is_calculated(fixture: &Fixture, keys: &[&str]) -> bool {
    let parts = parts(keys);
    let told = fixture.table.is_calculated(&fixture.profile, &parts).await;
    told.unwrap()
}

#[tokio::test]
async fn what_was_not_recalculated_since_its_last_change_is_not_calculated() {
    let fixture = Fixture::open().await;
    let (first, second) = ("TXN#2026-01-31T10:00:00Z#a", "TXN#2026-02-01T10:00:00Z#b");
    assert!(is_calculated(&fixture, &[first, "PROFILE", "ADDRESS#home"]).await);
    fixture.buy(first, "1").await;
    assert!(!is_calculated(&fixture, &[first]).await);
    fixture.recalculate(&[first]).await.unwrap();
    assert!(is_calculated(&fixture, &[first, second, "PROFILE"]).await);

    // Another date, an edit that adds nothing to it, an address, the profile, one that cannot be counted.
    for (key, name, value) in [
        (second, "total", Value::Number("1".into())),
        (first, "total", Value::Number("2".into())),
        (first, "channel", Value::Text("pos".into())),
        ("ADDRESS#home", "iso", Value::Text("AU".into())),
        (
            "PROFILE",
            "joined_at",
            Value::Text("2026-01-01 00:00:00".into()),
        ),
        ("TXN#yesterday#c", "total", Value::Number("1".into())),
    ] {
        fixture
            .put(key, &[("total", Value::Number("1".into())), (name, value)])
            .await;
        assert!(!is_calculated(&fixture, &[key]).await, "{key} {name}");
        fixture.recalculate(&[key]).await.unwrap();
        assert!(
            is_calculated(&fixture, &[first, second, key]).await,
            "{key} {name}"
        );
    }
    for key in [first, second, "ADDRESS#home", "PROFILE", "TXN#yesterday#c"] {
        fixture.delete(key).await;
        assert!(!is_calculated(&fixture, &[key]).await, "{key}");
        fixture.recalculate(&[key]).await.unwrap();
        assert!(is_calculated(&fixture, &[key]).await, "{key}");
    }
    assert_eq!(fixture.derived().await, None);
}

#[tokio::test]
async fn closed_days_are_compared_with_their_archive() {
    let fixture = Fixture::open().await;
    let (old, new) = ("TXN#2020-01-31T10:00:00Z#a", "TXN#2026-01-31T10:00:00Z#b");
    for key in [old, new] {
        fixture.buy(key, "1").await;
    }
    let settings = Settings {
        closing: Closing {
            months: 0,
            days: 1,
            bytes: 0,
        },
        ..Settings::default()
    };
    let changed = parts(&[old, new]);
    recalculate(
        &fixture.table,
        &settings,
        &fixture.profile,
        &changed,
        Utc::now,
    )
    .await
    .unwrap();
    let archive = fixture
        .table
        .archive(&fixture.profile, Consistency::Strong)
        .await
        .unwrap();
    assert_eq!(archive.items.len(), 1);
    assert!(is_calculated(&fixture, &[old, new]).await);
    fixture.buy(old, "2").await;
    assert!(is_calculated(&fixture, &[new]).await);
    assert!(!is_calculated(&fixture, &[old, new]).await);
    recalculate(
        &fixture.table,
        &settings,
        &fixture.profile,
        &parts(&[old]),
        Utc::now,
    )
    .await
    .unwrap();
    assert!(is_calculated(&fixture, &[old, new]).await);
}
