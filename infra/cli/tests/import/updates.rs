//! Profiles and locations are updated; transactions and addresses are replaced whole.

use super::support::TestTable;

#[tokio::test]
async fn an_absent_column_keeps_and_an_empty_cell_removes() {
    let table = TestTable::start().await;
    let first = "profile_id,joined_at,joined_location_id\nann,2026-01-01,1\nbob,2026-01-02,2\n";
    let summary = table.load(&table.file("crm.csv", first), &[]).await;
    assert_eq!((summary.loaded, summary.replaced), (2, Some(0)));

    let second = "profile_id,joined_location_id,preferred_location_id\nann,NULL,7\ncid,,8\n";
    let summary = table.load(&table.file("more.csv", second), &[]).await;
    assert_eq!((summary.loaded, summary.replaced), (2, Some(1)));
    let json = "{\"profile_id\":\"bob\",\"joined_at\":null,\"preferred_location_id\":9}\n";
    assert_eq!(table.counts("more.ndjson", json, &[]).await, (1, 0));

    assert_eq!(
        table.item("PROFILE#ann", "PROFILE").await,
        r#"{"joined_at":"2026-01-01 00:00:00","preferred_location_id":"7"}"#
    );
    assert_eq!(
        table.item("PROFILE#bob", "PROFILE").await,
        r#"{"joined_location_id":"2","preferred_location_id":9}"#
    );
    assert_eq!(
        table.item("PROFILE#cid", "PROFILE").await,
        r#"{"preferred_location_id":"8"}"#
    );
    assert_eq!(
        table
            .counts(
                "only.csv",
                "profile_id\nann\ndan\n",
                &["--kind", "profiles"]
            )
            .await,
        (2, 0)
    );
    assert_eq!(table.item("PROFILE#dan", "PROFILE").await, "{}");
    assert_eq!(
        table.item("PROFILE#ann", "PROFILE").await,
        r#"{"joined_at":"2026-01-01 00:00:00","preferred_location_id":"7"}"#
    );
}

#[tokio::test]
async fn a_part_of_an_address_keeps_the_others() {
    let table = TestTable::start().await;
    let locations = ["--kind", "locations"];
    let stores =
        "id,name,type,address.iso,address.city\n1,High Street,store,AU,Perth\n2,Web,online,,\n";
    assert_eq!(table.counts("stores.csv", stores, &[]).await, (2, 0));
    assert_eq!(
        table.item("LOCATION#2", "LOCATION").await,
        r#"{"id":2,"name":"Web","type":"online"}"#
    );

    assert_eq!(
        table
            .counts("phones.csv", "id,phone\n1,555-0100\n", &locations)
            .await,
        (1, 0)
    );
    let cities = "id,address.city,address.street\n1,,Main\n2,Sydney,\n3,Hobart,\n";
    let summary = table
        .load(&table.file("cities.csv", cities), &locations)
        .await;
    assert_eq!(
        (summary.loaded, summary.rejected, summary.replaced),
        (3, 0, Some(2))
    );

    let first = r#"{"address":{"iso":"AU","street":"Main"},"id":1,"name":"High Street","phone":"555-0100","type":"store"}"#;
    assert_eq!(table.item("LOCATION#1", "LOCATION").await, first);
    assert_eq!(
        table.item("LOCATION#2", "LOCATION").await,
        r#"{"address":{"city":"Sydney"},"id":2,"name":"Web","type":"online"}"#
    );
    assert_eq!(
        table.item("LOCATION#3", "LOCATION").await,
        r#"{"address":{"city":"Hobart"},"id":3}"#
    );

    // The whole address in one column replaces it.
    let whole = "{\"id\":1,\"address\":{\"iso\":\"NZ\"},\"name\":null}\n";
    assert_eq!(
        table.counts("whole.ndjson", whole, &locations).await,
        (1, 0)
    );
    assert_eq!(
        table.item("LOCATION#1", "LOCATION").await,
        r#"{"address":{"iso":"NZ"},"id":1,"phone":"555-0100","type":"store"}"#
    );
}

#[tokio::test]
async fn transactions_and_addresses_are_replaced_whole() {
    let table = TestTable::start().await;
    let full = "profile_id,transaction_id,transacted_at,total,channel\nann,1,2026-01-31T10:00:00Z,10,web\n";
    let bare = "profile_id,transaction_id,transacted_at,total\nann,1,2026-01-31T10:00:00Z,12\n";
    for content in [full, bare] {
        let summary = table.load(&table.file("a.csv", content), &[]).await;
        assert_eq!((summary.loaded, summary.replaced), (1, None));
    }
    assert_eq!(
        table
            .item("PROFILE#ann", "TXN#2026-01-31T10:00:00Z#1")
            .await,
        r#"{"total":12}"#
    );
    for content in [
        "profile_id,address_id,iso,is_default\nann,home,AU,t\n",
        "profile_id,address_id,country\nann,home,NZ\n",
    ] {
        assert_eq!(table.counts("a.csv", content, &[]).await, (1, 0));
    }
    assert_eq!(
        table.item("PROFILE#ann", "ADDRESS#home").await,
        r#"{"country":"NZ"}"#
    );
}

#[tokio::test]
async fn importing_again_changes_nothing() {
    let table = TestTable::start().await;
    let files = [
        (
            "p.ndjson",
            "{\"profile_id\":\"ann\",\"joined_at\":\"2020-10-01T09:00:00Z\",\"joined_location_id\":1}\n",
        ),
        (
            "a.jsonl",
            "{\"profile_id\":\"ann\",\"address_id\":\"home\",\"iso\":\"AU\",\"is_default\":true}\r\n\r\n",
        ),
        (
            "l.txt",
            "\n {\"id\":1,\"type\":null,\"special_hours\":[],\"address\":{\"iso\":\"AU\",\"lat\":-37.81360},\"tags\":[\"x\",2]}",
        ),
        (
            "t.json",
            r#"[{"profile_id":"ann","transaction_id":"1","transacted_at":"2026-01-31T10:00:00Z","total":"12345678901.1234","currency":"eur","items":[{"brand":"Acme","quantity":2}]}]"#,
        ),
    ];
    let paths = files.map(|(name, content)| table.file(name, content));
    let words = paths.each_ref().map(|path| path.to_str().unwrap());
    assert_eq!(table.import(&words).await.unwrap().exit_code(), 0);
    let before = table.items().await;
    assert_eq!(before.len(), 4);
    assert_eq!(
        table
            .item("PROFILE#ann", "TXN#2026-01-31T10:00:00Z#1")
            .await,
        r#"{"currency":"EUR","items":[{"brand":"Acme","quantity":2}],"total":12345678901.1234}"#
    );
    assert_eq!(
        table.item("LOCATION#1", "LOCATION").await,
        r#"{"address":{"iso":"AU","lat":-37.8136},"id":1,"special_hours":[],"tags":["x",2]}"#
    );
    assert_eq!(table.import(&words).await.unwrap().exit_code(), 0);
    assert_eq!(table.items().await, before);
}
