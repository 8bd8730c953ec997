//! How the values of a minute are spread, so that percentiles can be told: how many values there are of each
//! magnitude.
//!
//! Magnitudes are steps of 2 %, so a percentile is told to about 1 %. There are few in a minute; beyond
//! [`METRIC_MAGNITUDES_MAX`] the lowest become one.

use std::collections::BTreeMap;

use domain::limits::METRIC_MAGNITUDES_MAX;

/// The natural logarithm of a step.
const STEP: f64 = 0.02;
/// What a positive value's magnitude is moved by, so that magnitudes order as values do: 2^-360 comes to 1 or
/// more, 2^360 still fits into 16 bits.
const SHIFT: f64 = 12_600.0;

/// A magnitude; orders as the values that it stands for.
pub(crate) type Magnitude = i16;

/// How many values there are of each magnitude.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Magnitudes(BTreeMap<Magnitude, f64>);

/// The magnitude of a value within CloudWatch's range; beyond it that of the bound.
#[expect(clippy::cast_possible_truncation, reason = "held within 16 bits")]
fn of(value: f64) -> Magnitude {
    let size = value.abs();
    if size == 0.0 {
        return 0;
    }
    let step = (size.ln() / STEP).ceil().clamp(1.0 - SHIFT, SHIFT) + SHIFT;
    let magnitude = step.min(f64::from(i16::MAX)) as Magnitude;
    if value < 0.0 { -magnitude } else { magnitude }
}

/// The value in the middle of a magnitude.
fn value(magnitude: Magnitude) -> f64 {
    if magnitude == 0 {
        return 0.0;
    }
    let size = ((f64::from(magnitude.unsigned_abs()) - SHIFT - 0.5) * STEP).exp();
    if magnitude < 0 { -size } else { size }
}

impl Magnitudes {
    /// `count` times this value.
    pub(crate) fn add(&mut self, value: f64, count: f64) {
        self.put(of(value), count);
    }

    /// `count` values of this magnitude.
    pub(crate) fn put(&mut self, magnitude: Magnitude, count: f64) {
        *self.0.entry(magnitude).or_default() += count;
        if self.0.len() > METRIC_MAGNITUDES_MAX
            && let Some((_, lowest)) = self.0.pop_first()
            && let Some(mut next) = self.0.first_entry()
        {
            *next.get_mut() += lowest;
        }
    }

    /// Those, too.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (magnitude, count) in other.each() {
            self.put(magnitude, count);
        }
    }

    /// How many magnitudes there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Each magnitude with its count, from the lowest on.
    pub(crate) fn each(&self) -> impl ExactSizeIterator<Item = (Magnitude, f64)> {
        self.0.iter().map(|(magnitude, count)| (*magnitude, *count))
    }

    /// The value below which this part of the values lies; nothing if there is none.
    pub(crate) fn percentile(&self, percent: f64) -> Option<f64> {
        let total: f64 = self.0.values().sum();
        let rank = total * percent / 100.0;
        let mut below = 0.0;
        for (magnitude, count) in self.each() {
            below += count;
            if below >= rank {
                return Some(value(magnitude));
            }
        }
        self.0.last_key_value().map(|(magnitude, _)| value(*magnitude))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spread(values: &[f64]) -> Magnitudes {
        let mut magnitudes = Magnitudes::default();
        values.iter().for_each(|value| magnitudes.add(*value, 1.0));
        magnitudes
    }

    #[test]
    fn percentiles_are_told_to_a_percent() {
        let values: Vec<f64> = (1..=1000).map(f64::from).collect();
        let magnitudes = spread(&values);
        for (percent, expected) in [(50.0, 500.0), (90.0, 900.0), (99.0, 990.0), (99.9, 999.0)] {
            let told = magnitudes.percentile(percent).unwrap();
            assert!((told / expected - 1.0).abs() < 0.02, "p{percent}: {told}");
        }
        assert_eq!(Magnitudes::default().percentile(50.0), None);
    }

    #[test]
    fn there_are_never_more_than_allowed() {
        let values: Vec<f64> = (0..2000).map(|power| 1.03f64.powi(power)).collect();
        let magnitudes = spread(&values);
        assert_eq!(magnitudes.len(), METRIC_MAGNITUDES_MAX);
        assert!((magnitudes.each().map(|(_, count)| count).sum::<f64>() - 2000.0).abs() < 1e-9);
    }

    #[test]
    fn the_bounds_of_the_range_are_apart() {
        let bounds = [-(2f64.powi(360)), -(2f64.powi(-360)), 0.0, 2f64.powi(-360), 2f64.powi(360)];
        let told = bounds.map(of);
        assert!(told.is_sorted() && told.windows(2).all(|two| two[0] < two[1]), "{told:?}");
    }

    proptest! {
        #[test]
        fn magnitudes_order_as_values_do(one in -1e100f64..1e100, other in -1e100f64..1e100) {
            prop_assert_eq!(of(one) <= of(other), one <= other || of(one) == of(other));
            let near = value(of(one));
            prop_assert!((near - one).abs() <= one.abs() * 0.011 + 1e-100);
        }
    }
}
