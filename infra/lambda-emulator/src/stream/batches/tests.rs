//! Lambda's semantics of batches, against handlers that fail in every way. Time is paused: no test waits.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::LambdaEvent;

use super::*;
use crate::function::HandlerError;

/// What a fake function does with the sequence numbers that it gets.
type Fake = fn(&[String]) -> Result<Vec<&'static str>, &'static str>;

/// What was seen of a delivery.
#[derive(Debug, Default)]
struct Seen {
    batches: Vec<Vec<String>>,
    done: Option<String>,
    letters: Vec<(Condition, String, String, u32)>,
}

fn settings(batch_size: usize) -> StreamSettings {
    StreamSettings {
        batch_size,
        reports_failures: true,
        bisects: true,
        retries: Some(2),
        longest_age: Some(Duration::from_secs(3600)),
        ..StreamSettings::default()
    }
}

fn records(count: usize) -> Vec<StreamRecord> {
    (1..=count)
        .map(|number| StreamRecord {
            sequence_number: number.to_string(),
            created_at: SystemTime::now(),
            event: json!({"dynamodb": {"SequenceNumber": number.to_string()}}),
        })
        .collect()
}

fn numbers(event: &LambdaEvent<Value>) -> Vec<String> {
    let records = event.payload["Records"].as_array().unwrap();
    records
        .iter()
        .map(|record| {
            record["dynamodb"]["SequenceNumber"]
                .as_str()
                .unwrap()
                .into()
        })
        .collect()
}

fn answer(failed: Vec<&str>) -> Value {
    let failures = failed.iter().map(|name| json!({"itemIdentifier": name}));
    json!({"batchItemFailures": failures.collect::<Vec<_>>()})
}

fn batches<F>(
    settings: StreamSettings,
    handler: impl Fn(LambdaEvent<Value>) -> F + Send + Sync + 'static,
) -> Batches
where
    F: Future<Output = Result<Value, HandlerError>> + Send + 'static,
{
    let function = Function::new("f", Duration::from_secs(60), handler);
    Batches {
        began_at: UNIX_EPOCH,
        ..Batches::new(function, settings)
    }
}

async fn deliver(settings: StreamSettings, records: &[StreamRecord], fake: Fake) -> Seen {
    let invoked = Arc::new(Mutex::new(Vec::new()));
    let noting = Arc::clone(&invoked);
    let batches = batches(settings, move |event| {
        let numbers = numbers(&event);
        noting.lock().unwrap().push(numbers.clone());
        let result = fake(&numbers);
        async move { result.map(answer).map_err(HandlerError::from) }
    });
    let stop = CancellationToken::new();
    let done = batches.deliver("shard", records, &stop).await;
    let letters = batches.dead_letters().into_iter().map(|letter| {
        (
            letter.condition,
            letter.start_sequence_number,
            letter.end_sequence_number,
            letter.invoke_count,
        )
    });
    Seen {
        letters: letters.collect(),
        batches: invoked.lock().unwrap().clone(),
        done,
    }
}

