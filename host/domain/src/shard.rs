//! Shard numbers and the ids that clients see.

use std::fmt;
use std::str::FromStr;

use crate::digits;

/// A shard of a stream: `shardId-` and twelve digits that count up for the stream's whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub u32);

/// The text is not a shard id that this server could have given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("shard id must be 'shardId-' and twelve digits")]
pub struct InvalidShardId;

impl ShardId {
    const PREFIX: &str = "shardId-";
}

impl FromStr for ShardId {
    type Err = InvalidShardId;

    fn from_str(text: &str) -> Result<Self, InvalidShardId> {
        let digits = text.strip_prefix(Self::PREFIX).ok_or(InvalidShardId)?;
        let well_formed = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse() {
            Ok(number) if well_formed => Ok(Self(number)),
            _ => Err(InvalidShardId),
        }
    }
}

impl ShardId {
    /// The name as ASCII: an answer to PutRecords has 500 of them, so it is not left to a formatter.
    fn name(self) -> [u8; 20] {
        let mut name = *b"shardId-000000000000";
        digits::write(&mut name[Self::PREFIX.len()..], self.0.into());
        name
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.name()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_refuses_the_rest() {
        assert_eq!(ShardId(7).to_string(), "shardId-000000000007");
        assert_eq!("shardId-000000000007".parse(), Ok(ShardId(7)));
        let largest = ShardId(u32::MAX);
        assert_eq!(largest.to_string(), "shardId-004294967295");
        assert_eq!(largest.to_string().parse(), Ok(largest));
        for text in ["", "shardId-7", "shardId-00000000000x", "shardid-000000000007"] {
            assert_eq!(text.parse::<ShardId>(), Err(InvalidShardId), "{text}");
        }
        assert_eq!("shardId-999999999999".parse::<ShardId>(), Err(InvalidShardId));
    }
}
