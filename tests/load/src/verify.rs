//! Every profile, asked by the HTTP API and held against the figures that are expected.

use chrono::{Days, NaiveDate};
use futures::stream::{self, StreamExt};

use crate::arguments::Arguments;
use crate::expected::{FIGURES, expected};
use crate::progress::Progress;
use crate::questions::Questions;
use crate::transaction::{DAYS, Transaction, profile_id};

/// Differences that are kept to be told.
const KEPT: usize = 20;

/// What the verification found.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    pub profiles: u32,
    /// Those that have no document, as expected.
    pub empty: u32,
    pub figures: u64,
    pub differences: u64,
    /// The first differences, in words.
    pub first: Vec<String>,
}

/// What one profile's documents are.
#[derive(Debug, Default)]
struct Checked {
    is_empty: bool,
    figures: u64,
    differences: Vec<String>,
}

/// Asks for every profile as of two dates: the last, and one in the middle.
pub(crate) async fn verify(
    questions: &Questions,
    progress: &Progress,
    mut transactions: Vec<Transaction>,
    arguments: &Arguments,
) -> Verified {
    transactions.retain(Transaction::counts);
    transactions.sort_by_key(|transaction| transaction.profile);
    let of = |profile| {
        let from = transactions.partition_point(|one| one.profile < profile);
        let to = transactions.partition_point(|one| one.profile <= profile);
        transactions.get(from..to).unwrap_or_default()
    };
    let checks = (0..arguments.profiles)
        .map(|profile| check(questions, progress, profile, of(profile), arguments.until));
    let mut checks = stream::iter(checks).buffer_unordered(arguments.readers.max(1) as usize);
    let mut verified = Verified::default();
    while let Some(checked) = checks.next().await {
        verified.profiles += 1;
        verified.empty += u32::from(checked.is_empty);
        verified.figures += checked.figures;
        verified.differences += checked.differences.len() as u64;
        let room = KEPT - verified.first.len();
        verified
            .first
            .extend(checked.differences.into_iter().take(room));
    }
    verified
}

async fn check(
    questions: &Questions,
    progress: &Progress,
    profile: u32,
    transactions: &[Transaction],
    until: NaiveDate,
) -> Checked {
    let mut checked = Checked::default();
    let middle = until - Days::new(u64::from(DAYS) / 2);
    let (id, fields) = (profile_id(profile), FIGURES.join(","));
    for as_of in [until, middle] {
        let query = format!("?as_of={as_of}&fields={fields}");
        let mut differs = |what: String| {
            let difference = format!("{id} as of {as_of}: {what}");
            checked.differences.push(difference);
        };
        let found = questions.ask(&id, &query).await;
        match (expected(transactions, until, as_of), found) {
            (_, Err(error)) => progress.fail(error),
            (None, Ok(None)) => checked.is_empty = true,
            (None, Ok(Some(_))) => differs("expected 404, found a document".to_owned()),
            (Some(_), Ok(None)) => differs("expected a document, found 404".to_owned()),
            (Some(expected), Ok(Some(document))) => {
                for (figure, expected) in FIGURES.into_iter().zip(expected) {
                    let found = document.get(figure).map_or("nothing", |found| found.get());
                    if found != expected {
                        differs(format!("{figure}: expected {expected}, found {found}"));
                    }
                    checked.figures += 1;
                }
            }
        }
    }
    checked
}