#[tokio::test(start_paused = true)]
async fn batches_are_as_large_as_the_settings_say() {
    let seen = deliver(settings(2), &records(5), |_| Ok(vec![])).await;
    assert_eq!(
        seen.batches,
        [vec!["1", "2"], vec!["3", "4"], vec!["5"]].map(|batch| batch.to_vec())
    );
    assert_eq!(seen.done.as_deref(), Some("5"));
    assert!(seen.letters.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_partial_failure_goes_on_from_the_lowest_failed_record() {
    let seen = deliver(settings(4), &records(4), |batch| {
        Ok(if batch.len() == 4 {
            vec!["4", "3"]
        } else {
            vec![]
        })
    })
    .await;
    assert_eq!(seen.batches, [vec!["1", "2", "3", "4"], vec!["3", "4"]]);
    assert_eq!(seen.done.as_deref(), Some("4"));
    assert!(seen.letters.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_record_that_fails_time_and_again_ends_in_the_dead_letters_with_those_behind_it() {
    let seen = deliver(settings(3), &records(4), |batch| {
        Ok(if batch.contains(&"2".into()) {
            vec!["2"]
        } else {
            vec![]
        })
    })
    .await;
    // The first try and two retries, then the next batch.
    assert_eq!(
        seen.batches,
        [
            vec!["1", "2", "3"],
            vec!["2", "3"],
            vec!["2", "3"],
            vec!["4"]
        ]
        .map(|batch| batch.to_vec())
    );
    assert_eq!(seen.done.as_deref(), Some("4"));
    assert_eq!(
        seen.letters,
        [(Condition::RetryAttemptsExhausted, "2".into(), "3".into(), 3)]
    );
}

#[tokio::test(start_paused = true)]
async fn retries_are_counted_anew_for_the_record_that_comes_next() {
    // Each record fails twice, which is as often as it may, before it is processed.
    let failures = Mutex::new(0);
    let batches = batches(settings(2), move |event| {
        let numbers = numbers(&event);
        let mut failures = failures.lock().unwrap();
        *failures += 1;
        let failed = match *failures {
            1 | 2 => vec!["1"],
            3 | 4 => vec!["2"],
            _ => vec![],
        };
        assert!(
            failed
                .iter()
                .all(|name| numbers.contains(&(*name).to_owned()))
        );
        async move { Ok(answer(failed)) }
    });
    let stop = CancellationToken::new();
    batches.deliver("shard", &records(2), &stop).await;
    assert!(batches.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_poison_record_is_isolated_by_bisecting() {
    let seen = deliver(settings(4), &records(4), |batch| {
        if batch.contains(&"3".into()) {
            Err("poison")
        } else {
            Ok(vec![])
        }
    })
    .await;
    assert_eq!(
        seen.batches,
        [
            vec!["1", "2", "3", "4"],
            vec!["1", "2"],
            vec!["3", "4"],
            vec!["3"],
            vec!["3"],
            vec!["3"],
            vec!["4"],
        ]
        .map(|batch| batch.to_vec())
    );
    assert_eq!(seen.done.as_deref(), Some("4"));
    assert_eq!(
        seen.letters,
        [(Condition::RetryAttemptsExhausted, "3".into(), "3".into(), 3)]
    );
}

#[tokio::test(start_paused = true)]
async fn without_bisecting_a_broken_batch_is_tried_again_as_a_whole() {
    let settings = StreamSettings {
        bisects: false,
        ..settings(2)
    };
    let seen = deliver(settings, &records(2), |_| Err("always")).await;
    assert_eq!(seen.batches.len(), 3);
    assert!(seen.batches.iter().all(|batch| batch.len() == 2));
    assert_eq!(
        seen.letters,
        [(Condition::RetryAttemptsExhausted, "1".into(), "2".into(), 3)]
    );
    assert_eq!(seen.done.as_deref(), Some("2"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_names_no_record_fails_the_batch() {
    for name in ["", "99"] {
        let fake: Fake = if name.is_empty() {
            |_| Ok(vec![""])
        } else {
            |_| Ok(vec!["99"])
        };
        let settings = StreamSettings {
            bisects: false,
            retries: Some(0),
            ..settings(3)
        };
        let seen = deliver(settings, &records(3), fake).await;
        assert_eq!(seen.batches.len(), 1, "{name}");
        assert_eq!(
            seen.letters,
            [(Condition::RetryAttemptsExhausted, "1".into(), "3".into(), 1)]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_means_nothing_when_the_settings_do_not_ask_for_it() {
    let settings = StreamSettings {
        reports_failures: false,
        ..settings(3)
    };
    let seen = deliver(settings, &records(3), |_| Ok(vec!["1"])).await;
    assert_eq!((seen.batches.len(), seen.letters.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_panic_fails_the_batch() {
    let seen = deliver(settings(2), &records(2), |batch| {
        assert!(!batch.contains(&"2".into()), "poison");
        Ok(vec![])
    })
    .await;
    assert_eq!(seen.done.as_deref(), Some("2"));
    assert_eq!(
        seen.letters,
        [(Condition::RetryAttemptsExhausted, "2".into(), "2".into(), 3)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_function_that_hangs_fails_the_batch_after_its_time() {
    let batches = batches(settings(1), |_| std::future::pending());
    let stop = CancellationToken::new();
    let started = tokio::time::Instant::now();
    batches.deliver("shard", &records(1), &stop).await;
    // Three invocations of 60 seconds, and pauses of 100 and 200 ms.
    assert_eq!(started.elapsed(), Duration::from_millis(180_300));
    assert_eq!(batches.dead_letters().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn records_older_than_the_settings_allow_are_given_up() {
    let mut records = records(3);
    records[0].created_at = UNIX_EPOCH;
    records[1].created_at = UNIX_EPOCH + Duration::from_secs(1);
    let seen = deliver(settings(3), &records, |_| Ok(vec![])).await;
    assert_eq!(seen.batches, [vec!["3"]]);
    assert_eq!(seen.done.as_deref(), Some("3"));
    assert_eq!(
        seen.letters,
        [(
            Condition::MaximumRecordAgeExceeded,
            "1".into(),
            "2".into(),
            0
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn the_time_before_the_start_makes_no_record_old() {
    let mut batches = batches(settings(1), async |_| Ok(answer(vec![])));
    batches.began_at = SystemTime::now();
    let mut records = records(1);
    records[0].created_at = UNIX_EPOCH;
    let stop = CancellationToken::new();
    batches.deliver("shard", &records, &stop).await;
    assert!(batches.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_the_batch_in_hand_finish_and_begins_no_other() {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let batches = batches(settings(1), move |_| {
        stopping.cancel();
        async { Ok(answer(vec![])) }
    });
    let done = batches.deliver("shard", &records(3), &stop).await;
    assert_eq!(done.as_deref(), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_pause_before_a_retry_and_nothing_is_lost() {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let batches = batches(settings(1), move |_| {
        stopping.cancel();
        async { Err(HandlerError::from("down")) }
    });
    let began = tokio::time::Instant::now();
    let done = batches.deliver("shard", &records(1), &stop).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(done, None);
    assert!(batches.dead_letters().is_empty());
}
