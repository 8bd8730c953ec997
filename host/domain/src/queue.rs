//! What a queue on a stream is called.

use std::fmt;
use std::str::FromStr;

use crate::{AccountId, InvalidArn, Region};
use crate::{
    ArnParts,
    name::{InvalidName, is_name},
};

/// The internal number of a queue; never re-used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueId(pub u64);

/// A queue's name: 1 to 128 characters of `[a-zA-Z0-9_.-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueName(String);

/// What a queue's ARN ends with: drawn when the queue is made, so that a queue that is made again under an old
/// name is not taken for the old one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueKey(String);

/// `arn:aws:kinesis:<region>:<account>:queue/<key>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueueArn {
    /// The region the queue lives in.
    pub region: Region,
    /// The account that owns the queue.
    pub account: AccountId,
    /// What was drawn for it.
    pub key: QueueKey,
}

impl QueueName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl QueueKey {
    /// Characters before and after the hyphen, as in the ids of streams.
    const PARTS: (usize, usize) = (20, 3);
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

    /// The key that `random` makes.
    pub fn drawn(random: [u8; 23]) -> Self {
        let digit = |byte: &u8| char::from(Self::DIGITS[usize::from(byte % 36)]);
        let (head, tail) = random.split_at(Self::PARTS.0);
        let text = |part: &[u8]| part.iter().map(digit).collect::<String>();
        Self(format!("{}-{}", text(head), text(tail)))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for QueueName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if is_name(text) { Ok(Self(text.to_owned())) } else { Err(InvalidName) }
    }
}

impl FromStr for QueueKey {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, InvalidArn> {
        let fits = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| Self::DIGITS.contains(&byte))
        };
        let is_key = text
            .split_once('-')
            .is_some_and(|(head, tail)| fits(head, Self::PARTS.0) && fits(tail, Self::PARTS.1));
        if is_key { Ok(Self(text.to_owned())) } else { Err(InvalidArn) }
    }
}

impl FromStr for QueueArn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, InvalidArn> {
        let parts = ArnParts::of(text).filter(|parts| parts.is_of("kinesis")).ok_or(InvalidArn)?;
        let key = parts.resource.strip_prefix("queue/").ok_or(InvalidArn)?;
        Ok(Self {
            region: parts.region.parse().ok().ok_or(InvalidArn)?,
            account: parts.owner().ok_or(InvalidArn)?,
            key: key.parse()?,
        })
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for QueueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for QueueArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, account, key } = self;
        write!(f, "arn:aws:kinesis:{region}:{account}:queue/{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_round_trip_and_nothing_else_is_one() {
        let key = QueueKey::drawn(std::array::from_fn(|at| u8::try_from(at * 11).unwrap()));
        let text = format!("arn:aws:kinesis:us-east-1:123456789012:queue/{key}");
        assert_eq!(text.parse::<QueueArn>().unwrap().to_string(), text);
        for text in [
            "",
            "arn:aws:kinesis:us-east-1:123456789012:queue/quakes",
            "arn:aws:kinesis:us-east-1:123456789012:stream/abcdefghij0123456789-abc",
            "arn:aws:kinesis:us-east-1:123456789012:queue/ABCDEFGHIJ0123456789-abc",
            "arn:aws:kinesis:us-east-1:1234:queue/abcdefghij0123456789-abc",
        ] {
            assert_eq!(text.parse::<QueueArn>(), Err(InvalidArn), "{text}");
        }
    }
}
