//! Writers of one profile's archive at once, and what DynamoDB may answer to their transactions.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use calculation::{Closing, Part};
use chrono::{Datelike, Days, Utc};
use futures::future::join_all;
use serde_json::{Value as Json, json};
use table::{Consistency, Outcome, Settings, StoredLedger, Table, TableError, recalculate};
use test_support::{OwnTable, answer, body, forgetful_client, hooked_client_of, operation};
use tokio::sync::Barrier;

use super::date;
use super::history::{History, Stored, derived, purchase};

const TRANSACTION: &str = "TransactWriteItems";

/// Every day before the newest purchase is closed.
fn settings() -> Settings {
    Settings {
        closing: Closing {
            months: 0,
            days: 1,
            bytes: 0,
        },
        ..Settings::default()
    }
}

/// A profile that shopped every tenth day of three years, with closed days.
struct Shopper {
    own: OwnTable,
    history: History,
}

impl Shopper {
    async fn start() -> Self {
        let mut shopper = Self {
            own: OwnTable::create("closed-days").await,
            history: History::new("p"),
        };
        let days = date("2021-01-01").iter_days().step_by(10);
        for day in days.take_while(|day| day.year() < 2024) {
            shopper.history.put(purchase(day, ""));
        }
        let changed = shopper.write().await;
        let client = shopper.own.client();
        let outcome = shopper.recalculate(client, &changed).await;
        assert_eq!(outcome.unwrap().lost_races, 0);
        assert_eq!(shopper.derived().await.len(), 1 + 3);
        shopper
    }

    /// Brings the table to what the history says now; returns the parts that changed.
    async fn write(&mut self) -> BTreeSet<Part> {
        let client = self.own.client();
        self.history.write(&client, self.own.name()).await
    }

    /// Buys something on a closed day; returns the part that changed.
    async fn buy_in_the_past(&mut self) -> BTreeSet<Part> {
        self.history.put(purchase(date("2021-05-05"), "late"));
        self.write().await
    }

    async fn recalculate(
        &self,
        client: Client,
        changed: &BTreeSet<Part>,
    ) -> Result<Outcome, TableError> {
        let table = Table::new(client, self.own.name());
        recalculate(
            &table,
            &settings(),
            self.history.profile(),
            changed,
            Utc::now,
        )
        .await
    }

    async fn derived(&self) -> Stored {
        derived(&self.own.client(), self.own.name(), self.history.profile()).await
    }

    /// What is stored says what a calculation from nothing says, and nothing but that is stored.
    async fn assert_exact(&self) {
        let table = Table::new(self.own.client(), self.own.name());
        let profile = self.history.profile();
        let stored = table.derived(profile, Consistency::Strong).await.unwrap();
        let StoredLedger::Usable(mut ledger) = stored.unwrap().ledger else {
            unreachable!("the ledger is usable");
        };
        let keys: Vec<String> = self.derived().await.into_keys().collect();
        let archive = ledger.archive().map(|(year, _)| format!("AGG#{year:04}"));
        let named: Vec<String> = ["AGG".to_owned()].into_iter().chain(archive).collect();
        assert_eq!(keys, named);
        let archive = table.archive(profile, Consistency::Strong).await.unwrap();
        ledger.take_in(profile.as_str(), archive.items).unwrap();
        assert_eq!(ledger.content(), self.history.ledger().content());
    }

    async fn stop(self) {
        self.own.delete().await;
    }
}

/// Changes that are calculated at once: of each, the days that it buys on, or else deletes.
const AT_ONCE: [(&str, bool); 5] = [
    ("2021-03-05", true),
    ("2021-03-06", true),
    ("2022-01-06", false),
    ("2023-06-06", true),
    // The newest one closes the days before it.
    ("2024-02-02", true),
];

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_one_archive_at_once_lose_nothing() {
    let mut shopper = Shopper::start().await;
    for round in 0..3 {
        let mut changes = Vec::new();
        for (day, buys) in AT_ONCE {
            let day = date(day) + Days::new(10 * round);
            if buys {
                shopper.history.put(purchase(day, "late"));
            } else {
                shopper.history.delete(|other| other == day);
            }
            changes.push(shopper.write().await);
        }
        // All have read before the first one writes.
        let barrier = Arc::new(Barrier::new(changes.len()));
        let shopper = &shopper;
        let writers = changes.iter().map(|changed| {
            let barrier = Arc::clone(&barrier);
            let writes = AtomicUsize::new(0);
            let client = hooked_client_of(
                shopper.own.config(),
                Arc::new(move |_, request| {
                    let is_first = operation(request) == TRANSACTION
                        && writes.fetch_add(1, Ordering::SeqCst) == 0;
                    let barrier = Arc::clone(&barrier);
                    Box::pin(async move {
                        if is_first {
                            barrier.wait().await;
                        }
                        None
                    })
                }),
            );
            async move { shopper.recalculate(client, changed).await.unwrap() }
        });
        let outcomes = join_all(writers).await;
        let lost: u32 = outcomes.iter().map(|outcome| outcome.lost_races).sum();
        assert!(lost >= 4, "{outcomes:?}");
        shopper.assert_exact().await;
    }
    shopper.stop().await;
}

