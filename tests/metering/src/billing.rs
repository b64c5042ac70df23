//! The rules that AWS bills DynamoDB on demand by, and its prices.

use crate::meter::Used;

/// Dollars for a million units in us-east-1, since November 2024.
const READ_UNITS: f64 = 0.125;
const WRITE_UNITS: f64 = 0.625;

/// A read unit is 4 KB, read strongly consistent; half of one if eventually consistent. A request has one at least.
pub fn read_units(bytes: usize) -> f64 {
    bytes.div_ceil(4096).max(1) as f64
}

/// A write unit is 1 KB of the larger of the item before and after.
pub fn write_units(before: usize, after: usize) -> f64 {
    before.max(after).div_ceil(1024).max(1) as f64
}

/// What is reported of a transaction that writes items of so many write units each. AWS bills twice as many in all. DynamoDB
/// Local reports four times as many, and counts of items with equally many units only one.
pub fn transaction_units(written: &[f64], is_dynamodb_local: bool) -> f64 {
    if is_dynamodb_local {
        let mut different = written.to_vec();
        different.sort_by(f64::total_cmp);
        different.dedup();
        return 4.0 * different.iter().sum::<f64>();
    }
    2.0 * written.iter().sum::<f64>()
}

/// Units of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

impl Units {
    /// Adds up what requests consumed.
    pub fn of(used: &[Used]) -> Self {
        let mut units = Self::default();
        for (operation, consumed) in used {
            match *operation {
                "GetItem" | "Query" | "Scan" | "BatchGetItem" => units.read += consumed,
                "PutItem" | "TransactWriteItems" => units.write += consumed,
                other => panic!("no price for {other}"),
            }
        }
        units
    }

    /// The same for each of `count` times.
    pub fn each(self, count: usize) -> Self {
        Self {
            read: self.read / count as f64,
            write: self.write / count as f64,
        }
    }

    /// What a million times as many cost in dollars.
    pub fn dollars_for_a_million(self) -> f64 {
        self.read * READ_UNITS + self.write * WRITE_UNITS
    }
}
