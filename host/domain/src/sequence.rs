//! Sequence numbers: 188 bits, printed as 56 decimal digits that start with 49, as on AWS.
//!
//! From the top: `2` (4 bits) · the shard's creation in seconds (36) · the shard number's low nibble (4) ·
//! term (32) · counter (48) · `0` (27) · behind (1) · shard number (32) · `2` (4).
//!
//! Records have numbers whose bit *behind* is 0. With 1 it is the place behind a record, before whatever comes
//! next: where a reader that got as far goes on, whether it asks for what is at the number or after it.
//!
//! Order as text equals order as integer, since every number has the same width. Within a shard the number
//! rises with (term, counter); a child's numbers are larger than its parents', since it was created later.
//! The term rises whenever the log was opened, restored or shortened, so no number is ever given twice.

use std::fmt;
use std::str::FromStr;

use crate::{Seconds, ShardId, digits};

/// The number of one record in one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceNumber {
    // In this order the derived comparison equals that of the printed numbers.
    creation: Seconds,
    nibble: u8,
    term: u32,
    counter: u64,
    is_behind: bool,
    shard: ShardId,
}

/// The text is not a sequence number that this server could have given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sequence number must be 56 decimal digits as given by this server")]
pub struct InvalidSequence;

const DIGITS: usize = 56;
/// Both the version of the layout, at the top, and the closing mark, at the bottom.
const MARK: u128 = 2;
const MARK_LOW: u64 = 2;
/// The largest power of ten in 64 bits: 188 bits are printed as three groups of decimal digits.
const GROUP: u128 = 10_000_000_000_000_000_000;

impl SequenceNumber {
    /// The largest counter: 48 bits.
    pub const COUNTER_MAX: u64 = (1 << 48) - 1;
    /// The largest creation time: 36 bits of seconds, some 2,100 years.
    pub const CREATION_MAX: Seconds = Seconds((1 << 36) - 1);

    /// The number of the record at (`term`, `counter`) of a shard; what does not fit its bits is cut.
    pub const fn new(creation: Seconds, shard: ShardId, term: u32, counter: u64) -> Self {
        Self {
            creation: Seconds(creation.0 & Self::CREATION_MAX.0),
            nibble: (shard.0 & 0xf) as u8,
            term,
            counter: counter & Self::COUNTER_MAX,
            is_behind: false,
            shard,
        }
    }

    /// The number below all that the shard gives: what DescribeStream shows as its start.
    pub const fn first_of(creation: Seconds, shard: ShardId) -> Self {
        Self::new(creation, shard, 0, 0)
    }

    /// The place behind the record with this number.
    #[must_use]
    pub const fn behind(self) -> Self {
        Self { is_behind: true, ..self }
    }

    /// Whether it is the place behind a record, rather than a record.
    pub const fn is_behind(self) -> bool {
        self.is_behind
    }

    /// When the shard was created.
    pub const fn creation(self) -> Seconds {
        self.creation
    }

    /// The shard that gave the number.
    pub const fn shard(self) -> ShardId {
        self.shard
    }

    /// The term of the log's opening in which the number was given.
    pub const fn term(self) -> u32 {
        self.term
    }

    /// The record's place in its log.
    pub const fn counter(self) -> u64 {
        self.counter
    }

    /// The 188 bits as (upper 124, lower 64).
    const fn halves(self) -> (u128, u64) {
        let upper = MARK << 120
            | (self.creation.0 as u128) << 84
            | (self.nibble as u128) << 80
            | (self.term as u128) << 48
            | self.counter as u128;
        (upper, (self.is_behind as u64) << 36 | (self.shard.0 as u64) << 4 | MARK_LOW)
    }

    #[expect(clippy::cast_possible_truncation, reason = "each field is cut to its own bits")]
    const fn from_halves(upper: u128, lower: u64) -> Option<Self> {
        let shard = ShardId((lower >> 4) as u32);
        let creation = Seconds((upper >> 84) as u64 & Self::CREATION_MAX.0);
        let is_behind = lower >> 36 & 1 == 1;
        let number =
            Self { is_behind, ..Self::new(creation, shard, (upper >> 48) as u32, upper as u64) };
        let (same_upper, same_lower) = number.halves();
        if upper == same_upper && lower == same_lower { Some(number) } else { None }
    }

