//! Writers of several releases at one customer at the same time, their requests in orders that are drawn: no update is lost, and
//! every writer comes to its end.

use std::collections::BTreeSet;
use std::sync::Arc;

use calculation::Part;
use chrono::Utc;
use fastrand::Rng;
use futures::future::join_all;
use table::{Outcome, Table, recalculate};
use test_support::hooked_client_of;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, oneshot};

use super::release::Release;
use super::shop::Shop;
use crate::closed_days::date;
use crate::closed_days::history::purchase;

const WRITERS: usize = 3;
const SEEDS: u64 = 40;
/// A writer starts again when another one has written. Each of the others writes once and puts an empty item once at most; and an
/// archive that cannot be read is looked at twice.
const MOST_LOST_RACES: u32 = 2 * (WRITERS as u32 - 1) + 1;

/// What a writer is at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Its change is not written yet.
    Idle,
    /// It waits to be let on with its next request.
    Waiting,
    /// It works, or waits out a lost race.
    Working,
    Done,
}

/// Lets one writer on at a time, one request each time.
struct Conductor {
    gates: Vec<Arc<Semaphore>>,
    news: UnboundedSender<(usize, State)>,
}

impl Conductor {
    /// The table as a writer of a release has it, which waits before each request.
    fn table(&self, shop: &Shop, writer: usize, release: Release) -> Table {
        let (gate, news) = (Arc::clone(&self.gates[writer]), self.news.clone());
        let hook = move |_, _: &_| {
            news.send((writer, State::Waiting)).unwrap();
            let gate = Arc::clone(&gate);
            Box::pin(async move {
                gate.acquire_owned().await.unwrap().forget();
                None
            }) as _
        };
        let client = hooked_client_of(shop.config(release), Arc::new(hook));
        Table::new(client, shop.own.name())
    }
}

/// Changes something that is drawn: of the open day, or of a closed one, or by a new day before or after all others.
fn change(shop: &mut Shop, rng: &mut Rng, writer: usize) {
    let total = format!("{}.5", rng.u32(1..500));
    let history = &mut shop.history;
    match rng.u32(0..10) {
        0..3 => shop.correct_the_open_day(&total),
        3..5 => history.put(purchase(date("2022-05-05"), &format!("w{writer}")).total(&total)),
        5..7 => history.put(purchase(date("2024-02-01"), &format!("w{writer}")).total(&total)),
        7 => history.put(purchase(date("2020-02-01"), &format!("w{writer}")).total(&total)),
        8 if writer == 0 => history.delete(|day| day == date("2021-01-11")),
        _ => history.put(purchase(date("2023-12-27"), &format!("w{writer}")).total(&total)),
    }
}

/// Runs a schedule: what each writer came to.
async fn run(shop: &mut Shop, rng: &mut Rng, releases: [Release; WRITERS]) -> Vec<Outcome> {
    let (news, mut heard) = unbounded_channel();
    let conductor = Conductor {
        gates: (0..WRITERS).map(|_| Arc::new(Semaphore::new(0))).collect(),
        news,
    };
    let (mut starts, mut recalculations) = (Vec::new(), Vec::new());
    for (writer, release) in releases.into_iter().enumerate() {
        let table = conductor.table(shop, writer, release);
        let (profile, settings) = (shop.profile().clone(), shop.settings);
        let news = conductor.news.clone();
        let (start, started) = oneshot::channel::<BTreeSet<Part>>();
        starts.push(Some(start));
        recalculations.push(async move {
            let parts = started.await.unwrap();
            let outcome = recalculate(&table, &settings, &profile, &parts, Utc::now).await;
            news.send((writer, State::Done)).unwrap();
            outcome.unwrap()
        });
    }
    let conduct = async {
        let mut states = [State::Idle; WRITERS];
        while states.iter().any(|state| *state != State::Done) {
            // All of them are heard of first: what is drawn must not depend on how fast they are.
            while states.contains(&State::Working) {
                let (writer, state) = heard.recv().await.unwrap();
                states[writer] = state;
            }
            let ready = |writer: &usize| states[*writer] != State::Done;
            let Some(writer) = rng.choice((0..WRITERS).filter(ready).collect::<Vec<_>>()) else {
                break;
            };
            if states[writer] == State::Idle {
                change(shop, rng, writer);
                let parts = shop.write().await;
                // Parts are read side by side, and only one request at a time is let on.
                assert_eq!(parts.len(), 1);
                starts[writer].take().unwrap().send(parts).unwrap();
            } else {
                conductor.gates[writer].add_permits(1);
            }
            states[writer] = State::Working;
        }
    };
    let (outcomes, ()) = tokio::join!(join_all(recalculations), conduct);
    outcomes
}

#[tokio::test]
async fn no_update_is_lost_between_releases_and_each_writer_ends() {
    let mut most = 0;
    let mut lost = 0;
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let mut draw = || rng.choice(Release::ALL).unwrap();
        let (first, releases) = (draw(), [draw(), draw(), draw()]);
        let mut shop = Shop::of(first).await;
        let outcomes = run(&mut shop, &mut rng, releases).await;
        for outcome in &outcomes {
            most = most.max(outcome.lost_races);
            lost += outcome.lost_races;
            assert!(outcome.lost_races <= MOST_LOST_RACES, "{seed} {outcomes:?}");
        }
        // Whoever wrote last, one that reads both versions finds everything.
        for reader in [Release::Ready, Release::Next] {
            shop.assert_exact(reader).await;
        }
        shop.own.delete().await;
    }
    println!("{SEEDS} schedules, {lost} lost races, {most} of one writer at most");
    // Schedules without races would show nothing.
    assert!(lost > SEEDS as u32, "{lost}");
}
