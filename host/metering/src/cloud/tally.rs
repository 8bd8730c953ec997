//! Samples of one metric, summed up while a service works.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Statistics;

/// Whole numbers, summed up without a lock: two additions for a sample, and a store only where it is the least or
/// the greatest so far.
///
/// [`Tally::take`] looks at one number after the other, so a sample that comes just then may be counted in one
/// minute and summed in the next; none is lost.
#[derive(Debug)]
pub struct Tally {
    count: AtomicU64,
    sum: AtomicU64,
    min: AtomicU64,
    max: AtomicU64,
}

impl Default for Tally {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { count: zero(), sum: zero(), min: AtomicU64::new(u64::MAX), max: zero() }
    }
}

impl Tally {
    /// One sample.
    pub fn add(&self, value: u64) {
        self.count.fetch_add(1, Ordering::Relaxed);
        if value > 0 {
            self.sum.fetch_add(value, Ordering::Relaxed);
        }
        if value < self.min.load(Ordering::Relaxed) {
            self.min.fetch_min(value, Ordering::Relaxed);
        }
        if value > self.max.load(Ordering::Relaxed) {
            self.max.fetch_max(value, Ordering::Relaxed);
        }
    }

    /// What there was since the last time; nothing if there was no sample.
    #[expect(clippy::cast_precision_loss, reason = "as all numbers of CloudWatch")]
    pub fn take(&self) -> Option<Statistics> {
        let count = self.count.swap(0, Ordering::Relaxed);
        if count == 0 {
            return None;
        }
        let sum = self.sum.swap(0, Ordering::Relaxed);
        let max = self.max.swap(0, Ordering::Relaxed);
        let min = self.min.swap(u64::MAX, Ordering::Relaxed).min(max);
        Some(Statistics { count: count as f64, sum: sum as f64, min: min as f64, max: max as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_summed_up_and_taken_once() {
        let tally = Tally::default();
        assert_eq!(tally.take(), None);
        for value in [5, 0, 7] {
            tally.add(value);
        }
        let expected = Statistics { count: 3.0, sum: 12.0, min: 0.0, max: 7.0 };
        assert_eq!(tally.take(), Some(expected));
        assert_eq!(tally.take(), None);
        tally.add(2);
        assert_eq!(tally.take(), Some(Statistics::of(2.0)));
    }
}
