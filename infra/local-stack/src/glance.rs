//! A few of the stored profiles, to look at.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb_connection::reason;
use table::{PartitionKey, SortKey};
use tracing::warn;

use crate::dynamodb::Dynamodb;
use crate::sample::EXAMPLE_PROFILE;

/// How many items are looked at, so that a large table does not hold up the start.
const ITEMS: i32 = 1_000;
/// How many profiles are shown.
const PROFILES: usize = 3;

/// A stored profile.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Glance {
    /// Its id.
    pub profile: String,
    /// Its purchases, as of its last recalculation.
    pub shop_count: u64,
    /// Their net total, as of then.
    pub spend_all: String,
}

/// Some profiles worth a look: of those found first, the published example and the ones with the most purchases.
pub(crate) async fn glance(dynamodb: &Dynamodb, table: &str) -> Vec<Glance> {
    let request = dynamodb.client.scan().table_name(table).limit(ITEMS);
    let request = request
        .filter_expression("sk = :derived")
        .expression_attribute_values(":derived", AttributeValue::S(SortKey::Derived.to_string()))
        .projection_expression("pk, shop_count, spend_all");
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => {
            warn!("cannot look at the stored profiles: {}", reason(&error));
            return Vec::new();
        }
    };
    let mut found: Vec<_> = answer.items().iter().filter_map(read).collect();
    found.sort_by_key(|glance| {
        let is_example = glance.profile == EXAMPLE_PROFILE;
        std::cmp::Reverse((is_example, glance.shop_count))
    });
    found.truncate(PROFILES);
    found
}

fn read(item: &HashMap<String, AttributeValue>) -> Option<Glance> {
    let number = |name: &str| item.get(name).and_then(|value| value.as_n().ok());
    let PartitionKey::Profile(profile) = PartitionKey::parse(item.get("pk")?.as_s().ok()?)? else {
        return None;
    };
    Some(Glance {
        profile: profile.to_string(),
        shop_count: number("shop_count")?.parse().ok()?,
        spend_all: number("spend_all")?.clone(),
    })
}
