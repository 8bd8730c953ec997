//! How long to wait before trying again (pure but for the randomness it is given).

use std::time::Duration;

use stdx::Entropy;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses that double, each drawn at random from its upper half so that clients do not march in step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pause: Duration,
    left: u32,
}

impl Backoff {
    /// Gives up after `tries` pauses.
    pub(crate) const fn times(tries: u32) -> Self {
        Self { pause: FIRST, left: tries }
    }

    /// The next pause; `None` if it is time to give up.
    pub(crate) fn next(&mut self, entropy: &dyn Entropy) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let pause = self.pause;
        self.pause = LONGEST.min(pause * 2);
        let mut random = [0; 4];
        entropy.fill(&mut random);
        let share = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        Some(pause.mul_f64(0.5 + share / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_end() {
        let entropy = SeededEntropy::new(1);
        let mut backoff = Backoff::times(10);
        let mut bound = FIRST;
        for _ in 0..10 {
            let pause = backoff.next(&entropy).unwrap();
            assert!(pause >= bound / 2 && pause <= bound, "{pause:?} of {bound:?}");
            bound = LONGEST.min(bound * 2);
        }
        assert_eq!(backoff.next(&entropy), None);
    }
}
