//! A token bucket (pure).

use std::time::Duration;

/// Lets `rate` units a second pass, with a reserve: one second's worth unless it is told otherwise.
///
/// One take may be larger than the reserve (a record of 10 MiB on a shard of 1 MiB/s): it needs a full bucket
/// and leaves it in debt, so the rate holds over time.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    rate: u64,
    /// What it holds at most.
    reserve: u64,
    /// Millionths of a unit; negative is debt.
    level: i128,
    refilled: Duration,
}

const SCALE: i128 = 1_000_000;

impl Bucket {
    /// A full bucket.
    pub fn full(rate: u64, now: Duration) -> Self {
        Self::with_reserve(rate, rate, now)
    }

    /// A full bucket that lets `reserve` units pass at once, and then `rate` a second.
    pub fn with_reserve(rate: u64, reserve: u64, now: Duration) -> Self {
        Self { rate, reserve, level: i128::from(reserve) * SCALE, refilled: now }
    }

    /// Adds what came since the last time, and returns what found no room, in millionths of a unit.
    fn refill(&mut self, now: Duration) -> i128 {
        let passed = now.saturating_sub(self.refilled);
        let micros = i128::try_from(passed.as_micros()).unwrap_or(i128::MAX / SCALE);
        let full = i128::from(self.reserve) * SCALE;
        let all = self.level.saturating_add(micros.saturating_mul(self.rate.into()));
        self.level = full.min(all);
        // What is below a microsecond stays for the next time.
        self.refilled += Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
        all - self.level
    }

    /// How many units came since the bucket was last looked at that found no room.
    pub fn overflow(&mut self, now: Duration) -> u64 {
        u64::try_from(self.refill(now) / SCALE).unwrap_or(u64::MAX)
    }

    /// Whether the bucket is full, as if nothing had been taken.
    pub fn is_full(&mut self, now: Duration) -> bool {
        self.has(self.reserve, now)
    }

    /// Whether `units` would pass now: there are as many, or the bucket is full.
    pub fn has(&mut self, units: u64, now: Duration) -> bool {
        let _ = self.refill(now);
        self.level >= i128::from(units.min(self.reserve)) * SCALE
    }

    /// Takes `units` if they pass now, and says whether it did; if not, nothing is taken.
    pub fn take(&mut self, units: u64, now: Duration) -> bool {
        let has = self.has(units, now);
        if has {
            self.spend(units);
        }
        has
    }

    /// How long it takes until the debt is paid off: zero if the bucket holds anything.
    pub fn pays_off_in(&mut self, now: Duration) -> Duration {
        let _ = self.refill(now);
        if self.level > 0 || self.rate == 0 {
            return Duration::ZERO;
        }
        let micros = self.level.unsigned_abs() / u128::from(self.rate) + 1;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// Takes `units` that have passed already, going into debt if need be.
    pub fn spend(&mut self, units: u64) {
        self.level -= i128::from(units) * SCALE;
    }

    /// Gives back `units` that were taken and did not pass after all.
    pub fn give_back(&mut self, units: u64) {
        let full = i128::from(self.reserve) * SCALE;
        self.level = full.min(self.level + i128::from(units) * SCALE);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_lets_more_than_the_rate_and_one_reserve_pass(
            takes in prop::collection::vec((0..500u64, 0..2_000_000u64), 1..200)
        ) {
            let mut bucket = Bucket::full(1000, Duration::ZERO);
            let (mut now, mut passed) = (Duration::ZERO, 0u128);
            for (units, wait) in takes {
                now += Duration::from_micros(wait);
                if bucket.take(units, now) {
                    passed += u128::from(units);
                }
                prop_assert!(passed <= 1000 + now.as_micros() / 1000 + 1);
            }
        }
    }

    #[test]
    fn a_reserve_may_be_more_than_a_second_gives() {
        let mut bucket = Bucket::with_reserve(10, 40, Duration::ZERO);
        assert!(bucket.take(40, Duration::ZERO));
        assert!(!bucket.take(1, Duration::ZERO));
        assert!(bucket.take(10, Duration::from_secs(1)));
        assert!(!bucket.take(1, Duration::from_secs(1)));
        assert!(!bucket.is_full(Duration::from_secs(4)));
        assert!(bucket.is_full(Duration::from_secs(5)));
        assert!(
            bucket.take(40, Duration::from_secs(100)) && !bucket.take(1, Duration::from_secs(100))
        );
    }

    #[test]
    fn a_debt_is_paid_off_when_it_says() {
        let mut bucket = Bucket::full(10, Duration::ZERO);
        assert_eq!(bucket.pays_off_in(Duration::ZERO), Duration::ZERO);
        bucket.spend(25);
        let wait = bucket.pays_off_in(Duration::ZERO);
        assert_eq!(wait, Duration::from_micros(1_500_001));
        let early = wait - Duration::from_micros(1);
        assert_eq!(bucket.pays_off_in(early), Duration::from_micros(1));
        assert_eq!(bucket.pays_off_in(wait), Duration::ZERO);
    }

    #[test]
    fn what_finds_no_room_is_told_once() {
        let mut bucket = Bucket::full(10, Duration::ZERO);
        assert!(bucket.is_full(Duration::ZERO));
        assert_eq!(bucket.overflow(Duration::from_secs(2)), 20);
        assert_eq!(bucket.overflow(Duration::from_secs(2)), 0);
        bucket.spend(15);
        assert!(!bucket.is_full(Duration::from_secs(3)));
        assert_eq!(bucket.overflow(Duration::from_secs(4)), 5);
        assert!(bucket.is_full(Duration::from_secs(4)));
    }

    #[test]
    fn a_large_take_needs_a_full_bucket_and_leaves_debt() {
        let mut bucket = Bucket::full(10, Duration::ZERO);
        assert!(bucket.take(1, Duration::ZERO));
        assert!(!bucket.take(50, Duration::ZERO));
        assert!(bucket.take(50, Duration::from_secs(1)));
        assert!(!bucket.take(1, Duration::from_secs(4)));
        assert!(bucket.take(1, Duration::from_millis(5200)));
    }
}
