//! The spans of time that a question is about: from a start on, each as long as the period (pure).

use std::collections::BTreeMap;

use crate::{Minute, Rollup};

/// Spans of equal length, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    /// Where the first begins.
    pub(crate) start: Minute,
    /// The minute behind the last: the last span may be cut short by it.
    pub(crate) end: Minute,
    /// The length of each, in minutes; at least one.
    pub(crate) minutes: u32,
}

impl Windows {
    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.end.0.saturating_sub(self.start.0).div_ceil(self.minutes)
    }

    /// The number of the one that a minute lies in.
    fn at(&self, minute: Minute) -> Option<u32> {
        let is_within = self.start <= minute && minute < self.end;
        is_within.then(|| (minute.0 - self.start.0) / self.minutes)
    }

    /// Where one begins.
    pub(crate) fn begin(&self, at: u32) -> Minute {
        Minute(self.start.0.saturating_add(at.saturating_mul(self.minutes)))
    }
}

/// What was found for a question, by the spans that have anything.
#[derive(Debug)]
pub(crate) struct Points {
    windows: Windows,
    /// Whether percentiles are asked for: their memory is spent for nothing else.
    with_spread: bool,
    found: BTreeMap<u32, Rollup>,
}

impl Points {
    pub(crate) fn new(windows: Windows, with_spread: bool) -> Self {
        Self { windows, with_spread, found: BTreeMap::new() }
    }

    /// A minute of the metric, if it is asked for.
    pub(crate) fn add(&mut self, minute: Minute, rollup: &Rollup) {
        let Some(at) = self.windows.at(minute) else { return };
        let rollup = match self.with_spread {
            true => rollup.clone(),
            false => Rollup { statistics: rollup.statistics, magnitudes: None },
        };
        match self.found.get_mut(&at) {
            Some(known) => known.merge(&rollup),
            None => drop(self.found.insert(at, rollup)),
        }
    }

    /// The spans that have anything, in order: where each begins and what was found.
    pub(crate) fn each(&self) -> impl DoubleEndedIterator<Item = (Minute, &Rollup)> {
        self.found.iter().map(|(at, rollup)| (self.windows.begin(*at), rollup))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_at_the_start_and_end_before_the_end() {
        let windows = Windows { start: Minute(7), end: Minute(18), minutes: 5 };
        assert_eq!(windows.count(), 3);
        let mut points = Points::new(windows, false);
        for minute in [6, 7, 11, 12, 17, 18] {
            points.add(Minute(minute), &Rollup::of(f64::from(minute), 1.0));
        }
        let found: Vec<_> = points.each().map(|(at, it)| (at.0, it.statistics.sum)).collect();
        assert_eq!(found, [(7, 18.0), (12, 12.0), (17, 17.0)]);
        assert_eq!(Windows { start: Minute(5), end: Minute(5), minutes: 1 }.count(), 0);
    }
}
