//! What can be asked of samples: sums of several kinds, and percentiles.

use metering::cloud::Statistics;

use crate::Rollup;

/// A statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stat {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// `p99.9`
    Percentile(f64),
}

/// Digits behind the point of a percentile (CloudWatch user guide: as many as ten).
const DIGITS_MAX: usize = 10;

impl Stat {
    /// Those that have names, in AWS's order.
    pub(crate) const NAMES: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

    /// The statistic of this name; nothing for one that is not told here.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "SampleCount" => Self::SampleCount,
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            other => Self::Percentile(percent(other)?),
        })
    }

    /// Whether the spread of the samples must be known.
    pub(crate) fn is_percentile(self) -> bool {
        matches!(self, Self::Percentile(_))
    }

    /// What it is of these samples; nothing if that is not known.
    pub(crate) fn of(self, rollup: &Rollup) -> Option<f64> {
        let Statistics { count, sum, min, max } = rollup.statistics;
        Some(match self {
            Self::SampleCount => count,
            Self::Average if count > 0.0 => sum / count,
            Self::Average => return None,
            Self::Sum => sum,
            Self::Minimum => min,
            Self::Maximum => max,
            Self::Percentile(percent) => return rollup.percentile(percent),
        })
    }
}

/// `p99.9`, and the number in it: above 0, up to 100.
fn percent(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['p', 'P'])?;
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = (1..=3).contains(&whole.len()) && is_digits(whole) && is_digits(part);
    let number: f64 = digits.parse().ok().filter(|_| is_number && part.len() <= DIGITS_MAX)?;
    (number > 0.0 && number <= 100.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_percentiles_are_read() {
        for name in Stat::NAMES {
            assert!(Stat::parse(name).is_some_and(|stat| !stat.is_percentile()), "{name}");
        }
        for (text, percent) in [("p50", 50.0), ("p99.9", 99.9), ("P100", 100.0), ("p0.01", 0.01)] {
            assert_eq!(Stat::parse(text), Some(Stat::Percentile(percent)), "{text}");
        }
        for text in
            ["", "p", "p0", "p101", "p-1", "p1e1", "p9.12345678901", "average", "tm99", "pinf"]
        {
            assert_eq!(Stat::parse(text), None, "{text}");
        }
    }

    #[test]
    fn statistics_are_told_of_samples() {
        let mut rollup = Rollup::of(1.0, 3.0);
        rollup.merge(&Rollup::of(5.0, 1.0));
        let told = Stat::NAMES.map(|name| Stat::parse(name).unwrap().of(&rollup).unwrap());
        assert_eq!(told, [4.0, 2.0, 8.0, 1.0, 5.0]);
    }
}
