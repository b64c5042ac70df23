//! A queue of unfinished profiles.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use recalculate_aggregations::Queue;
use serde_json::Value;

/// A queue that keeps what it gets.
#[derive(Debug, Default)]
pub struct FakeQueue {
    pub messages: Mutex<Vec<String>>,
    pub put_off: Mutex<Vec<(String, u64)>>,
    pub refuses: AtomicBool,
}

impl Queue for FakeQueue {
    fn send<'a>(&'a self, messages: &'a [String]) -> BoxFuture<'a, Vec<usize>> {
        if self.refuses.load(Ordering::SeqCst) {
            return async { (0..messages.len()).collect() }.boxed();
        }
        self.messages.lock().unwrap().extend_from_slice(messages);
        async { Vec::new() }.boxed()
    }

    fn put_off<'a>(&'a self, receipt_handle: &'a str, delay: Duration) -> BoxFuture<'a, ()> {
        let put_off = (receipt_handle.to_owned(), delay.as_secs());
        self.put_off.lock().unwrap().push(put_off);
        async {}.boxed()
    }
}

impl FakeQueue {
    pub fn messages(&self) -> Vec<Value> {
        let messages = self.messages.lock().unwrap();
        messages
            .iter()
            .map(|message| serde_json::from_str(message).unwrap())
            .collect()
    }
}
