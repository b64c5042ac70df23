use std::sync::Arc;

use super::*;

fn settings() -> QueueSettings {
    QueueSettings {
        visibility: Duration::from_secs(900),
        max_receives: 2,
        retention: Duration::from_secs(86_400),
        dead_letter_retention: Duration::from_secs(86_400),
    }
}

#[test]
fn a_message_is_hidden_while_somebody_works_on_it_and_dead_after_too_many_receives() {
    let messages = Messages::open(None, settings()).unwrap();
    messages.send("a").unwrap();
    let first = messages.receive().unwrap().unwrap();
    assert_eq!((first.body.as_str(), first.receives), ("a", 1));
    assert!(messages.receive().unwrap().is_none());
    assert!(messages.next_visible_in().unwrap().unwrap() > Duration::from_secs(800));

    messages
        .hide(&first.receipt_handle, Duration::ZERO)
        .unwrap();
    let second = messages.receive().unwrap().unwrap();
    assert_eq!(
        (second.id.as_str(), second.receives),
        (first.id.as_str(), 2)
    );
    // The receipt of the first time is worth nothing any more.
    messages.delete(&first.receipt_handle).unwrap();
    assert_eq!(messages.bodies(false).unwrap(), ["a"]);

    messages
        .hide(&second.receipt_handle, Duration::ZERO)
        .unwrap();
    assert!(messages.receive().unwrap().is_none());
    // So is the last receipt, once the message is a dead letter.
    messages.delete(&second.receipt_handle).unwrap();
    assert_eq!(messages.bodies(true).unwrap(), ["a"]);
    assert!(messages.bodies(false).unwrap().is_empty());
    assert_eq!(messages.next_visible_in().unwrap(), None);
}

#[test]
fn a_message_that_is_done_or_too_old_is_gone() {
    let brief = QueueSettings {
        retention: Duration::ZERO,
        ..settings()
    };
    let messages = Messages::open(None, settings()).unwrap();
    messages.send("a").unwrap();
    let received = messages.receive().unwrap().unwrap();
    messages.delete(&received.receipt_handle).unwrap();
    assert!(messages.bodies(false).unwrap().is_empty());

    let messages = Messages::open(None, brief).unwrap();
    messages.send("b").unwrap();
    assert!(messages.receive().unwrap().is_none());
    assert!(messages.bodies(true).unwrap().is_empty());
}

#[test]
fn dead_letters_are_kept_no_longer_than_their_own_retention() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.sqlite");
    let gives_up_at_once = QueueSettings {
        max_receives: 0,
        ..settings()
    };
    let messages = Messages::open(Some(&file), gives_up_at_once.clone()).unwrap();
    messages.send("a").unwrap();
    assert!(messages.receive().unwrap().is_none());
    assert_eq!(messages.bodies(true).unwrap(), ["a"]);
    let later = QueueSettings {
        dead_letter_retention: Duration::ZERO,
        ..gives_up_at_once
    };
    let messages = Messages::open(Some(&file), later).unwrap();
    assert!(messages.bodies(true).unwrap().is_empty());
}

#[test]
fn what_is_lost_or_given_up_is_logged_once() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_writer(Arc::new(log.reopen().unwrap()))
        .finish();
    // With only one dispatcher, tracing asks just the thread that reaches a log statement first, and caches its answer: another
    // test's thread logs nowhere, so the statement would stay off. With two it asks both.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let _logging = tracing::subscriber::set_default(subscriber);
    let lose_messages = QueueSettings {
        retention: Duration::ZERO,
        ..settings()
    };
    let lose_dead_letters = QueueSettings {
        max_receives: 0,
        dead_letter_retention: Duration::ZERO,
        ..settings()
    };
    for settings in [lose_messages, lose_dead_letters] {
        let messages = Messages::open(None, settings).unwrap();
        for _ in 0..3 {
            messages.send("a").unwrap();
        }
        for _ in 0..3 {
            assert!(messages.receive().unwrap().is_none());
        }
    }
    let lines = std::fs::read_to_string(log.path()).unwrap();
    let lines: Vec<&str> = lines.lines().map(str::trim).collect();
    let expected = [
        "ERROR messages of the queue were too old and are gone messages=3",
        "ERROR gave up messages of the queue messages=3",
        "INFO dead letters were too old and are gone dead_letters=3",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn messages_in_a_file_outlast_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.sqlite");
    let messages = Messages::open(Some(&file), settings()).unwrap();
    messages.send("a").unwrap();
    let received = messages.receive().unwrap().unwrap();
    messages
        .hide(&received.receipt_handle, Duration::ZERO)
        .unwrap();
    std::mem::forget(messages);
    let messages = Messages::open(Some(&file), settings()).unwrap();
    assert_eq!(messages.receive().unwrap().unwrap().receives, 2);
}
