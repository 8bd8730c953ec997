//! Which lane a record belongs to.

use domain::HashKey;

/// The lane of a partition key among `factor` lanes: the key's MD5 as a 128-bit number, modulo the factor.
///
/// Stored progress depends on it (`host/docs/formats/consumer-progress.md`), so it never changes. It is the
/// hash that also routes to shards; a shard owns an interval of it, within which remainders spread evenly.
#[expect(clippy::cast_possible_truncation, reason = "a remainder is below the factor")]
pub fn lane_of(partition_key: &[u8], factor: u16) -> u16 {
    if factor <= 1 {
        return 0;
    }
    let key = String::from_utf8_lossy(partition_key);
    (HashKey::of(&key).0 % u128::from(factor)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_the_ones_that_stored_progress_means() {
        // MD5("a") is 0x0cc175b9c0f1b6a831c399e269772661.
        for (factor, lane) in [(0, 0), (1, 0), (2, 1), (3, 1), (7, 0), (10, 7)] {
            assert_eq!(lane_of(b"a", factor), lane, "{factor}");
        }
    }

    #[test]
    fn a_key_that_is_no_text_has_a_lane() {
        assert!(lane_of(&[0xff, 0xfe], 10) < 10);
    }
}
