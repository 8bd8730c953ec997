//! What changes the number of a stream's shards, and how often that was done lately.

use domain::{HashKey, Millis, ShardId};
use storage::codec::{Decoded, Reader, Writer};

const VERSION: u8 = 1;

/// The section of a stream that is about its shards as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scaling {
    /// What was begun and is not finished: as long as it is there the stream is `UPDATING`.
    pub update: Option<Update>,
    /// When the number of shards was set, within the last day.
    pub resized: Vec<Millis>,
    /// When the mode was switched, within the last day.
    pub switched: Vec<Millis>,
    /// What the stream is to take at any moment, in MiB/s, if its owner said so.
    pub warm_mib: Option<u32>,
}

/// A change of shards that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// One shard becomes two.
    Split {
        /// The shard.
        shard: ShardId,
        /// Where the range of the second begins.
        at: HashKey,
    },
    /// Two shards whose ranges touch become one.
    Merge {
        /// The one that the caller named first.
        shard: ShardId,
        /// The other.
        adjacent: ShardId,
    },
    /// The stream gets so many shards of the same size, by splits and merges.
    Resize {
        /// How many.
        target: u32,
    },
}

impl Scaling {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let Self { update, resized, switched, warm_mib } = self;
        if *self == Self::default() {
            return Vec::new();
        }
        let mut out = Writer::new(VERSION);
        match update {
            None => out.u8(0),
            Some(Update::Split { shard, at }) => {
                out.u8(1);
                out.u32(shard.0);
                out.bytes(&at.0.to_le_bytes());
            }
            Some(Update::Merge { shard, adjacent }) => {
                out.u8(2);
                out.u32(shard.0);
                out.u32(adjacent.0);
            }
            Some(Update::Resize { target }) => {
                out.u8(3);
                out.u32(*target);
            }
        }
        put_moments(&mut out, resized);
        put_moments(&mut out, switched);
        out.optional_u32(*warm_mib);
        out.finish().into()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(VERSION, bytes)?;
        let update = match reader.u8()? {
            0 => None,
            1 => {
                let shard = ShardId(reader.u32()?);
                Some(Update::Split { shard, at: HashKey(u128::from_le_bytes(reader.take()?)) })
            }
            2 => {
                let shard = ShardId(reader.u32()?);
                Some(Update::Merge { shard, adjacent: ShardId(reader.u32()?) })
            }
            3 => Some(Update::Resize { target: reader.u32()? }),
            other => return Err(format!("change of shards of unknown kind {other}")),
        };
        let (resized, switched) = (take_moments(&mut reader)?, take_moments(&mut reader)?);
        let warm_mib = reader.optional_u32()?;
        reader.end()?;
        Ok(Self { update, resized, switched, warm_mib })
    }
}

/// A few moments: how many in four bytes, then each.
pub(super) fn put_moments(out: &mut Writer, moments: &[Millis]) {
    out.u32(u32::try_from(moments.len()).expect("a day has few of them"));
    moments.iter().for_each(|moment| out.u64(moment.0));
}

pub(super) fn take_moments(reader: &mut Reader<'_>) -> Decoded<Vec<Millis>> {
    // Grows as they come: a length is believed only as far as there are bytes.
    (0..reader.u32()?).map(|_| reader.u64().map(Millis)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_read_back() {
        let split = Update::Split { shard: ShardId(7), at: HashKey(u128::MAX / 3) };
        let merge = Update::Merge { shard: ShardId(1), adjacent: ShardId(9) };
        for update in [None, Some(split), Some(merge), Some(Update::Resize { target: 200 })] {
            let resized = vec![Millis(5), Millis(9)];
            let scaling = Scaling { update, resized, switched: vec![Millis(3)], warm_mib: Some(4) };
            assert_eq!(Scaling::decode(&scaling.encode()), Ok(scaling));
        }
        assert!(Scaling::default().encode().is_empty());
    }
}
