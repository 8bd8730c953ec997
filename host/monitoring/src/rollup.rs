//! A minute of a metric: its samples, summed up.

use metering::cloud::Statistics;

use crate::magnitudes::Magnitudes;

/// Samples, summed up.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// How many, their sum, the smallest and the largest.
    pub statistics: Statistics,
    /// How they are spread; nothing if only sums of some are known.
    pub(crate) magnitudes: Option<Magnitudes>,
}

/// What one takes in memory without its magnitudes, roughly, and what each of those adds.
const BYTES: usize = 96;
const MAGNITUDE_BYTES: usize = 16;

impl Rollup {
    /// One sample, `count` times.
    pub fn of(value: f64, count: f64) -> Self {
        let statistics = Statistics { count, sum: value * count, min: value, max: value };
        let mut magnitudes = Magnitudes::default();
        magnitudes.add(value, count);
        Self { statistics, magnitudes: Some(magnitudes) }
    }

    /// Samples of which only sums are known: how they are spread is known only if all are alike.
    pub fn of_sums(statistics: Statistics) -> Self {
        let Statistics { count, min, max, .. } = statistics;
        #[expect(clippy::float_cmp, reason = "the very same number")]
        let is_known = min == max;
        let magnitudes = is_known.then(|| {
            let mut magnitudes = Magnitudes::default();
            magnitudes.add(min, count);
            magnitudes
        });
        Self { statistics, magnitudes }
    }

    /// Those samples, too.
    pub fn merge(&mut self, other: &Self) {
        self.statistics = self.statistics.and(other.statistics);
        match (&mut self.magnitudes, &other.magnitudes) {
            (Some(magnitudes), Some(others)) => magnitudes.merge(others),
            (magnitudes, _) => *magnitudes = None,
        }
    }

    /// The value below which so many percent of the samples lie, if their spread is known.
    pub(crate) fn percentile(&self, percent: f64) -> Option<f64> {
        let Statistics { min, max, .. } = self.statistics;
        let told = self.magnitudes.as_ref()?.percentile(percent)?;
        Some(told.clamp(min.min(max), max.max(min)))
    }

    /// What it takes in memory, roughly.
    pub(crate) fn bytes(&self) -> usize {
        BYTES + MAGNITUDE_BYTES * self.magnitudes.as_ref().map_or(0, Magnitudes::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_add_up_and_keep_their_spread_while_all_is_known() {
        let mut rollup = Rollup::of(2.0, 3.0);
        rollup.merge(&Rollup::of(10.0, 1.0));
        assert_eq!(rollup.statistics, Statistics { count: 4.0, sum: 16.0, min: 2.0, max: 10.0 });
        assert!((rollup.percentile(50.0).unwrap() - 2.0).abs() < 0.03);
        assert!((rollup.percentile(100.0).unwrap() - 10.0).abs() < 0.11);
        let alike = Statistics { count: 5.0, sum: 20.0, min: 4.0, max: 4.0 };
        rollup.merge(&Rollup::of_sums(alike));
        assert!(rollup.percentile(50.0).is_some());
        let sums = Statistics { count: 5.0, sum: 20.0, min: 1.0, max: 9.0 };
        rollup.merge(&Rollup::of_sums(sums));
        assert_eq!(rollup.percentile(50.0), None);
        assert!((rollup.statistics.count - 14.0).abs() < 1e-9);
    }
}
