//! The functions as they are deployed: with their queue, their metrics and their logs, which are kept to be searched.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use calculation::Closing;
use futures::FutureExt;
use futures::future::BoxFuture;
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_emulator::{Function, Queue, QueueMapping, QueueSettings};
use lambda_http::{LambdaEvent, request};
use lambda_runtime::Context;
use recalculate_aggregations::{Answer, Queue as UnfinishedQueue, RecalculateAggregations};
use serde_json::{Value, json};
use table::{Settings, Table};
use test_support::{Engine, HttpRequest, Lines, TABLE, answer, body, get_event, hooked_client_of};
use tokio::time::{sleep, timeout};
use tracing::subscriber::DefaultGuard;

use crate::person::{BYSTANDER, PERSON};

/// The time that an invocation has.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Between two looks at the queue.
const BRIEFLY: Duration = Duration::from_millis(10);

/// All functions of a deployment.
pub struct Deployed {
    recalculate: Arc<RecalculateAggregations>,
    get: GetAggregations,
    queue: Queue,
    fails: Arc<AtomicBool>,
    logs: Lines,
    metrics: Lines,
    _logging: DefaultGuard,
}

/// The queue of unfinished profiles as `infra/template.yaml` has it, but for the time after which a message comes again.
pub fn settings() -> QueueSettings {
    let fortnight = Duration::from_secs(14 * 86_400);
    QueueSettings {
        visibility: TIMEOUT,
        max_receives: 19,
        retention: fortnight,
        dead_letter_retention: fortnight,
    }
}

/// The emulator's queue, which puts nothing off: a day of tries is over at once.
#[derive(Debug)]
struct Impatient(Queue);

impl UnfinishedQueue for Impatient {
    fn send<'a>(&'a self, messages: &'a [String]) -> BoxFuture<'a, Vec<usize>> {
        messages
            .iter()
            .for_each(|message| self.0.send(message).unwrap());
        async { Vec::new() }.boxed()
    }

    fn put_off<'a>(&'a self, receipt_handle: &'a str, _: Duration) -> BoxFuture<'a, ()> {
        self.0
            .change_visibility(receipt_handle, Duration::ZERO)
            .unwrap();
        async {}.boxed()
    }
}

/// A client whose requests for the person are refused while `fails` says so.
fn client(engine: &Engine, fails: &Arc<AtomicBool>) -> Client {
    let fails = Arc::clone(fails);
    let refused =
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#;
    let refuse = move |_, request: &HttpRequest| -> _ {
        let is_refused = fails.load(Ordering::SeqCst) && body(request).contains(PERSON);
        Box::pin(async move { is_refused.then(|| answer(400, refused)) }) as _
    };
    let config = engine.config().retry_config(RetryConfig::disabled());
    hooked_client_of(config, Arc::new(refuse))
}

impl Deployed {
    /// Starts all of them on the engine's table; the queue is in `file`.
    pub fn start(engine: &Engine, file: &Path) -> Self {
        let (logs, metrics) = (Lines::default(), Lines::default());
        let writer = logs.clone();
        let subscriber = telemetry::subscriber("TRACE", move || writer.clone());
        let logging = tracing::subscriber::set_default(subscriber);
        let emf = |name: &str| {
            let writer = metrics.clone();
            telemetry::emf(name.to_owned(), move || writer.clone())
        };
        let fails = Arc::new(AtomicBool::new(false));
        let queue = Queue::open(Some(file), settings()).unwrap();
        // Every day before the newest purchase is closed.
        let settings = Settings {
            closing: Closing {
                months: 0,
                days: 1,
                bytes: 0,
            },
            ..Settings::default()
        };
        let table = Table::new(client(engine, &fails), TABLE);
        let recalculate = RecalculateAggregations::new(table.clone(), settings)
            .with_queue(Arc::new(Impatient(queue.clone())))
            .with_metrics(emf("recalculate-aggregations"));
        let get = GetAggregations::new(table, Authorizer::Jwt, Envelope::None)
            .with_metrics(emf("get-aggregations"));
        Self {
            recalculate: Arc::new(recalculate),
            get,
            queue,
            fails,
            logs,
            metrics,
            _logging: logging,
        }
    }

