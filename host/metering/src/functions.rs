//! The metrics of functions.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::histogram::Histogram;
use crate::registry::Registrar;

/// What the functions count.
#[derive(Debug)]
pub struct Functions {
    /// Calls that ran, made by callers.
    pub invoked: Counter,
    /// Calls that ran, made by mappings.
    pub mapped: Counter,
    /// Calls that the function failed.
    pub errors: Counter,
    /// Calls refused because an account ran too many.
    pub throttles: Counter,
    /// Records that filters of mappings did not want.
    pub filtered: Counter,
    /// Calls that could not be run.
    pub not_run: Counter,
    /// Calls that run now.
    pub running: Gauge,
    /// Memory that they may use.
    pub memory_bytes: Gauge,
    /// Time of a call.
    pub seconds: Histogram,
    /// Processor time of calls.
    pub cpu_seconds: Counter<f64, AtomicU64>,
    /// Records emitted.
    pub emitted: Counter,
    /// Lines written.
    pub log_lines: Counter,
    /// Lines that were not stored.
    pub log_lines_left_out: Counter,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Source {
    source: &'static str,
}

impl Functions {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        let calls: Family<Source, Counter> = registrar.add("function_calls");
        let source = |source| calls.get_or_create_owned(&Source { source });
        Self {
            invoked: source("invoke"),
            mapped: source("mapping"),
            errors: registrar.add("function_errors"),
            throttles: registrar.add("function_throttles"),
            filtered: registrar.add("function_filtered_records"),
            not_run: registrar.add("function_not_run"),
            running: registrar.add("function_running"),
            memory_bytes: registrar.add("function_memory"),
            seconds: registrar.add("function_duration"),
            cpu_seconds: registrar.add("function_cpu"),
            emitted: registrar.add("function_emitted"),
            log_lines: registrar.add("function_log_lines"),
            log_lines_left_out: registrar.add("function_log_lines_left_out"),
        }
    }
}
