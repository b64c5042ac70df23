//! What was measured, and what is said of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use test_metering::{Request, Units};

use crate::customer::{Customer, Sample};
use crate::operation::Operation;

/// All that was measured, by operation and transactions.
#[derive(Default)]
pub struct Results {
    ours: BTreeMap<(Operation, usize), Measured>,
    ordinary: BTreeMap<(Operation, usize), Measured>,
    /// Shopping days and the bytes of the derived item after a new purchase, by transactions.
    customers: BTreeMap<usize, (usize, usize)>,
}

/// An operation, measured repeatedly.
#[derive(Default)]
pub struct Measured {
    times: Vec<Duration>,
    /// How much of each the answers took.
    waited: Vec<Duration>,
    requests: Vec<Request>,
}

impl Measured {
    fn add(&mut self, (time, requests): Sample) {
        self.times.push(time);
        let waited = requests.iter().map(|request| request.waited);
        self.waited.push(waited.sum());
        self.requests = requests;
    }

    /// The median time in milliseconds.
    pub fn milliseconds(&self) -> f64 {
        median(&self.times)
    }

    /// Read and write units.
    pub fn units(&self) -> Units {
        let used: Vec<_> = self.requests.iter().map(|request| request.used).collect();
        Units::of(&used)
    }

    fn items(&self) -> usize {
        self.requests.iter().map(|request| request.items).sum()
    }

    fn bytes(&self) -> usize {
        self.requests.iter().map(|request| request.bytes).sum()
    }

    fn columns(&self) -> String {
        let Units { read, write } = self.units();
        format!(
            "{} | {} | {} | {} | {} | {} | {}",
            self.requests.len(),
            thousands(self.items()),
            thousands(self.bytes()),
            thousands_of(read),
            thousands_of(write),
            significant(self.milliseconds()),
            significant(median(&self.waited)),
        )
    }
}

impl Results {
    /// Adds a try of ours.
    pub fn add(
        &mut self,
        customer: &Customer,
        operation: Operation,
        sample: Option<(Sample, usize)>,
    ) {
        let (count, days) = customer.history();
        let Some((sample, bytes)) = sample else {
            return;
        };
        if operation == Operation::New {
            self.customers.insert(count, (days, bytes));
        }
        self.ours.entry((operation, count)).or_default().add(sample);
    }

    /// Adds a try of the ordinary way.
    pub fn add_ordinary(
        &mut self,
        customer: &Customer,
        operation: Operation,
        sample: Option<Sample>,
    ) {
        let (count, _) = customer.history();
        if let Some(sample) = sample {
            self.ordinary
                .entry((operation, count))
                .or_default()
                .add(sample);
        }
    }

    /// An operation of ours, by transactions.
    pub fn ours(&self, operation: Operation) -> Vec<(usize, &Measured)> {
        of(&self.ours, operation)
    }

    /// The same, the ordinary way, to which every change is a new purchase.
    pub fn ordinary(&self, operation: Operation) -> Vec<(usize, &Measured)> {
        match operation {
            Operation::Today | Operation::Past => of(&self.ordinary, operation),
            _ => of(&self.ordinary, Operation::New),
        }
    }

    /// How many times as long an operation of ours takes with the longest history as with the shortest.
    pub fn longer(&self, operation: Operation) -> f64 {
        match self.ours(operation).as_slice() {
            [(_, short), .., (_, long)] => long.milliseconds() / short.milliseconds(),
            _ => 1.0,
        }
    }

    /// A table for each operation.
    pub fn tables(&self) -> String {
        let mut text =
            "| transactions | shopping days | derived item, bytes |\n|---|---|---|\n".to_owned();
        for (count, (days, bytes)) in &self.customers {
            let [count, days, bytes] = [*count, *days, *bytes].map(thousands);
            writeln!(text, "| {count} | {days} | {bytes} |").unwrap();
        }
        for operation in Operation::ALL {
            let columns = "round trips | items | bytes | read units | write units | ms | waiting";
            let ordinary: BTreeMap<_, _> = of(&self.ordinary, operation).into_iter().collect();
            let (of_ordinary, count) = match ordinary.is_empty() {
                true => (String::new(), 8),
                false => (format!(" ordinary: {columns} |"), 15),
            };
            writeln!(
                text,
                "\n{}: {:.2} times as long with the longest history as with the shortest\n\n\
                | transactions | {columns} |{of_ordinary}\n|{}",
                operation.name(),
                self.longer(operation),
                "---|".repeat(count)
            )
            .unwrap();
            for (count, measured) in self.ours(operation) {
                let columns = measured.columns();
                let of_ordinary = ordinary.get(&count);
                let of_ordinary = of_ordinary.map(|measured| format!(" {} |", measured.columns()));
                let of_ordinary = of_ordinary.unwrap_or_default();
                writeln!(text, "| {} | {columns} |{of_ordinary}", thousands(count)).unwrap();
            }
        }
        text
    }

    /// What does not depend on the machine, as a JSON object of numbers.
    pub fn exact(&self) -> Value {
        let mut numbers = BTreeMap::new();
        for ((operation, count), measured) in &self.ours {
            let Units { read, write } = measured.units();
            let name = format!("{} at {}", operation.name(), thousands(*count));
            numbers.insert(
                format!("{name}: round trips"),
                json!(measured.requests.len()),
            );
            numbers.insert(format!("{name}: read units"), json!(read));
            if write > 0.0 {
                numbers.insert(format!("{name}: write units"), json!(write));
            }
        }
        for (count, (_, bytes)) in &self.customers {
            let name = format!("derived item at {}: bytes", thousands(*count));
            numbers.insert(name, json!(bytes));
        }
        json!(numbers)
    }

    /// The goals that are missed.
    pub fn missed(&self, longer: f64) -> Vec<String> {
        let mut missed = Vec::new();
        for (operation, requests) in [(Operation::New, 3), (Operation::Today, 1)] {
            for (count, measured) in self.ours(operation) {
                if measured.requests.len() != requests {
                    missed.push(format!(
                        "{} at {count}: {:?}",
                        operation.name(),
                        measured.requests
                    ));
                }
            }
        }
        let ratio = self.longer(Operation::New);
        if ratio > longer {
            missed.push(format!("a new purchase takes {ratio:.2} times as long"));
        }
        missed
    }
}

fn of(
    all: &BTreeMap<(Operation, usize), Measured>,
    operation: Operation,
) -> Vec<(usize, &Measured)> {
    let range = (operation, 0)..=(operation, usize::MAX);
    let found = all.range(range);
    found
        .map(|((_, count), measured)| (*count, measured))
        .collect()
}

/// The median in milliseconds.
fn median(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// With a comma before every three digits.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same of units, of which there are halves.
fn thousands_of(units: f64) -> String {
    let half = if units.fract() > 0.0 { ".5" } else { "" };
    thousands(units as usize) + half
}

/// With three significant digits, or all before the point.
pub fn significant(number: f64) -> String {
    match number {
        100.0.. => thousands(number.round() as usize),
        10.0.. => format!("{number:.1}"),
        1.0.. => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}
