//! A person in every place where the system keeps anything, then `aggregations forget`, then a search of all of these places:
//! table, logs, metrics, queues, and what the command prints.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints the figures that docs/reliability.md has"
)]

#[path = "../support/command.rs"]
mod command;
mod functions;
mod person;
mod search;

use std::time::Duration;

use lambda_emulator::Queue;
use test_support::Engine;

use command::{Ran, run};
use functions::{Deployed, settings};
use person::{BYSTANDER, PERSON, Person};
use search::{everything, find, stored};

/// Nothing of the person is in the table; the other customer is there as before.
async fn assert_forgotten(engine: &Engine, others: &[Vec<u8>]) {
    let items = everything(engine).await;
    for item in &items {
        assert_eq!(find(item), None, "{}", String::from_utf8_lossy(item));
    }
    assert!(items == others, "somebody else has changed");
}

#[tokio::test]
async fn nothing_of_a_person_is_left_in_table_logs_metrics_and_queues() {
    let engine = Engine::start().await;
    let person = Person;
    person.write(&engine).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.sqlite");
    let deployed = Deployed::start(&engine, &file);

    // The stream function has calculated both customers.
    let records = person.records();
    let bystander = [person.record_of_bystander()];
    assert_eq!(
        deployed.stream(&[&records, &bystander[..]].concat()).await,
        0
    );
    let with_person = everything(&engine).await;
    let others: Vec<_> = stored(&engine, BYSTANDER).await;
    let of_person = stored(&engine, PERSON).await;
    assert_eq!(with_person.len(), others.len() + of_person.len());
    // It is in every item, and in the bytes of what was derived.
    assert!(of_person.iter().all(|item| find(item).is_some()));
    let derived = person.derived(&engine).await;
    assert_eq!(
        derived.keys().collect::<Vec<_>>(),
        ["AGG", "AGG#2021", "AGG#2022", "AGG#2023", "AGG#2024"]
    );
    assert!(derived.values().all(|bytes| find(bytes).is_some()));
    assert!(others.iter().all(|item| find(item).is_none()));

    // Callers ask for it, rightly and wrongly.
    deployed.ask_everything().await;
    // DynamoDB fails for this customer: the stream function hands it over, the repair function gives it up. It is handed over once
    // more, and waits.
    deployed.fail_for(true);
    assert_eq!(deployed.stream(&records).await, 0);
    deployed.repair_all().await;
    assert_eq!(deployed.stream(&records).await, 0);
    deployed.ask_everything().await;
    let [waiting, dead] = deployed.messages();
    assert_eq!((waiting.len(), dead.len()), (1, 1));
    assert!(find(waiting[0].as_bytes()).is_some() && find(dead[0].as_bytes()).is_some());
    deployed.fail_for(false);
    // What is stored is marked as incomplete, and then of a version that nobody knows.
    person.mark_incomplete(&engine).await;
    deployed.ask_everything().await;
    person.damage(&engine).await;
    deployed.ask_everything().await;
    assert_eq!(deployed.verify().await, 1);

    let Ran { code, out, err } = run(&engine.url(), &["forget", PERSON]).await;
    let count = person.items().len();
    assert_eq!(
        (code, out, err),
        (
            Some(0),
            format!("{PERSON}: {count} items deleted, nothing is left\n"),
            String::new()
        )
    );
    assert_forgotten(&engine, &others).await;

    // Late records, the message that waited, and the dead letter that somebody sends back: nothing comes back with them.
    assert_eq!(deployed.stream(&records).await, 0);
    assert_forgotten(&engine, &others).await;
    deployed.send(&dead[0]);
    deployed.repair_all().await;
    assert_forgotten(&engine, &others).await;
    deployed.ask_everything().await;

    // Logs and metrics of the whole run, at the level that logs most.
    let (lines, metrics) = deployed.lines();
    println!(
        "{count} items, {} lines of logs, {} of metrics",
        lines.len(),
        metrics.len()
    );
    assert!(lines.len() > 20 && metrics.len() > 20);
    for told in [
        "profile has transactions that cannot be counted",
        "profile is not done and went to the queue of unfinished profiles",
        "profile is still not done",
        "request failed",
        "unknown version",
    ] {
        assert!(lines.iter().any(|line| line.contains(told)), "{told}");
    }
    for line in lines.iter().chain(&metrics) {
        assert_eq!(find(line.as_bytes()), None, "{line}");
    }

    // The dead letter stays for its time, and no longer.
    let [waiting, dead] = deployed.messages();
    assert_eq!((waiting.len(), dead.len()), (0, 1));
    drop(deployed);
    let mut later = settings();
    later.retention = Duration::ZERO;
    later.dead_letter_retention = Duration::ZERO;
    let queue = Queue::open(Some(&file), later).unwrap();
    assert!(queue.is_empty().unwrap() && queue.dead_letters().unwrap().is_empty());

    // And nobody finds anything amiss.
    let Ran { code, out, err } = run(&engine.url(), &["verify", "--all"]).await;
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert_eq!(find(err.as_bytes()), None, "{err}");
}
