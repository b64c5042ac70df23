//! What is remembered of stores while a clock jumps.

use std::collections::BTreeSet;

use calculation::Value;
use table::{LocationMemory, PartitionKey, SortKey, Table, keyed_item};
use test_support::{OwnTable, attribute};

use super::clocks::{CLOCKS, noon};
use super::customer::date;

#[tokio::test]
async fn a_store_is_never_remembered_for_years() {
    let own = OwnTable::create("stores").await;
    let table = Table::new(own.client(), own.name());
    let memory = LocationMemory::default();
    for (number, clock) in CLOCKS.into_iter().enumerate() {
        let mut item = keyed_item(&PartitionKey::Location("1".into()), SortKey::Location);
        item.insert("name".into(), Value::Text(format!("Name {number}")));
        let item = item
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)));
        let put = own.client().put_item().table_name(own.name());
        put.set_item(Some(item.collect())).send().await.unwrap();
        // The second time from memory, the clock being the same.
        for fetched in [1, 0] {
            let found = memory
                .locations(&table, BTreeSet::from(["1"]), noon(date(clock)))
                .await
                .unwrap();
            assert_eq!(found.fetched, fetched, "{clock}");
            let name = format!(r#""name":"Name {number}""#);
            assert!(found.locations["1"].json().get().contains(&name), "{clock}");
        }
    }
    own.delete().await;
}
