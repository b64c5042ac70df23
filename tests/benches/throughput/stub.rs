//! A DynamoDB that can be told to answer from memory, at once or after a while, so that what is left is our own work.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{Builder, ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use test_support::{HttpRequest, answer, body, hooked_client_of, operation};

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub enum Answers {
    /// The embedded engine.
    Engine,
    /// Memory, at once: reads as the engine last answered them, and writes as done.
    AtOnce,
    /// The same after so long.
    After(Duration),
}

impl Answers {
    /// What a column is called.
    pub fn name(self) -> String {
        match self {
            Self::Engine => "the engine".to_owned(),
            Self::AtOnce => "memory, at once".to_owned(),
            Self::After(time) => format!("memory, after {} ms", time.as_millis()),
        }
    }
}

/// What the engine answered, by what was asked; and who is to answer.
#[derive(Clone, Debug)]
pub struct Stub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    known: Mutex<HashMap<String, String>>,
    answers: Mutex<Answers>,
    requests: AtomicUsize,
}

impl Stub {
    /// A stub, and a client that it answers, configured by `config`.
    pub fn new(config: Builder) -> (Self, Client) {
        let stub = Self(Arc::new(Inner {
            known: Mutex::default(),
            answers: Mutex::new(Answers::Engine),
            requests: AtomicUsize::new(0),
        }));
        let config = config.interceptor(stub.clone());
        let inner = Arc::clone(&stub.0);
        let hook = Arc::new(move |_, request: &_| {
            inner.requests.fetch_add(1, Ordering::Relaxed);
            let answers = *inner.answers.lock().unwrap();
            let known = match answers {
                Answers::Engine => None,
                _ if operation(request) == "PutItem" => Some("{}".to_owned()),
                _ => Some(inner.known.lock().unwrap()[&asked(request)].clone()),
            };
            Box::pin(async move {
                if let Answers::After(time) = answers {
                    tokio::time::sleep(time).await;
                }
                known.map(|known| answer(200, known))
            }) as _
        });
        let client = hooked_client_of(config, hook);
        (stub, client)
    }

    /// Says who answers from now on.
    pub fn answer_by(&self, answers: Answers) {
        *self.0.answers.lock().unwrap() = answers;
    }

    /// How many requests there were since the last call.
    pub fn take_requests(&self) -> usize {
        self.0.requests.swap(0, Ordering::Relaxed)
    }
}

/// What a request asks: its body, whatever the order of its keys, which is another one each time.
fn asked(request: &HttpRequest) -> String {
    let body = body(request);
    let mut tokens: Vec<&str> = body.split('"').collect();
    tokens.sort_unstable();
    tokens.join("\"")
}

/// What a request asked.
#[derive(Debug)]
struct Asked(String);

impl Storable for Asked {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Stub {
    fn name(&self) -> &'static str {
        "Stub"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        bag.interceptor_state()
            .store_put(Asked(asked(context.request())));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        if matches!(*self.0.answers.lock().unwrap(), Answers::Engine)
            && let Some(Asked(asked)) = bag.load::<Asked>()
        {
            let answered = context.response().body().bytes().unwrap_or_default();
            let answered = String::from_utf8_lossy(answered).into_owned();
            let mut known = self.0.known.lock().unwrap();
            known.insert(asked.clone(), answered);
        }
        Ok(())
    }
}
