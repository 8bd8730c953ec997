//! A histogram of times without a lock.
//!
//! The library's own takes a mutex for each value; this one is three relaxed additions. A reader may see a
//! value in a bucket that is not in the sum yet, which the next look puts right.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Upper ends of the buckets in microseconds: two per decade and one more, from 100 microseconds (a warm
/// read) to a minute (a stuck disk).
const ENDS_MICROS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 10_000_000, 60_000_000,
];

/// How often which time was seen. Cheap to clone; clones count together.
#[derive(Clone, Default)]
pub struct Histogram(Arc<Inner>);

#[derive(Default)]
struct Inner {
    sum_micros: AtomicU64,
    /// One per end, and one for what is longer than the last.
    buckets: [AtomicU64; ENDS_MICROS.len() + 1],
}

impl Histogram {
    /// Counts one value.
    pub fn observe(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let at = ENDS_MICROS.partition_point(|end| *end < micros);
        if let Some(bucket) = self.0.buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.0.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many values were seen.
    pub fn count(&self) -> u64 {
        let load = |bucket: &AtomicU64| bucket.load(Ordering::Relaxed);
        self.0.buckets.iter().map(load).sum()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds are shown as floating point; sums stay below 2^53 microseconds for 285 years"
)]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let mut ends = ENDS_MICROS.iter().map(|end| seconds(*end));
        let counted: Vec<(f64, u64)> = self
            .0
            .buckets
            .iter()
            .map(|bucket| {
                let end = ends.next().unwrap_or(f64::MAX);
                (end, bucket.load(Ordering::Relaxed))
            })
            .collect();
        let count = counted.iter().map(|(_, count)| count).sum();
        let sum = seconds(self.0.sum_micros.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum, count, &counted, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Histogram({} values)", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_the_bucket_whose_end_they_do_not_exceed() {
        let histogram = Histogram::default();
        for micros in [0, 100, 101, 60_000_000, 60_000_001, u64::MAX] {
            histogram.observe(Duration::from_micros(micros));
        }
        let load = |at: usize| histogram.0.buckets[at].load(Ordering::Relaxed);
        assert_eq!((load(0), load(1), load(15), load(16)), (2, 1, 1, 2));
        assert_eq!(histogram.count(), 6);
    }
}
