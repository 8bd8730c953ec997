//! How a consumer is doing.

use std::sync::Arc;
use std::time::Duration;

use metering::Metrics;
use tokio::sync::watch;

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
    /// Whether the result is there to stay.
    pub(crate) is_final: bool,
    /// Whether shards may be added.
    pub(crate) is_following: bool,
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
    /// Records that were parked.
    pub parked: u64,
    /// Records that were no longer there when they should have been read.
    pub lost: u64,
}

/// Where the shards of a consumer tell how they are doing. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    status: Arc<watch::Sender<Status>>,
    metrics: Metrics,
}

/// Counts a shard as running for as long as it lives.
#[derive(Debug)]
pub(crate) struct ShardRuns {
    board: Board,
    has_ended: bool,
}

/// Counts a shard as blocked for as long as it is.
#[derive(Debug)]
pub(crate) struct Blocked {
    metrics: Metrics,
    is_blocked: bool,
}

/// Tells that shards may be added for as long as it lives.
#[derive(Debug)]
pub(crate) struct Follows(Board);

/// Characters of a result that are kept.
const RESULT_CHARS_MAX: usize = 1000;

impl Board {
    /// Before the first batch.
    pub(crate) fn new(metrics: Metrics) -> Self {
        let status = Status {
            last_result: "No records processed".to_owned(),
            counters: Counters::default(),
            iterator_age_ms: 0,
            batches_running: 0,
            shards_running: 0,
            is_final: false,
            is_following: false,
        };
        Self { status: Arc::new(watch::Sender::new(status)), metrics }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    pub(crate) fn now(&self) -> Status {
        self.status.borrow().clone()
    }

    pub(crate) fn shard_runs(&self) -> ShardRuns {
        self.status.send_modify(|status| status.shards_running += 1);
        ShardRuns { board: self.clone(), has_ended: false }
    }

    /// Whether a shard is blocked is told to the answer.
    pub(crate) fn blocked(&self) -> Blocked {
        Blocked { metrics: self.metrics.clone(), is_blocked: false }
    }

    /// Shards may be added for as long as the answer lives.
    pub(crate) fn follows(&self) -> Follows {
        self.status.send_modify(|status| status.is_following = true);
        Follows(self.clone())
    }

    /// A batch was handed over; `is_retry` tells whether not for the first time.
    pub(crate) fn handed_over(&self, is_retry: bool) {
        let retries = u64::from(is_retry);
        self.metrics.consumer.retries.inc_by(retries);
        self.status.send_modify(|status| {
            status.batches_running += 1;
            status.counters.retries += retries;
        });
    }

    /// A batch came back.
    pub(crate) fn came_back(&self) {
        self.status.send_modify(|status| status.batches_running -= 1);
    }

    /// An attempt failed.
    pub(crate) fn failed(&self, why: &str) {
        self.metrics.consumer.failures.inc();
        self.status.send_modify(|status| {
            status.counters.failures += 1;
            status.tell(why);
        });
    }

    /// Batches were finished.
    pub(crate) fn finished(&self, batches: u64, records: u64, emitted: u64, age_ms: u64) {
        let numbers = &self.metrics.consumer;
        numbers.batches.inc_by(batches);
        numbers.records.inc_by(records);
        numbers.iterator_age_seconds.observe(Duration::from_millis(age_ms));
        self.status.send_modify(|status| {
            status.counters.batches += batches;
            status.counters.records += records;
            status.counters.emitted += emitted;
            status.iterator_age_ms = age_ms;
            if !status.is_final && status.last_result != "OK" {
                "OK".clone_into(&mut status.last_result);
            }
        });
    }

    /// Records were given up.
    pub(crate) fn discarded(&self, records: u64, why: &str) {
        self.metrics.consumer.discarded.inc_by(records);
        self.status.send_modify(|status| {
            status.counters.discarded += records;
            status.tell(why);
        });
    }

    /// Records were parked.
    pub(crate) fn parked(&self, records: u64) {
        self.metrics.consumer.parked.inc_by(records);
        self.status.send_modify(|status| status.counters.parked += records);
    }

    /// Records were gone before they were read.
    pub(crate) fn lost(&self, records: u64) {
        self.metrics.consumer.lost.inc_by(records);
        self.status.send_modify(|status| status.counters.lost += records);
    }

    /// Something stands in the way.
    pub(crate) fn troubled(&self, why: &str) {
        self.status.send_if_modified(|status| status.tell(why));
    }
}

impl Status {
    /// Whether nothing runs and nothing will.
    pub(crate) fn is_over(&self) -> bool {
        self.shards_running == 0 && !self.is_following
    }

    /// Whether that changed something.
    fn tell(&mut self, why: &str) -> bool {
        if self.is_final {
            return false;
        }
        let result = problem(why);
        let is_new = self.last_result != result;
        self.last_result = result;
        is_new
    }
}

impl ShardRuns {
    /// The shard ends, with a problem that stays if there is one.
    pub(crate) fn end(mut self, problem: Option<&str>) {
        self.finish(problem);
    }

    fn finish(&mut self, problem: Option<&str>) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        self.board.status.send_modify(|status| {
            if let Some(why) = problem {
                status.tell(why);
                status.is_final = true;
            }
            status.shards_running -= 1;
        });
    }
}

impl Blocked {
    /// Takes what the shard is; whether that is news.
    pub(crate) fn set(&mut self, is_blocked: bool) -> bool {
        if std::mem::replace(&mut self.is_blocked, is_blocked) == is_blocked {
            return false;
        }
        let gauge = &self.metrics.consumer.shards_blocked;
        match is_blocked {
            true => gauge.inc(),
            false => gauge.dec(),
        };
        true
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        self.set(false);
    }
}

impl Drop for Follows {
    fn drop(&mut self) {
        self.0.status.send_modify(|status| status.is_following = false);
    }
}

impl Drop for ShardRuns {
    fn drop(&mut self) {
        self.finish(Some("the engine failed; the program's log has details"));
    }
}

fn problem(why: &str) -> String {
    // What follows are details, such as a backtrace.
    let first = why.lines().next().unwrap_or_default();
    let kept: String = first.chars().take(RESULT_CHARS_MAX).collect();
    format!("PROBLEM: {kept}")
}
