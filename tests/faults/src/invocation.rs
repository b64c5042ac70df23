//! Invocations of the stream function, and whether it answers what it did.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::bounds::{BESIDE_PARTS, check_batch, check_requests};
use crate::function::Function;
use crate::queue::Message;
use crate::schedule::{Invoked, Received};
use crate::state::World;
use crate::stream::Record;

/// Hands a poller's next records to the function. Returns whether its process lives on.
pub async fn deliver(world: &World, function: &Function, poller: usize, invoked: Invoked) -> bool {
    let records: Vec<Record> = {
        let mut state = world.state();
        let next = state.stream.next(poller).iter().take(invoked.size);
        let records = next.cloned().collect();
        state.stream.pollers[poller].is_busy = true;
        records
    };
    let ages: Vec<f64> = records.iter().map(Record::age).collect();
    let events = records.iter().map(Record::event).collect();
    let answer = invoke(world, function, events, invoked).await;
    let mut done = 0;
    if let Some(failures) = &answer {
        check_batch(world, &function.process.seen(), &records, &ages, failures);
        let lowest = failures.first().and_then(|number| number.parse().ok());
        let is_done = |record: &&Record| lowest.is_none_or(|lowest: usize| record.number < lowest);
        done = records.iter().take_while(is_done).count();
    }
    let mut state = world.state();
    let poller = &mut state.stream.pollers[poller];
    poller.done += done;
    poller.is_busy = false;
    answer.is_some()
}

/// Hands messages of the queue to the function. Returns whether its process lives on.
pub async fn work(world: &World, function: &Function, invoked: Invoked, which: Received) -> bool {
    let messages = world.state().queue.receive(invoked.size, which);
    if messages.is_empty() {
        return true;
    }
    let events = messages.iter().map(Message::event).collect();
    let Some(failures) = invoke(world, function, events, invoked).await else {
        return false;
    };
    let is_failed = |message: &&Message| failures.contains(&message.id.to_string());
    let seen = function.process.seen();
    let mut expected: Vec<String> = Vec::new();
    for message in messages.iter().filter(|message| !is_failed(message)) {
        world.state().queue.done(message.id);
        expected.push(message.content().0);
    }
    let mut recalculated = seen.recalculated.clone();
    recalculated.sort();
    expected.sort();
    if recalculated != expected {
        world.violated(format!(
            "of {messages:?} the answer says that {failures:?} failed, and {recalculated:?} were recalculated"
        ));
    }
    let once = |id: &str| {
        let of = messages.iter().map(Message::content);
        let of = of.filter(|(profile, _)| profile == id);
        of.map(|(_, keys)| keys.len() + BESIDE_PARTS).sum()
    };
    check_requests(world, &seen, once, false);
    true
}

/// Invokes the function. `None`: its process was killed; otherwise what it says is not done.
async fn invoke(
    world: &World,
    function: &Function,
    records: Vec<Value>,
    invoked: Invoked,
) -> Option<Vec<String>> {
    world.state().figures.invocations += 1;
    world.note(|| {
        let name = function.process.name;
        format!("{name}: {} records, {invoked:?}", records.len())
    });
    function.process.begin(invoked.killed);
    let time = Duration::from_secs(invoked.seconds);
    let deadline = SystemTime::now() + time;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut context = Context::default();
    // Rounded up, so that it is the same by the schedule's clock however little time goes by until it is read.
    context.deadline = u64::try_from(deadline.as_millis()).unwrap_or_default() + 1;
    let event = LambdaEvent::new(json!({"Records": records}), context);
    let answer = tokio::select! {
        biased;
        () = function.process.killed() => {
            world.state().figures.killed += 1;
            return None;
        }
        answer = timeout(time + Duration::from_millis(1), function.handler.handle(event)) => answer,
    };
    world.note(|| format!("{}: {answer:?}", function.process.name));
    match answer {
        Ok(Ok(answer)) => Some(answer.failures().into_iter().map(str::to_owned).collect()),
        Ok(Err(error)) => {
            world.violated(format!("an invocation failed: {error}"));
            None
        }
        Err(_) => {
            world.violated(format!("no answer within {} seconds", invoked.seconds));
            None
        }
    }
}
