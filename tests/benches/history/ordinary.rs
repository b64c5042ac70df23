//! The ordinary way: query everything, add up, put the document.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Locations, Rebuild, evaluate};
use chrono::NaiveDate;
use table::{SortKey, key, plain_item};
use test_metering::{Attributes, Metered, PROFILE, partition};

/// The attributes that the figures depend on.
const ATTRIBUTES: [&str; 14] = [
    "sk",
    "total",
    "currency",
    "total_converted",
    "is_void",
    "location_id",
    "channel",
    "items",
    "joined_at",
    "joined_location_id",
    "preferred_location_id",
    "country",
    "iso",
    "is_default",
];

/// A table that is used the ordinary way.
pub struct Ordinary<'a>(pub &'a Metered);

impl Ordinary<'_> {
    /// Brings the stored document up to date, whatever changed.
    pub async fn calculate(&self, today: NaiveDate) {
        let document = self.document(today, true).await;
        let mut item = key(&partition(), SortKey::Derived);
        item.insert("document".into(), AttributeValue::S(document));
        let put = self.0.client.put_item().table_name(self.0.name());
        put.set_item(Some(item)).send().await.unwrap();
    }

    /// Reads the stored document, which is that of the last calculation.
    pub async fn read(&self) {
        let get = self.0.client.get_item().table_name(self.0.name());
        let get = get.set_key(Some(key(&partition(), SortKey::Derived)));
        let item = get.send().await.unwrap().item.unwrap();
        assert!(item["document"].as_s().unwrap().starts_with('{'));
    }

    /// Works out the document of another day, which is stored nowhere.
    pub async fn read_as_of(&self, date: NaiveDate) {
        self.document(date, false).await;
    }

    /// The document, from everything that is stored.
    async fn document(&self, as_of: NaiveDate, is_consistent: bool) -> String {
        let names = ATTRIBUTES.map(|name| (format!("#{name}"), name.to_owned()));
        let projection = names.each_ref().map(|(alias, _)| alias.as_str()).join(", ");
        let query = self.0.client.query().table_name(self.0.name());
        let mut pages = query
            .consistent_read(is_consistent)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(partition().to_string()))
            .projection_expression(projection)
            .set_expression_attribute_names(Some(HashMap::from(names)))
            .into_paginator()
            .send();
        let mut rebuild = Rebuild::new(None);
        while let Some(page) = pages.try_next().await.unwrap() {
            for item in page.items.unwrap_or_default() {
                add(&mut rebuild, item);
            }
        }
        let (ledger, locations) = (rebuild.finish(), Locations::new());
        let document = evaluate(&ledger, PROFILE, as_of, &locations).unwrap();
        serde_json::to_string(&document.unwrap()).unwrap()
    }
}

fn add(rebuild: &mut Rebuild, item: Attributes) {
    let sort_key = item["sk"].as_s().unwrap().clone();
    if let Some(key) = SortKey::parse(&sort_key).and_then(SortKey::source) {
        rebuild.add(key, &plain_item(item));
    }
}