/// A client that loses the answer to the first request for `lost`, and the bodies of all such requests.
fn client_that_loses(shopper: &Shopper, lost: &'static str) -> (Client, Arc<Mutex<Vec<Json>>>) {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    let client = forgetful_client(shopper.own.config(), move |request| {
        if operation(request) != lost {
            return false;
        }
        let mut seen = seen.lock().unwrap();
        seen.push(serde_json::from_str(&body(request)).unwrap());
        seen.len() == 1
    });
    (client, bodies)
}

#[tokio::test]
async fn a_transaction_whose_reply_is_lost_takes_effect_once() {
    let mut shopper = Shopper::start().await;
    let changed = shopper.buy_in_the_past().await;
    let (client, bodies) = client_that_loses(&shopper, TRANSACTION);
    let outcome = shopper.recalculate(client, &changed).await.unwrap();
    // The second one is the same transaction, which has taken effect.
    assert_eq!(outcome.lost_races, 0);
    {
        let bodies = bodies.lock().unwrap();
        assert_eq!(bodies.len(), 2);
        assert!(bodies[0]["ClientRequestToken"].is_string());
        assert_eq!(bodies[0], bodies[1]);
    }
    shopper.assert_exact().await;
    shopper.stop().await;
}

#[tokio::test]
async fn a_put_whose_reply_is_lost_is_a_race_lost_to_itself() {
    let mut shopper = Shopper::start().await;
    // Nothing is closed by a purchase of the newest day.
    shopper.history.put(purchase(date("2023-12-27"), "second"));
    let changed = shopper.write().await;
    let (client, bodies) = client_that_loses(&shopper, "PutItem");
    let outcome = shopper.recalculate(client, &changed).await.unwrap();
    assert_eq!(outcome.lost_races, 1);
    assert_eq!(bodies.lock().unwrap().len(), 3);
    shopper.assert_exact().await;
    shopper.stop().await;
}

/// A client whose first `count` transactions are answered so.
fn client_answered(shopper: &Shopper, count: usize, error: Json) -> Client {
    let writes = AtomicUsize::new(0);
    let hook = move |_, request: &_| {
        let is_made_up =
            operation(request) == TRANSACTION && writes.fetch_add(1, Ordering::SeqCst) < count;
        let made_up = is_made_up.then(|| answer(400, error.to_string()));
        Box::pin(async move { made_up }) as _
    };
    hooked_client_of(shopper.own.config(), Arc::new(hook))
}

/// A transaction cancelled for what was wrong with its second action.
fn cancelled_for(code: &str) -> Json {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": format!("Transaction cancelled, please refer cancellation reasons for specific reasons [None, {code}]"),
        "CancellationReasons": [{"Code": "None"}, {"Code": code, "Message": "why"}],
    })
}

#[tokio::test]
async fn a_transaction_that_met_another_one_is_tried_again() {
    let mut shopper = Shopper::start().await;
    let in_progress = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionInProgressException",
        "Message": "The transaction with the given request token is already in progress",
    });
    let changed = shopper.buy_in_the_past().await;
    for (error, answers, lost_races) in [
        (cancelled_for("ConditionalCheckFailed"), 2, 2),
        (cancelled_for("TransactionConflict"), 2, 2),
        // The SDK sends it three times by itself.
        (in_progress, 3, 1),
    ] {
        let client = client_answered(&shopper, answers, error.clone());
        // A correction of the past, so that the archive changes each time.
        let total = format!("{}", error.to_string().len());
        shopper
            .history
            .put(purchase(date("2021-05-05"), "late").total(&total));
        shopper.write().await;
        let outcome = shopper.recalculate(client, &changed).await.unwrap();
        assert_eq!(outcome.lost_races, lost_races, "{error}");
        shopper.assert_exact().await;
    }
    shopper.stop().await;
}

#[tokio::test]
async fn a_transaction_that_failed_for_another_reason_is_an_error() {
    let mut shopper = Shopper::start().await;
    let before = shopper.derived().await;
    let changed = shopper.buy_in_the_past().await;
    for (code, is_unavailable) in [
        ("ThrottlingError", true),
        ("ProvisionedThroughputExceeded", true),
        ("ItemCollectionSizeLimitExceeded", false),
        ("ValidationError", false),
    ] {
        let client = client_answered(&shopper, usize::MAX, cancelled_for(code));
        let error = shopper.recalculate(client, &changed).await.unwrap_err();
        assert_eq!(error.is_unavailable(), is_unavailable, "{code}: {error:?}");
        assert!(
            matches!(
                error,
                TableError::Request {
                    operation: TRANSACTION,
                    ..
                }
            ),
            "{error:?}"
        );
        // All or nothing, and nothing it is.
        assert_eq!(shopper.derived().await, before, "{code}");
    }
    // What it could not do is done the next time.
    let outcome = shopper.recalculate(shopper.own.client(), &changed).await;
    assert_eq!(outcome.unwrap().lost_races, 0);
    shopper.assert_exact().await;
    shopper.stop().await;
}
