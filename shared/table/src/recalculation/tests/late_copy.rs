//! A put of the empty item that hears nothing, is sent again, and takes effect long after.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use test_support::{TABLE, answer, body, hooked_client, operation};
use tokio::sync::Notify;

use super::*;
use crate::derived::{Version, empty_item};

const A: &str = "TXN#2026-01-01T10:00:00Z#a";

#[tokio::test]
async fn a_late_copy_of_the_empty_item_brings_no_version_back() {
    let fixture = Fixture::open().await;
    fixture.buy(A, "1").await;
    let copy = Arc::new(Mutex::new(String::new()));
    let (waits, may_go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let puts = Arc::new(AtomicUsize::new(0));
    let (copied, waiting, going) = (copy.clone(), waits.clone(), may_go_on.clone());
    let client = hooked_client(
        &fixture.engine,
        Arc::new(move |_, request| {
            let is_put = operation(request) == "PutItem";
            let put = if is_put {
                puts.fetch_add(1, Ordering::SeqCst)
            } else {
                usize::MAX
            };
            let text = body(request);
            let (copied, waiting, going) = (copied.clone(), waiting.clone(), going.clone());
            Box::pin(async move {
                match put {
                    // The empty item, of which nothing is heard; the next put is the second try.
                    0 => {
                        *copied.lock().unwrap() = text;
                        return Some(answer(500, "{}"));
                    }
                    // The ledger.
                    2 => {
                        waiting.notify_one();
                        going.notified().await;
                    }
                    _ => {}
                }
                None
            })
        }),
    );
    let (table, settings) = (Table::new(client, TABLE), Settings::default());
    let changed = parts(&[A]);
    let first = recalculate(&table, &settings, &fixture.profile, &changed, Utc::now);
    let meanwhile = async {
        waits.notified().await;
        fixture.delete(A).await;
        fixture.recalculate(&[A]).await.unwrap();
        // The first try takes effect.
        let text = copy.lock().unwrap().clone();
        let (_, version) = text.split_once(r#""version":{"S":""#).unwrap();
        let (version, _) = version.split_once('"').unwrap();
        let version = Version(Some(AttributeValue::S(version.to_owned())));
        let put = fixture.engine.client().put_item().table_name(TABLE);
        let put = put.set_item(Some(empty_item(&fixture.profile, &version)));
        let put = put.condition_expression("attribute_not_exists(pk)");
        put.send().await.unwrap();
        may_go_on.notify_one();
    };
    let (outcome, ()) = tokio::join!(first, meanwhile);
    outcome.unwrap();
    fixture.assert_exact().await;
}
