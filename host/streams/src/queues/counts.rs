//! What is counted of a queue, under the names that AWS's metrics have.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use metering::cloud::Tally;

/// Counts in this life of the process.
#[derive(Debug, Default)]
pub(super) struct Counters {
    received: AtomicU64,
    acknowledged: AtomicU64,
    empty: AtomicU64,
    buried: AtomicU64,
    /// The same by calls, since somebody took what there was of the minute.
    pub(super) minute: Minute,
}

/// What is told of a minute.
#[derive(Debug, Default)]
pub(super) struct Minute {
    pub(super) received: Tally,
    pub(super) acknowledged: Tally,
    pub(super) empty: Tally,
    /// Whether there was something to tell the last time.
    pub(super) was_busy: AtomicBool,
}

/// What is counted of a queue: the first three only grow, in this life of the process, the others are as of now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// `ReceivedQueueRecords`: records given out, dead letters included.
    pub received: u64,
    /// `AcknowledgedQueueRecords`: the same of those acknowledged.
    pub acknowledged: u64,
    /// `EmptyReceives`: receives that brought nothing.
    pub empty_receives: u64,
    /// `VisibleQueueRecords`: records that can be received; at most a million is told.
    pub visible: u64,
    /// `VisibleDeadLetterQueueRecords`: the same of dead letters.
    pub visible_dead: u64,
    /// `InFlightQueueRecords`: records that were received, and are hidden.
    pub in_flight: u64,
}

impl Counters {
    pub(super) fn receive(&self, records: usize) {
        let counter = if records == 0 { &self.empty } else { &self.received };
        counter.fetch_add(records.max(1) as u64, Ordering::Relaxed);
        self.minute.received.add(records as u64);
        self.minute.empty.add((records == 0).into());
    }

    pub(super) fn acknowledge(&self, records: usize) {
        self.acknowledged.fetch_add(records as u64, Ordering::Relaxed);
        self.minute.acknowledged.add(records as u64);
    }

    /// How many dead letters there are more than when it was asked before.
    pub(super) fn bury(&self, buried: u64) -> u64 {
        buried.saturating_sub(self.buried.fetch_max(buried, Ordering::Relaxed))
    }

    pub(super) fn counted(&self) -> QueueCounts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        QueueCounts {
            received: of(&self.received),
            acknowledged: of(&self.acknowledged),
            empty_receives: of(&self.empty),
            ..QueueCounts::default()
        }
    }
}
