//! The 128-bit space that partition keys are hashed into, and the ranges that shards own.

use std::fmt;
use std::str::FromStr;

use md5::{Digest, Md5};

/// A point of the key space: MD5 of the partition key as an unsigned big-endian number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashKey(pub u128);

/// The text is not a decimal number from 0 to 2^128 - 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("hash key must be a decimal number from 0 to 340282366920938463463374607431768211455")]
pub struct InvalidHashKey;

impl HashKey {
    /// Where records with this partition key go.
    pub fn of(partition_key: &str) -> Self {
        Self(u128::from_be_bytes(Md5::digest(partition_key.as_bytes()).into()))
    }
}

impl FromStr for HashKey {
    type Err = InvalidHashKey;

    fn from_str(text: &str) -> Result<Self, InvalidHashKey> {
        let canonical = text == "0" || (!text.starts_with('0') && !text.starts_with('+'));
        match text.parse() {
            Ok(number) if canonical => Ok(Self(number)),
            _ => Err(InvalidHashKey),
        }
    }
}

impl fmt::Display for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A stretch of the key space, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashRange {
    /// The first key of the range.
    pub first: HashKey,
    /// The last key of the range; not below `first`.
    pub last: HashKey,
}

impl HashRange {
    /// The whole key space.
    pub const ALL: Self = Self { first: HashKey(0), last: HashKey(u128::MAX) };

    /// Whether `key` lies in the range.
    pub fn contains(self, key: HashKey) -> bool {
        self.first <= key && key <= self.last
    }

    /// The key space in `count` parts of `floor(2^128 / count)`, the last of which takes the rest, as AWS
    /// does it. No part for a `count` of zero.
    pub fn tile(count: u32) -> Vec<Self> {
        let width = match count {
            0 => return Vec::new(),
            1 => return vec![Self::ALL],
            // floor(2^128 / count): 2^128 itself does not fit, and only a power of two divides it.
            _ if count.is_power_of_two() => u128::MAX / u128::from(count) + 1,
            _ => u128::MAX / u128::from(count),
        };
        (0..count)
            .map(|index| {
                let first = width * u128::from(index);
                let last = if index + 1 == count { u128::MAX } else { first + (width - 1) };
                Self { first: HashKey(first), last: HashKey(last) }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_like_the_md5_of_the_key() {
        // MD5("a") = 0cc175b9c0f1b6a831c399e269772661
        assert_eq!(HashKey::of("a").0, 0x0cc1_75b9_c0f1_b6a8_31c3_99e2_6977_2661);
    }

    #[test]
    fn tiles_the_space_without_hole_or_overlap() {
        for count in [1, 2, 3, 4, 5, 7, 16, 199, 200, 10_000] {
            let ranges = HashRange::tile(count);
            assert_eq!(ranges.len(), count as usize);
            assert_eq!(ranges[0].first, HashKey(0));
            assert_eq!(ranges.last().unwrap().last, HashKey(u128::MAX));
            for pair in ranges.windows(2) {
                assert_eq!(pair[0].last.0 + 1, pair[1].first.0);
            }
        }
        assert!(HashRange::tile(0).is_empty());
    }

    #[test]
    fn three_shards_have_the_ranges_that_aws_gives() {
        let ranges = HashRange::tile(3);
        assert_eq!(ranges[0].last.to_string(), "113427455640312821154458202477256070484");
        assert_eq!(ranges[1].first.to_string(), "113427455640312821154458202477256070485");
        assert_eq!(ranges[2].first.to_string(), "226854911280625642308916404954512140970");
    }

    #[test]
    fn parses_canonical_decimals_only() {
        assert_eq!("0".parse(), Ok(HashKey(0)));
        assert_eq!("340282366920938463463374607431768211455".parse(), Ok(HashKey(u128::MAX)));
        for text in ["", "00", "01", "+1", "-1", "340282366920938463463374607431768211456", "1a"] {
            assert_eq!(text.parse::<HashKey>(), Err(InvalidHashKey), "{text}");
        }
    }
}
