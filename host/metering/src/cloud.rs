//! What a service tells its owners: measurements under AWS's names, as CloudWatch keeps them.
//!
//! A service counts into a [`Tally`] for each metric while it works, takes the counts once a minute
//! ([`Tally::take`]) and gives them on as [`Datum`]s. Whoever has metrics of its own (consumers, queues, functions)
//! offers a method like `Streams::metrics_of_minute` that returns data; `node` asks it each minute and hands
//! everything to `monitoring`.

mod tally;
mod unit;

use domain::{AccountId, Region};

pub use tally::Tally;
pub use unit::Unit;

/// What one metric was in one minute.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    /// Whose metric it is.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// The service: `AWS/Kinesis`.
    pub namespace: &'static str,
    /// The metric: `IncomingBytes`.
    pub name: &'static str,
    /// What it is measured of, by AWS's names.
    pub dimensions: Vec<(&'static str, String)>,
    /// What it is measured in.
    pub unit: Unit,
    /// What was measured.
    pub statistics: Statistics,
}

/// Samples, summed up. There is at least one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// How many.
    pub count: f64,
    /// All of them together.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Statistics {
    /// One sample.
    pub const fn of(value: f64) -> Self {
        Self { count: 1.0, sum: value, min: value, max: value }
    }

    /// The same in another unit, of which one old one is `factor`.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let Self { count, sum, min, max } = self;
        Self { count, sum: sum * factor, min: min * factor, max: max * factor }
    }

    /// These samples and those.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}
