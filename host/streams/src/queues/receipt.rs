//! Receipts: what a caller hands back to say which delivery of which record it means.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 1 |
//! | 8 | queue id |
//! | 4 | shard number |
//! | 4 + 8 | position: term, offset |
//! | 4 | how often the record was given out by then |
//!
//! All numbers are big-endian. A receipt does not expire: the record does, or is given out again.

use domain::{QueueId, ShardId};
use storage::{Position, Term};
use wire::token::Purpose;

use super::book::{Place, Stale};
use crate::Streams;

const VERSION: u8 = 1;

/// Which giving out of which record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) queue: QueueId,
    pub(crate) place: Place,
    pub(crate) handout: u32,
}

/// What a receipt did not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsettled {
    /// It is none of this queue.
    #[error("The receipt handle is not one of this queue.")]
    Foreign,
    /// The record is not there.
    #[error(
        "The record was acknowledged, has become or is no longer a dead-letter record, or is no longer in the stream."
    )]
    Gone,
    /// A later receipt counts.
    #[error("The record was received again since: only its newest receipt handle is good.")]
    Superseded,
    /// The record is not in flight.
    #[error("The record is not in flight: its visibility timeout is over.")]
    Visible,
}

impl Unsettled {
    /// The exception that says it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gone => "ResourceNotFoundException",
            Self::Foreign | Self::Superseded | Self::Visible => "InvalidArgumentException",
        }
    }
}

impl From<Stale> for Unsettled {
    fn from(stale: Stale) -> Self {
        match stale {
            Stale::Gone => Self::Gone,
            Stale::Superseded => Self::Superseded,
            Stale::Visible => Self::Visible,
        }
    }
}

impl Receipt {
    fn to_bytes(self) -> Vec<u8> {
        let Place { shard, position } = self.place;
        [
            &[VERSION][..],
            &self.queue.0.to_be_bytes(),
            &shard.0.to_be_bytes(),
            &position.term.0.to_be_bytes(),
            &position.offset.to_be_bytes(),
            &self.handout.to_be_bytes(),
        ]
        .concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([version], bytes) = bytes.split_first_chunk()?;
        let (queue, bytes) = bytes.split_first_chunk()?;
        let (shard, bytes) = bytes.split_first_chunk()?;
        let (term, bytes) = bytes.split_first_chunk()?;
        let (offset, bytes) = bytes.split_first_chunk()?;
        let handout = bytes.try_into().ok()?;
        let position =
            Position { term: Term(u32::from_be_bytes(*term)), offset: u64::from_be_bytes(*offset) };
        let receipt = Self {
            queue: QueueId(u64::from_be_bytes(*queue)),
            place: Place { shard: ShardId(u32::from_be_bytes(*shard)), position },
            handout: u32::from_be_bytes(handout),
        };
        (*version == VERSION).then_some(receipt)
    }
}

impl Streams {
    /// The text that stands for `receipt`.
    pub(crate) fn seal_receipt(&self, receipt: Receipt) -> String {
        self.seal(Purpose::QueueReceipt, &receipt.to_bytes())
    }

    /// What `text` stands for, if it is a receipt of this queue.
    pub(super) fn open_receipt(&self, queue: QueueId, text: &str) -> Result<Receipt, Unsettled> {
        let opened = self.sealer.open(Purpose::QueueReceipt, text).ok();
        let receipt = opened.and_then(|opened| Receipt::from_bytes(&opened.content));
        receipt.filter(|receipt| receipt.queue == queue).ok_or(Unsettled::Foreign)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn round_trips(
            queue in any::<u64>(),
            shard in any::<u32>(),
            term in any::<u32>(),
            offset in any::<u64>(),
            handout in any::<u32>(),
        ) {
            let position = Position { term: Term(term), offset };
            let place = Place { shard: ShardId(shard), position };
            let receipt = Receipt { queue: QueueId(queue), place, handout };
            prop_assert_eq!(Receipt::from_bytes(&receipt.to_bytes()), Some(receipt));
        }

        #[test]
        fn never_panics(bytes in any::<Vec<u8>>()) {
            let _ = Receipt::from_bytes(&bytes);
        }
    }

    #[test]
    fn reads_what_version_one_wrote() {
        let mut bytes = vec![1];
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 7]);
        bytes.extend([0, 0, 0, 3]);
        bytes.extend([0, 0, 0, 9]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 42]);
        bytes.extend([0, 0, 0, 2]);
        let position = Position { term: Term(9), offset: 42 };
        let place = Place { shard: ShardId(3), position };
        let receipt = Receipt { queue: QueueId(7), place, handout: 2 };
        assert_eq!(Receipt::from_bytes(&bytes), Some(receipt));
        assert_eq!(receipt.to_bytes(), bytes);
        bytes[0] = 2;
        assert_eq!(Receipt::from_bytes(&bytes), None);
    }
}
