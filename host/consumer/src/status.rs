//! How a consumer is doing.

/// How a consumer is doing, over all its shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The newest result in AWS's manner: `OK`, `No records processed` or `PROBLEM: ` and why. A shard that
    /// ended with a problem keeps it here.
    pub last_result: String,
    /// Counted since the start.
    pub counters: Counters,
    /// How old the last record of the newest finished batch was when it was finished.
    pub iterator_age_ms: u64,
    /// Batches that are run at this moment.
    pub batches_running: usize,
    /// Shards that are being read.
    pub shards_running: usize,
}

/// What was counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Batches finished.
    pub batches: u64,
    /// Records in them.
    pub records: u64,
    /// Records emitted by them.
    pub emitted: u64,
    /// Attempts that failed, those that were not run included.
    pub failures: u64,
    /// Attempts that were not the first of their batch.
    pub retries: u64,
    /// Records given up after too many attempts or because they were too old.
    pub discarded: u64,
    /// Records that were no longer there when they should have been read.
    pub lost: u64,
}

impl Status {
    /// Before the first batch.
    pub(crate) fn new() -> Self {
        Self {
            last_result: "No records processed".to_owned(),
            counters: Counters::default(),
            iterator_age_ms: 0,
            batches_running: 0,
            shards_running: 0,
        }
    }
}
