//! What each function used since the server started, for its owner.
//!
//! In memory, and only for functions that were called. Of what is older than the process, the metrics of minutes have
//! calls, errors, throttles and durations; processor time, memory and bytes are gone.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::FunctionId;
use parking_lot::Mutex;
use wasm::message::{Ended, Fault};

/// The totals of all functions that were called.
#[derive(Debug, Default)]
pub(crate) struct Totals(Mutex<HashMap<FunctionId, Arc<Total>>>);

/// Those of one, with all of its versions.
#[derive(Debug, Default)]
pub(crate) struct Total {
    calls: AtomicU64,
    errors: AtomicU64,
    throttles: AtomicU64,
    cold_starts: AtomicU64,
    cpu_nanos: AtomicU64,
    wall_nanos: AtomicU64,
    peak_memory_bytes: AtomicU64,
    records_in: AtomicU64,
    bytes_in: AtomicU64,
    records_out: AtomicU64,
    bytes_out: AtomicU64,
}

/// Values of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Calls that ran.
    pub(crate) calls: u64,
    /// Those of them that the function failed.
    pub(crate) errors: u64,
    /// Calls that were refused since too many ran.
    pub(crate) throttles: u64,
    /// Calls for which an instance was made.
    pub(crate) cold_starts: u64,
    /// Processor time of the guest's thread.
    pub(crate) cpu: Duration,
    /// From the start of each call to its end.
    pub(crate) wall: Duration,
    /// The most linear memory after a call.
    pub(crate) peak_memory_bytes: u64,
    /// What went in: records of batches, and events as one each.
    pub(crate) went_in: Moved,
    /// What came out: emitted records, and answers as one each.
    pub(crate) came_out: Moved,
}

/// Records or events, and the bytes of their data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

impl Moved {
    /// As many pieces as there are, each of so many bytes.
    pub(crate) fn of(bytes: impl Iterator<Item = usize>) -> Self {
        bytes.fold(Self::default(), |so_far, bytes| Self {
            records: so_far.records + 1,
            bytes: so_far.bytes + bytes as u64,
        })
    }
}

impl Totals {
    /// That of a function, which is made if need be.
    pub(crate) fn of(&self, id: FunctionId) -> Arc<Total> {
        Arc::clone(self.0.lock().entry(id).or_default())
    }

    /// That of a function as it is now; nothing if it was not called.
    pub(crate) fn told(&self, id: FunctionId) -> Told {
        self.0.lock().get(&id).map(|total| total.told()).unwrap_or_default()
    }

    /// Forgets functions that are no more.
    pub(crate) fn keep(&self, is_there: impl Fn(FunctionId) -> bool) {
        self.0.lock().retain(|id, _| is_there(*id));
    }
}

impl Total {
    /// A call was refused because too many ran.
    pub(crate) fn throttled(&self) {
        add(&self.throttles, 1);
    }

    /// A call ended with `went_in` given to it; one that could not be run counts for nothing.
    pub(crate) fn ended<O>(
        &self,
        ended: &Ended<O>,
        went_in: Moved,
        came_out: impl Fn(&O) -> Moved,
    ) {
        let usage = &ended.usage;
        match &ended.result {
            Err(Fault::NotRun(_)) => return,
            Err(_) => add(&self.errors, 1),
            Ok(output) => {
                let Moved { records, bytes } = came_out(output);
                add(&self.records_out, records);
                add(&self.bytes_out, bytes);
            }
        }
        add(&self.calls, 1);
        add(&self.cold_starts, usage.is_cold.into());
        add(&self.cpu_nanos, nanos(usage.cpu));
        add(&self.wall_nanos, nanos(usage.wall));
        add(&self.records_in, went_in.records);
        add(&self.bytes_in, went_in.bytes);
        self.peak_memory_bytes.fetch_max(usage.memory_bytes as u64, Ordering::Relaxed);
    }

    fn told(&self) -> Told {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Told {
            calls: read(&self.calls),
            errors: read(&self.errors),
            throttles: read(&self.throttles),
            cold_starts: read(&self.cold_starts),
            cpu: Duration::from_nanos(read(&self.cpu_nanos)),
            wall: Duration::from_nanos(read(&self.wall_nanos)),
            peak_memory_bytes: read(&self.peak_memory_bytes),
            went_in: Moved { records: read(&self.records_in), bytes: read(&self.bytes_in) },
            came_out: Moved { records: read(&self.records_out), bytes: read(&self.bytes_out) },
        }
    }
}

fn add(number: &AtomicU64, more: u64) {
    number.fetch_add(more, Ordering::Relaxed);
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
