//! The functions' own code, held before each of its requests.

use std::future::Future;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use calculation::Ledger;
use protocol_model::{Date, Stored, Totals, told};
use table::{Consistency, ProfileId, SortKey, StoredLedger, Table, attributes, key, keyed_item};
use test_support::{Engine, TABLE, hooked_client, operation};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// What a held one does next.
pub enum Held<T> {
    /// It waits to send a request, whose operation this is.
    Asks(String, oneshot::Sender<()>),
    /// It is done.
    Done(T),
}

/// Something that sends requests, one whenever it is told to.
pub struct Real<T> {
    asked: mpsc::UnboundedReceiver<(String, oneshot::Sender<()>)>,
    work: JoinHandle<T>,
    /// What it does next.
    pub held: Option<Held<T>>,
}

impl<T: Send + 'static> Real<T> {
    /// Starts something up to its first request.
    pub async fn start<F>(engine: &Engine, work: impl FnOnce(Table) -> F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (asks, asked) = mpsc::unbounded_channel();
        let client = hooked_client(
            engine,
            Arc::new(move |_, request| {
                let (may, waits) = oneshot::channel();
                asks.send((operation(request), may)).ok();
                Box::pin(async move {
                    waits.await.ok();
                    None
                })
            }),
        );
        let work = tokio::spawn(work(Table::new(client, TABLE)));
        let held = None;
        let mut real = Self { asked, work, held };
        real.wait().await;
        real
    }

    /// Sends the request that it waits to send, and waits for the next one.
    pub async fn go_on(&mut self) {
        if let Some(Held::Asks(_, may)) = self.held.take() {
            may.send(()).unwrap();
        }
        self.wait().await;
    }

    async fn wait(&mut self) {
        self.held = Some(tokio::select! {
            biased;
            done = &mut self.work => Held::Done(done.unwrap()),
            Some((operation, may)) = self.asked.recv() => Held::Asks(operation, may),
        });
    }
}

impl<T> Drop for Real<T> {
    fn drop(&mut self) {
        self.work.abort();
    }
}

/// What is stored, as model and functions can both tell it.
#[derive(Debug, PartialEq)]
pub struct View {
    /// Whether there is a derived item, and whether it says that it is incomplete.
    head: Option<bool>,
    /// What its ledger says of each date, with its archive and without it; `None` if the archive does not belong to it.
    told: Option<(Option<Totals>, Totals)>,
    /// The archive items that it names.
    named: Vec<u16>,
    /// Those that there are.
    archive: Vec<u16>,
}

impl View {
    /// What the model has stored.
    pub fn of_model(stored: &Stored) -> Self {
        let head = stored.head.as_ref();
        let book = head.and_then(|head| head.book.as_ref());
        let ledger = book.map(|book| Ledger::decode("p", &book.bytes).unwrap());
        let archive = stored.archive.iter();
        let items = archive.map(|(year, item)| item.item(*year)).collect();
        Self::new("p", head.map(|head| head.is_incomplete), ledger, items)
    }

    /// What DynamoDB has stored.
    pub async fn of_table(client: Client, profile: &ProfileId) -> Self {
        let table = Table::new(client, TABLE);
        let derived = table.derived(profile, Consistency::Strong).await.unwrap();
        let head = derived.as_ref().map(|derived| derived.incomplete.is_some());
        let ledger = derived.and_then(|derived| match derived.ledger {
            StoredLedger::Usable(ledger) => Some(*ledger),
            StoredLedger::None => None,
            StoredLedger::Unusable(error) => panic!("{error}"),
        });
        let archive = table.archive(profile, Consistency::Strong).await.unwrap();
        Self::new(profile.as_str(), head, ledger, archive.items)
    }

    fn new(
        profile: &str,
        head: Option<bool>,
        ledger: Option<Ledger>,
        items: Vec<calculation::ArchiveItem>,
    ) -> Self {
        let archive = items.iter().map(|item| item.year).collect();
        let named = ledger
            .iter()
            .flat_map(Ledger::archive)
            .map(|(year, _)| year);
        let named = named.collect();
        let told = ledger.map(|mut ledger| {
            let alone = told(&ledger);
            let belongs = ledger.take_in(profile, items).is_ok();
            (belongs.then(|| told(&ledger)), alone)
        });
        Self {
            head,
            told,
            named,
            archive,
        }
    }
}

/// Puts or deletes the purchase of a date.
pub async fn edit(engine: &Engine, profile: &ProfileId, date: Date, total: Option<u8>) {
    let sk = format!("TXN#{}", date.key());
    let sk = SortKey::parse(&sk).unwrap();
    match total {
        Some(total) => {
            let mut item = keyed_item(&profile.partition(), sk);
            item.extend(date.purchase(total));
            let put = engine.client().put_item().table_name(TABLE);
            put.set_item(Some(attributes(item))).send().await.unwrap();
        }
        None => delete(engine, profile, sk).await,
    }
}

/// Deletes an item.
pub async fn delete(engine: &Engine, profile: &ProfileId, sk: SortKey<'_>) {
    let delete = engine.client().delete_item().table_name(TABLE);
    let delete = delete.set_key(Some(key(&profile.partition(), sk)));
    delete.send().await.unwrap();
}
