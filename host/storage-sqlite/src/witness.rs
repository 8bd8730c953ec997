//! Witnesses: what each group commit says of itself, chained to the one before.
//!
//! Besides its own frames and facts a witness holds two sums, over all facts and over all log rows, each row
//! contributing a hash of its content, and a third one over the frames that are ahead of the rows of their logs.
//! They are kept up to date by difference, and they make the loss of any row visible, which a checksum inside
//! the row cannot.

use storage::Term;
use storage::frame::{CHAIN_START, Chain};

use crate::ahead::Ahead;
use crate::codec::{Decoder, Encoder};

/// The layout of a witness when no frame is ahead of its log's row.
const VERSION: u8 = 1;
/// The layout when some are.
const VERSION_AHEAD: u8 = 2;

/// Witnesses that are kept.
pub(crate) const KEPT: u64 = 1024;

/// What one group commit left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Witness {
    /// Its number.
    pub(crate) version: u64,
    /// The term it was made in.
    pub(crate) term: Term,
    /// The sum over all facts after it.
    pub(crate) facts: u128,
    /// The sum over all log rows after it.
    pub(crate) logs: u128,
    /// The frames that are ahead of their logs' rows after it.
    pub(crate) ahead: Option<Ahead>,
    /// BLAKE3 over the chain values of the frames it wrote.
    pub(crate) frames: Chain,
    /// The chain value of the witness before.
    pub(crate) previous: Chain,
}

impl Witness {
    /// Before the first commit of an empty database.
    pub(crate) const NONE: Self = Self {
        version: 0,
        term: Term(0),
        facts: 0,
        logs: 0,
        ahead: None,
        frames: CHAIN_START,
        previous: CHAIN_START,
    };

    fn fields(&self) -> Encoder {
        let fields = Encoder::default()
            .u8(if self.ahead.is_some() { VERSION_AHEAD } else { VERSION })
            .u64(self.version)
            .u32(self.term.0)
            .u128(self.facts)
            .u128(self.logs)
            .bytes(&self.frames)
            .bytes(&self.previous);
        match self.ahead {
            Some(Ahead { oldest, sum }) => fields.u64(oldest.cast_unsigned()).u128(sum),
            None => fields,
        }
    }

    /// Its chain value: covers all of it and, through `previous`, all before it.
    pub(crate) fn chain(&self) -> Chain {
        *blake3::hash(&self.fields().plain()).as_bytes()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        self.fields().checked()
    }

    /// `None` if the bytes are damaged.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Decoder::checked(bytes)?;
        let layout = fields.u8()?;
        let mut witness = Self {
            version: fields.u64()?,
            term: Term(fields.u32()?),
            facts: fields.u128()?,
            logs: fields.u128()?,
            ahead: None,
            frames: fields.bytes()?,
            previous: fields.bytes()?,
        };
        witness.ahead = match layout {
            VERSION => None,
            VERSION_AHEAD => {
                Some(Ahead { oldest: fields.u64()?.cast_signed(), sum: fields.u128()? })
            }
            _ => return None,
        };
        fields.end()?;
        Some(witness)
    }
}

/// What a row with this content adds to its sum.
pub(crate) fn share(parts: &[&[u8]]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // Lengths keep ("ab", "c") and ("a", "bc") apart.
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let mut out = [0; 16];
    hasher.finalize_xof().fill(&mut out);
    u128::from_le_bytes(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_notices_damage() {
        let witness = Witness { version: 3, term: Term(8), facts: 5, logs: 6, ..Witness::NONE };
        let ahead = Some(Ahead { oldest: 7, sum: 8 });
        for (witness, length) in [(witness, 113), (Witness { ahead, ..witness }, 137)] {
            let bytes = witness.encode();
            assert_eq!(bytes.len(), length);
            assert_eq!(Witness::decode(&bytes), Some(witness));
            for at in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 3;
                assert_eq!(Witness::decode(&damaged), None, "byte {at}");
            }
        }
    }

    #[test]
    fn shares_tell_parts_apart() {
        assert_ne!(share(&[b"ab", b"c"]), share(&[b"a", b"bc"]));
    }
}