    /// The number as 56 ASCII digits, without an allocation.
    #[expect(clippy::cast_possible_truncation, reason = "remainders below 10^19 fit 64 bits")]
    pub fn digits(self) -> [u8; DIGITS] {
        let (upper, lower) = self.halves();
        let limbs = [upper >> 64, upper & u128::from(u64::MAX), u128::from(lower)];
        let (limbs, low) = divide(limbs);
        let (limbs, middle) = divide(limbs);
        let (_, high) = divide(limbs);
        let mut text = [b'0'; DIGITS];
        let (head, tail) = text.split_at_mut(DIGITS - 38);
        digits::write(head, high as u64);
        digits::write(&mut tail[..19], middle as u64);
        digits::write(&mut tail[19..], low as u64);
        text
    }
}

/// Divides a number of three 64-bit limbs, most significant first, by 10^19.
fn divide(limbs: [u128; 3]) -> ([u128; 3], u128) {
    let mut quotient = [0; 3];
    let mut rest = 0;
    for (limb, out) in limbs.into_iter().zip(&mut quotient) {
        let value = rest << 64 | limb;
        // The remainder from the quotient: another division of 128 bits would cost as much again.
        *out = value / GROUP;
        rest = value - *out * GROUP;
    }
    (quotient, rest)
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl FromStr for SequenceNumber {
    type Err = InvalidSequence;

    #[expect(clippy::cast_possible_truncation, reason = "the limb is cut to 64 bits on purpose")]
    fn from_str(text: &str) -> Result<Self, InvalidSequence> {
        if text.len() != DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidSequence);
        }
        let (mut upper, mut lower) = (0u128, 0u64);
        for byte in text.bytes() {
            let scaled = u128::from(lower) * 10 + u128::from(byte - b'0');
            lower = scaled as u64;
            // 56 digits stay below 2^187, so the upper part stays below 2^123.
            upper = upper * 10 + (scaled >> 64);
        }
        Self::from_halves(upper, lower).ok_or(InvalidSequence)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_number() -> impl Strategy<Value = SequenceNumber> {
        (0..1u64 << 36, any::<u32>(), any::<u32>(), 0..1u64 << 48).prop_map(
            |(creation, shard, term, counter)| {
                SequenceNumber::new(Seconds(creation), ShardId(shard), term, counter)
            },
        )
    }

    proptest! {
        #[test]
        fn round_trips(number in any_number()) {
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn orders_as_text_as_it_does_as_number(a in any_number(), b in any_number()) {
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn what_is_behind_lies_before_the_next(number in any_number()) {
            let behind = number.behind();
            prop_assert_eq!(behind.to_string().parse(), Ok(behind));
            prop_assert!(number < behind && number.to_string() < behind.to_string());
            let SequenceNumber { creation, shard, term, counter, .. } = number;
            let next = SequenceNumber::new(creation, shard, term, counter + 1);
            prop_assert!(counter == SequenceNumber::COUNTER_MAX || behind < next);
        }

        #[test]
        fn rises_with_term_and_counter(number in any_number(), shard in any::<u32>()) {
            let at = |term, counter| {
                SequenceNumber::new(number.creation(), ShardId(shard), term, counter)
            };
            prop_assert!(at(5, SequenceNumber::COUNTER_MAX) < at(6, 0));
            prop_assert!(at(5, 7) < at(5, 8));
        }

        #[test]
        fn never_panics_on_digits(text in "[0-9]{50,60}") {
            let _ = text.parse::<SequenceNumber>();
        }
    }

    #[test]
    fn looks_as_on_aws() {
        let now = SequenceNumber::new(Seconds(1_790_000_000), ShardId(3), 1_790_000_001, 12);
        let text = now.to_string();
        assert_eq!(text.len(), 56);
        assert!(text.starts_with("49"), "{text}");
    }

    #[test]
    fn refuses_what_was_not_given_here() {
        let good = SequenceNumber::new(Seconds(1), ShardId(1), 1, 1).to_string();
        let next = format!("{}{}", &good[..55], (good.as_bytes()[55] - b'0' + 1) % 10);
        for text in ["", "0", "49", &good[1..], &next, &"9".repeat(56), &"4".repeat(129)] {
            assert_eq!(text.parse::<SequenceNumber>(), Err(InvalidSequence), "{text}");
        }
    }
}