    /// Whether DynamoDB refuses what is asked about the person.
    pub fn fail_for(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// Hands records of ten minutes ago to the stream function; how many failed.
    pub async fn stream(&self, keys: &[[String; 2]]) -> usize {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let record = |(number, [pk, sk]): (usize, &[String; 2])| {
            json!({
                "eventID": number.to_string(),
                "eventName": "MODIFY",
                "eventSource": "aws:dynamodb",
                "dynamodb": {
                    "ApproximateCreationDateTime": now.as_secs_f64() - 600.0,
                    "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                    "SequenceNumber": format!("{number:021}"),
                    "StreamViewType": "KEYS_ONLY",
                },
            })
        };
        let records: Vec<Value> = keys.iter().enumerate().map(record).collect();
        let done = self.invoke(json!({"Records": records})).await;
        done.failures().len()
    }

    /// Has the repair function verify the whole table; how many customers are not in order.
    pub async fn verify(&self) -> u64 {
        let event = json!({"segment": 0, "of": 1, "from": null, "verify": true});
        match self.invoke(event).await {
            Answer::Segment(work) => work.counts.different,
            other => unreachable!("{other:?}"),
        }
    }

    async fn invoke(&self, event: Value) -> Answer {
        let deadline = SystemTime::now() + TIMEOUT;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap();
        let mut context = Context::default();
        context.request_id = "11111111-2222-3333-4444-555555555555".into();
        context.deadline = u64::try_from(deadline.as_millis()).unwrap();
        let event = LambdaEvent::new(event, context);
        self.recalculate.handle(event).await.unwrap()
    }

    /// Has the repair function work on the queue until nothing is left in it but dead letters: what fails becomes one.
    pub async fn repair_all(&self) {
        let handler = Arc::clone(&self.recalculate);
        let function = Function::new("repair-aggregations", TIMEOUT, move |event| {
            let handler = Arc::clone(&handler);
            async move { Ok(serde_json::to_value(handler.handle(event).await?)?) }
        });
        let mapping = QueueMapping::start(self.queue.clone(), function, 1);
        let is_worked_off = async {
            while !self.queue.is_empty().unwrap() {
                sleep(BRIEFLY).await;
            }
        };
        timeout(TIMEOUT, is_worked_off).await.unwrap();
        mapping.stop().await;
    }

    /// Sends a message to the queue.
    pub fn send(&self, message: &str) {
        self.queue.send(message).unwrap();
    }

    /// The messages that wait, and the dead letters.
    pub fn messages(&self) -> [Vec<String>; 2] {
        let dead = self.queue.dead_letters().unwrap();
        [self.queue.waiting().unwrap(), dead]
    }

    /// Asks everything that there is to ask about the person, with tokens that may and that may not.
    pub async fn ask_everything(&self) {
        let service = json!({"scope": "aggregations:read"});
        let own = json!({"profile_id": PERSON});
        let another = json!({"profile_id": BYSTANDER});
        let path = format!("/profiles/{PERSON}/aggregations");
        for (path, claims) in [
            (path.clone(), &service),
            (path.clone(), &own),
            (path.clone(), &another),
            (path.clone(), &json!({})),
            ("/profiles/me/aggregations".into(), &own),
            (format!("{path}?as_of=2022-02-02"), &service),
            (format!("{path}?as_of=zq7731"), &service),
            (format!("{path}?zq7731=1"), &service),
            (format!("{path}?explain=true&fields=all"), &service),
            (
                format!("{path}/history?from=2021-01-01&to=2021-02-01"),
                &service,
            ),
            (format!("{path}/calculate"), &service),
            (
                format!("/profiles/aggregations?profile_id={BYSTANDER}&profile_id={PERSON}"),
                &service,
            ),
            ("/profiles/zq7731 !/aggregations".into(), &service),
        ] {
            self.ask(&path, claims).await;
        }
    }

    async fn ask(&self, path: &str, claims: &Value) {
        let event = get_event(path, claims);
        let request = request::from_str(&event.to_string()).unwrap();
        self.get.handle(request).await;
    }

    /// The lines of the logs, and those of the metrics.
    pub fn lines(&self) -> (Vec<String>, Vec<String>) {
        let lines = |lines: &Lines| lines.text().lines().map(str::to_owned).collect();
        (lines(&self.logs), lines(&self.metrics))
    }
}
