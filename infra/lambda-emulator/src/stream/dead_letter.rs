//! Where records are that a mapping gave up. Nothing of what is in them, as in what Lambda sends to a queue.

/// Records that a mapping gave up: where they are in the stream, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeadLetter {
    /// Why they were given up.
    pub condition: Condition,
    /// Their shard.
    pub shard_id: String,
    /// The sequence number of the first record.
    pub start_sequence_number: String,
    /// The sequence number of the last record.
    pub end_sequence_number: String,
    /// How many records there are.
    pub batch_size: usize,
    /// How often the function was invoked with them.
    pub invoke_count: u32,
    /// The id of the last invocation; empty if there was none.
    pub request_id: String,
}

/// Why records were given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Condition {
    /// The function failed as often as the settings allow.
    RetryAttemptsExhausted,
    /// They are older than the settings allow.
    MaximumRecordAgeExceeded,
}
