//! How long calls took.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Times of calls, in microseconds with three digits, up to ten minutes.
#[derive(Clone, Debug)]
pub(super) struct Latencies(Histogram<u64>);

/// What matters of them, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) count: u64,
    pub(super) p50_ms: f64,
    pub(super) p90_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Latencies {
    const LONGEST_US: u64 = 600_000_000;

    /// None yet.
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, Self::LONGEST_US, 3);
        Self(histogram.expect("the bounds and digits are in range"))
    }

    /// Adds one; longer than ten minutes counts as ten minutes.
    pub(super) fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.0.saturating_record(micros.clamp(1, Self::LONGEST_US));
    }

    /// Adds those of another worker.
    pub(super) fn add(&mut self, other: &Self) {
        // Both have the same bounds, so nothing can be out of range.
        let _ = self.0.add(&other.0);
    }

    pub(super) fn summary(&self) -> Summary {
        let at = |quantile: f64| millis(self.0.value_at_quantile(quantile));
        Summary {
            count: self.0.len(),
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            max_ms: millis(self.0.max()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most ten minutes of microseconds")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_all_workers() {
        let (mut one, mut other) = (Latencies::new(), Latencies::new());
        for ms in 1..=50 {
            one.record(Duration::from_millis(ms));
            other.record(Duration::from_millis(50 + ms));
        }
        one.add(&other);
        let summary = one.summary();
        let near = |value: f64, wanted: f64| (value - wanted).abs() / wanted < 0.002;
        assert_eq!(summary.count, 100);
        assert!(near(summary.p50_ms, 50.0), "{summary:?}");
        assert!(near(summary.p90_ms, 90.0), "{summary:?}");
        assert!(near(summary.p99_ms, 99.0), "{summary:?}");
        assert!(near(summary.max_ms, 100.0), "{summary:?}");
    }

    #[test]
    fn nothing_and_giants_are_no_trouble() {
        let mut latencies = Latencies::new();
        assert_eq!(latencies.summary(), Summary::default());
        latencies.record(Duration::ZERO);
        latencies.record(Duration::MAX);
        assert_eq!(latencies.summary().count, 2);
    }
}
