//! What is measured of each function: CloudWatch's metrics of `AWS/Lambda`.
//!
//! A function is here from its first call until a minute in which it was not called: what is held is bounded by the
//! functions that run.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{AccountId, FunctionId, FunctionName, Region};
use metering::cloud::{Datum, Tally, Unit};
use parking_lot::Mutex;

use crate::Functions;
use crate::function::FunctionFacts;

pub(crate) const NAMESPACE: &str = "AWS/Lambda";

/// A metric of a function, by its place in [`METRICS`].
#[derive(Clone, Copy, Debug)]
enum Of {
    EventAge,
    EventsDropped,
    EventsReceived,
    Concurrent,
    DestinationFailures,
    Duration,
    Errors,
    Invocations,
    IteratorAge,
    Throttles,
}

const COUNT: usize = Of::Throttles as usize + 1;

/// What is counted in microseconds and told in milliseconds.
const MICROSECONDS: f64 = 0.001;

/// The names of the metrics, their units, and what one that was counted is worth in that unit (Lambda developer
/// guide, types of metrics for functions).
const METRICS: [(&str, Unit, f64); COUNT] = [
    ("AsyncEventAge", Unit::MILLISECONDS, 1.0),
    ("AsyncEventsDropped", Unit::COUNT, 1.0),
    ("AsyncEventsReceived", Unit::COUNT, 1.0),
    ("ConcurrentExecutions", Unit::COUNT, 1.0),
    ("DestinationDeliveryFailures", Unit::COUNT, 1.0),
    ("Duration", Unit::MILLISECONDS, MICROSECONDS),
    ("Errors", Unit::COUNT, 1.0),
    ("Invocations", Unit::COUNT, 1.0),
    ("IteratorAge", Unit::MILLISECONDS, 1.0),
    ("Throttles", Unit::COUNT, 1.0),
];

/// The tallies of all functions that run, or ran lately.
#[derive(Debug, Default)]
pub(crate) struct Measures(Mutex<HashMap<FunctionId, Arc<Measured>>>);

/// Those of one.
#[derive(Debug)]
pub(crate) struct Measured {
    account: AccountId,
    region: Region,
    name: FunctionName,
    running: AtomicU64,
    tallies: [Tally; COUNT],
}

/// A call that runs; it ends when this is dropped.
pub(crate) struct Measuring(Arc<Measured>);

impl Measures {
    /// The tallies of a function.
    pub(crate) fn of(&self, facts: &FunctionFacts) -> Arc<Measured> {
        let mut measured = self.0.lock();
        let new = || {
            Arc::new(Measured {
                account: facts.account,
                region: facts.region.clone(),
                name: facts.name.clone(),
                running: AtomicU64::default(),
                tallies: Default::default(),
            })
        };
        Arc::clone(measured.entry(facts.id).or_insert_with(new))
    }

    fn take(&self) -> Vec<Datum> {
        let mut data = Vec::new();
        self.0.lock().retain(|_, measured| {
            let before = data.len();
            measured.take(&mut data);
            // Somebody who counts holds it.
            data.len() > before || Arc::strong_count(measured) > 1
        });
        data
    }
}

impl Measured {
    fn add(&self, metric: Of, value: u64) {
        self.tallies[metric as usize].add(value);
    }

    /// A call that was refused because too many run.
    pub(crate) fn throttled(&self) {
        self.add(Of::Throttles, 1);
    }

    /// An event came.
    pub(crate) fn event_received(&self) {
        self.add(Of::EventsReceived, 1);
    }

    /// An event is tried, so old.
    pub(crate) fn event_age(&self, ms: u64) {
        self.add(Of::EventAge, ms);
    }

    /// An event is given up.
    pub(crate) fn event_dropped(&self) {
        self.add(Of::EventsDropped, 1);
    }

    /// An event could not be told of.
    pub(crate) fn destination_failed(&self) {
        self.add(Of::DestinationFailures, 1);
    }

    /// A call begins.
    pub(crate) fn begin(self: Arc<Self>) -> Measuring {
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.add(Of::Concurrent, running);
        Measuring(self)
    }

    fn take(&self, data: &mut Vec<Datum>) {
        for (tally, (name, unit, factor)) in self.tallies.iter().zip(METRICS) {
            let Some(statistics) = tally.take() else { continue };
            data.push(Datum {
                account: self.account,
                region: self.region.clone(),
                namespace: NAMESPACE,
                name,
                dimensions: vec![("FunctionName", self.name.to_string())],
                unit,
                statistics: statistics.scaled(factor),
            });
        }
    }
}

impl Measuring {
    /// The function ran, for so long; `age_ms` is how old the last record of its batch was when it was called for a
    /// mapping.
    pub(crate) fn ran(&self, took: Duration, is_error: bool, age_ms: Option<u64>) {
        let Self(measured) = self;
        measured.add(Of::Invocations, 1);
        measured.add(Of::Errors, is_error.into());
        measured.add(Of::Throttles, 0);
        measured.add(Of::Duration, u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        if let Some(age_ms) = age_ms {
            measured.add(Of::IteratorAge, age_ms);
        }
    }
}

impl Drop for Measuring {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Functions {
    /// What was measured of all functions and mappings since the last time: to be called once a minute, by one caller.
    pub fn metrics_of_minute(&self) -> Vec<Datum> {
        self.note_readers();
        let mut data = self.measures.take();
        data.extend(self.mapping_measures.take());
        data
    }
}
