//! Memory over many calls, in few points.

/// As many points as are kept at most.
const POINTS_MAX: usize = 64;

/// The largest value of each run of calls, all runs as long as each other.
#[derive(Debug)]
pub(super) struct Curve {
    /// Calls of one point.
    step: u64,
    points: Vec<u64>,
    /// Calls that count for the last point.
    filled: u64,
}

impl Curve {
    /// No call yet.
    pub(super) fn new() -> Self {
        Self { step: 1, points: Vec::new(), filled: 1 }
    }

    /// One more call.
    pub(super) fn push(&mut self, value: u64) {
        match self.points.last_mut() {
            Some(last) if self.filled < self.step => {
                *last = (*last).max(value);
                self.filled += 1;
            }
            _ => {
                self.points.push(value);
                self.filled = 1;
            }
        }
        if self.points.len() == POINTS_MAX && self.filled == self.step {
            // Pairs become one point each.
            let pairs = self.points.chunks(2).filter_map(|pair| pair.iter().max().copied());
            self.points = pairs.collect();
            self.step *= 2;
            self.filled = self.step;
        }
    }

    /// Calls of one point, and the points.
    pub(super) fn into_points(self) -> (u64, Vec<u64>) {
        (self.step, self.points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_calls_become_few_points_that_miss_no_peak() {
        let mut curve = Curve::new();
        for call in 0..1000 {
            curve.push(if call == 777 { 5000 } else { call });
        }
        let (step, points) = curve.into_points();
        assert_eq!(step, 16);
        assert!(points.len() <= POINTS_MAX, "{points:?}");
        assert_eq!(points[0], 15);
        assert_eq!(points[777 / 16], 5000);
        assert_eq!(points.last(), Some(&999));
        assert_eq!(points.len(), 1000_usize.div_ceil(16));
    }
}
