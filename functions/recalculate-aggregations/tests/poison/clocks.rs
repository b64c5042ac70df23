//! Clocks that stand wrong: of the stream's records, of the function, and of its deadline.

use serde_json::{Value, json};

use crate::{Fixture, PURCHASE, in_a_minute, record, seconds};

/// A record of a moment, in seconds since 1970.
fn created(profile: &str, number: usize, at: impl Into<Value>) -> Value {
    let mut record = record(&format!("PROFILE#{profile}"), PURCHASE, number);
    record["dynamodb"]["ApproximateCreationDateTime"] = at.into();
    record
}

/// Moments that no record can be of.
const MOMENTS: [f64; 12] = [
    0.0, -0.0, -1.0, 1e-300, 1.0, -1e12, 1e12, -1e18, 1e18, 9.3e18, -1e300, 1e300,
];

#[tokio::test]
async fn records_of_any_moment_are_done_and_measured() {
    let fixture = Fixture::open().await;
    for (number, at) in MOMENTS.into_iter().enumerate() {
        let profile = format!("p{number}");
        fixture.buy(&profile, PURCHASE).await;
        // Beside one of now, and alone.
        for others in [vec![record("PROFILE#p0", PURCHASE, 1)], Vec::new()] {
            let batch = others
                .into_iter()
                .chain([created(&profile, 2, at)])
                .collect();
            assert_eq!(fixture.handle(batch).await, [""; 0], "{at}");
            let metrics = fixture.metrics();
            assert!(metrics["OldestRecordAge"].is_u64(), "{at}: {metrics}");
        }
        assert_eq!(fixture.purchases(&profile).await.as_deref(), Some("1"));
    }
}

/// A record whose age cannot be known must not hold up the others for as long as a clock is wrong: a minute is what the stream
/// gives a profile that fails, and nobody can tell when it is over.
#[tokio::test]
async fn a_profile_that_fails_does_not_wait_for_a_clock_to_come_right() {
    let fixture = Fixture::open().await;
    fixture.buy("good", PURCHASE).await;
    let year = 365.25 * 86_400.0;
    for at in [
        seconds() + year,
        seconds() + 3_600.0,
        1e18,
        1e300,
        seconds() - year,
        0.0,
        -1e300,
    ] {
        let batch = vec![created("bad", 1, at), record("PROFILE#good", PURCHASE, 2)];
        let payload = json!({"Records": batch});
        let failures = fixture
            .handle_until(fixture.failing(), payload, in_a_minute())
            .await;
        assert_eq!(failures.unwrap(), [""; 0], "{at}");
    }
    assert_eq!(fixture.queue.messages().len(), 7);
    // A few seconds are no clock that is wrong.
    for at in [seconds() + 5.0, seconds() - 5.0] {
        let payload = json!({"Records": [created("bad", 1, at)]});
        let failures = fixture
            .handle_until(fixture.failing(), payload, in_a_minute())
            .await;
        assert_eq!(failures.unwrap(), ["1"], "{at}");
    }
}

/// A deadline that has passed is none; one that never comes is as good.
#[tokio::test]
async fn a_deadline_of_another_time_stops_nothing() {
    let fixture = Fixture::open().await;
    let deadlines = [
        0,
        1,
        600_000,
        in_a_minute() - 3_600_000,
        253_402_300_800_000,
        u64::MAX / 1_000_000,
        u64::MAX,
    ];
    for (number, deadline) in deadlines.into_iter().enumerate() {
        for kind in ["stream", "queue"] {
            let profile = format!("{kind}{number}");
            fixture.buy(&profile, PURCHASE).await;
            let record = match kind {
                "stream" => record(&format!("PROFILE#{profile}"), PURCHASE, 1),
                _ => json!({
                    "messageId": "m",
                    "body": json!({"profile_id": profile}).to_string(),
                    "eventSource": "aws:sqs",
                }),
            };
            let payload = json!({"Records": [record]});
            let client = fixture.engine.client();
            let done = fixture.handle_until(client, payload, deadline).await;
            assert_eq!(done.unwrap(), [""; 0], "{deadline}");
            assert_eq!(
                fixture.purchases(&profile).await.as_deref(),
                Some("1"),
                "{deadline}"
            );
        }
    }
    // What fails goes to the queue all the same.
    let payload = json!({"Records": [created("bad", 1, 0)]});
    let failures = fixture
        .handle_until(fixture.failing(), payload, u64::MAX)
        .await;
    assert_eq!(failures.unwrap(), [""; 0]);
    assert_eq!(
        fixture.queue.messages(),
        [json!({"profile_id": "bad", "keys": [PURCHASE]})]
    );
}
