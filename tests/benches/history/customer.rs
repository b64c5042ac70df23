//! A customer with a history, to whom everything that is measured happens. Whatever happens is taken back.

use std::time::Duration;

use calculation::{Item, Value};
use chrono::{Days, NaiveDate};
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use table::{Settings, SortKey};
use test_metering::{
    Metered, PROFILE, Request, customer, date, on_the_day_of, question, size, sort_key, stores,
    transactions_on,
};

use crate::operation::Operation;
use crate::ordinary::Ordinary;

/// The shopping days of a customer at most: 20 years of them.
const DAYS: usize = 7_300;
/// How long ago the recalculation before a closing is: a day more than makes 32 days old enough, whatever the month.
const BEFORE_CLOSING: Days = Days::new(33);

/// A customer with a history.
pub struct Customer {
    /// All transactions, in the order of their keys. The last one is the new one.
    transactions: Vec<Item>,
    metered: Metered,
    function: GetAggregations,
}

/// What one try took.
pub type Sample = (Duration, Vec<Request>);

impl Customer {
    /// Stores a customer with so many transactions, the new one included: one on each day, or more where the days do not suffice.
    pub async fn store(count: usize) -> Self {
        let metered = Metered::start().await;
        let transactions = transactions_on(count.min(DAYS), count, 1);
        let items = stores().chain(customer()).chain(transactions.clone());
        metered.store(items).await;
        let function =
            GetAggregations::new(metered.table.clone(), Authorizer::None, Envelope::None);
        Self {
            transactions,
            metered,
            function,
        }
    }

    /// How many transactions there are, and on how many days.
    pub fn history(&self) -> (usize, usize) {
        let count = self.transactions.len();
        (count, count.min(DAYS))
    }

    /// Puts our derived item in the place of the ordinary one.
    pub async fn begin(&self) {
        self.metered.delete([SortKey::Derived]).await;
        self.metered
            .rebuild(Settings::default(), self.today())
            .await;
    }

    /// Deletes the table.
    pub async fn end(self) {
        self.metered.stop().await;
    }

    /// Measures an operation of ours, if there is one: a short history has no days to close. Returns the bytes of the derived item as
    /// well.
    pub async fn ours(&self, operation: Operation) -> Option<(Sample, usize)> {
        let new = self.transactions.last().unwrap();
        let sample = match operation {
            Operation::New => {
                self.metered.delete([sort_key(new)]).await;
                self.calculate(new).await;
                self.metered.store([new.clone()]).await;
                self.calculate(new).await
            }
            Operation::Closing => {
                let before = self.today() - BEFORE_CLOSING;
                self.metered.rebuild(Settings::default(), before).await;
                let sample = self.calculate(new).await;
                let is_closing = |request: &Request| request.used.0 == "TransactWriteItems";
                if !sample.1.iter().any(is_closing) {
                    return None;
                }
                sample
            }
            Operation::Backdated => {
                let late = on_the_day_of(self.past());
                self.metered.store([late.clone()]).await;
                let sample = self.calculate(&late).await;
                self.metered.delete([sort_key(&late)]).await;
                self.calculate(&late).await;
                sample
            }
            Operation::Edit => {
                let mut before = self.transactions.iter().rev();
                let item = before.find(|item| date(item) < self.today());
                let mut edited = item.unwrap().clone();
                edited.insert("total".into(), Value::Number("1.99".into()));
                self.metered.store([edited]).await;
                let sample = self.calculate(item.unwrap()).await;
                self.metered.store([item.unwrap().clone()]).await;
                self.calculate(item.unwrap()).await;
                sample
            }
            Operation::Today => self.ask(self.today()).await,
            Operation::Past => self.ask(date(self.past())).await,
        };
        Some((sample, size(&self.metered.derived().await["AGG"])))
    }

    /// Measures the same the ordinary way, where it is not what a new purchase takes: whatever changed, everything is read.
    pub async fn ordinary(&self, operation: Operation) -> Option<Sample> {
        let ordinary = Ordinary(&self.metered);
        Some(match operation {
            Operation::New => self.metered.measure(ordinary.calculate(self.today())).await,
            Operation::Closing | Operation::Backdated | Operation::Edit => return None,
            Operation::Today => self.metered.measure(ordinary.read()).await,
            Operation::Past => {
                let past = date(self.past());
                self.metered.measure(ordinary.read_as_of(past)).await
            }
        })
    }

    async fn calculate(&self, changed: &Item) -> Sample {
        let work = self
            .metered
            .calculate(Settings::default(), changed, self.today());
        self.metered.measure(work).await
    }

    async fn ask(&self, as_of: NaiveDate) -> Sample {
        let ask = async || {
            let request = question(PROFILE, &format!("as_of={as_of}"));
            let ask = async { assert_eq!(self.function.handle(request).await.status(), 200) };
            self.metered.measure(ask).await
        };
        // The stores are remembered for a minute.
        ask().await;
        ask().await
    }

    fn today(&self) -> NaiveDate {
        date(self.transactions.last().unwrap())
    }

    /// A transaction of the first tenth.
    fn past(&self) -> &Item {
        &self.transactions[self.transactions.len() / 10]
    }
}
