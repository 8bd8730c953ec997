//! How long to wait before something is tried again (pure).

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(60);

/// The pause after `failures` failures in a row: 100 ms after the first, doubled with each, at most a minute,
/// of which `random` decides the second half, so that those who failed together do not come back together.
pub(crate) fn pause(failures: u32, random: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let longest = (FIRST * (1 << doublings)).min(LONGEST);
    let half = longest / 2;
    let micros = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
    half + Duration::from_micros(random % (micros + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let longest = |failures| pause(failures, u64::MAX / 2).as_millis();
        let shortest = |failures| pause(failures, 0).as_millis();
        let halves: Vec<u128> = (0..14).map(shortest).collect();
        let expected =
            [50, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000];
        assert_eq!(halves, expected);
        assert!(longest(1) <= 100 && longest(u32::MAX) <= 60_000);
    }

    proptest! {
        #[test]
        fn a_pause_lies_between_half_and_all(failures in any::<u32>(), random in any::<u64>()) {
            let shortest = pause(failures, 0);
            let pause = pause(failures, random);
            prop_assert!(pause >= shortest && pause <= shortest * 2);
        }
    }
}
