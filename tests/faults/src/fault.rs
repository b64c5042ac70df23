//! What may happen to a request.

use proptest::prelude::*;
use proptest::sample::select;
use test_support::{HttpRequest, operation};

/// What happens to a request. One that cannot happen to its operation leaves it as it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is refused for want of capacity, with this code.
    Throttled(&'static str),
    /// It fails with this status and code, and has no effect.
    Failed(u16, &'static str),
    /// It takes effect, and a failure is answered.
    FailedAfter,
    /// The connection breaks before it arrives.
    Dropped,
    /// It takes effect, and the connection breaks before the answer.
    DroppedAfter,
    /// It never arrives, and nothing says so.
    Lost,
    /// It takes effect, and no answer ever comes.
    LostAfter,
    /// The connection breaks; it takes effect when so many further requests have arrived.
    Late(u8),
    /// It never gets an answer; it takes effect when so many further requests have arrived.
    LostLate(u8),
    /// It arrives after so many milliseconds, and its answer after as many more.
    Slow(u16),
    /// Another recalculation of the profile comes between its read and its write.
    Race,
    /// A write is told that its condition failed, though it did not.
    ConditionFailed,
    /// A write is told of a conflict with a transaction.
    Conflict,
    /// A transaction is cancelled for this reason.
    Cancelled(&'static str),
    /// Half of a batch is left out.
    Unprocessed,
}

impl Fault {
    /// One of each kind that a schedule may have.
    pub const KINDS: [Self; 15] = [
        Self::Throttled(""),
        Self::Failed(500, ""),
        Self::FailedAfter,
        Self::Dropped,
        Self::DroppedAfter,
        Self::Lost,
        Self::LostAfter,
        Self::Late(0),
        Self::LostLate(0),
        Self::Slow(0),
        Self::Race,
        Self::ConditionFailed,
        Self::Conflict,
        Self::Cancelled(""),
        Self::Unprocessed,
    ];

    /// What it is called in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Throttled(_) => "throttled",
            Self::Failed(..) => "failed",
            Self::FailedAfter => "took effect, answered as failed",
            Self::Dropped => "connection broken before",
            Self::DroppedAfter => "took effect, connection broken",
            Self::Lost => "never arrived",
            Self::LostAfter => "took effect, never answered",
            Self::Late(_) => "connection broken, took effect later",
            Self::LostLate(_) => "never answered, took effect later",
            Self::Slow(_) => "slow",
            Self::Race => "another recalculation between",
            Self::ConditionFailed => "told of a failed condition",
            Self::Conflict => "told of a conflict",
            Self::Cancelled(_) => "transaction cancelled",
            Self::Unprocessed => "half of a batch left out",
        }
    }
}

/// A fault, and how many milliseconds a request takes on its way there and back.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// What happens.
    pub fault: Fault,
    /// On its way there.
    pub there: u8,
    /// On its way back.
    pub back: u8,
}

fn fault() -> impl Strategy<Value = Fault> {
    let throttled = select(vec![
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    ]);
    let failed = select(vec![
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ]);
    let reasons = select(vec![
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    ]);
    prop_oneof![
        2 => throttled.prop_map(Fault::Throttled),
        1 => failed.prop_map(|(status, code)| Fault::Failed(status, code)),
        2 => Just(Fault::FailedAfter),
        1 => Just(Fault::Dropped),
        2 => Just(Fault::DroppedAfter),
        1 => Just(Fault::Lost),
        1 => Just(Fault::LostAfter),
        3 => (0_u8..30).prop_map(Fault::Late),
        1 => (0_u8..30).prop_map(Fault::LostLate),
        1 => (100_u16..6_000).prop_map(Fault::Slow),
        4 => Just(Fault::Race),
        1 => Just(Fault::ConditionFailed),
        1 => Just(Fault::Conflict),
        4 => reasons.prop_map(Fault::Cancelled),
        2 => Just(Fault::Unprocessed),
    ]
}

/// What happens to the requests of a schedule, one after the other: to none of them, to some, to many or to nearly all.
pub fn plan() -> impl Strategy<Value = Vec<Planned>> {
    let severity = select(vec![0.05, 0.2, 0.4, 0.8]);
    severity.prop_flat_map(|severity| {
        let fault = proptest::option::weighted(severity, fault());
        let planned = (fault, 0_u8..20, 0_u8..20).prop_map(|(fault, there, back)| Planned {
            fault: fault.unwrap_or(Fault::None),
            there,
            back,
        });
        proptest::collection::vec(planned, 10..150)
    })
}

/// The fault as it can happen to this request.
pub(crate) fn possible(fault: Fault, request: &HttpRequest) -> Fault {
    let operation = operation(request);
    let is_single = matches!(operation.as_str(), "PutItem" | "DeleteItem" | "UpdateItem");
    let is_transaction = operation == "TransactWriteItems";
    let is_batch = matches!(
        operation.as_str(),
        "BatchGetItem" | "BatchWriteItem" | "SendMessageBatch"
    );
    let is_read = matches!(operation.as_str(), "GetItem" | "Query" | "BatchGetItem");
    match fault {
        Fault::Race | Fault::ConditionFailed | Fault::Conflict if !is_single && !is_transaction => {
            Fault::None
        }
        Fault::Cancelled(_) if !is_transaction => Fault::None,
        Fault::Unprocessed if !is_batch => Fault::None,
        Fault::FailedAfter if is_read => Fault::Failed(500, "InternalServerError"),
        Fault::DroppedAfter | Fault::Late(_) if is_read => Fault::Dropped,
        Fault::LostAfter | Fault::LostLate(_) if is_read => Fault::Lost,
        fault => fault,
    }
}
