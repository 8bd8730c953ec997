//! Witnesses: what each group commit says of itself, chained to the one before.
//!
//! Besides its own frames and facts a witness holds two sums, over all facts and over all log rows, each row
//! contributing a hash of its content. They are kept up to date by difference, and they make the loss of any
//! row visible, which a checksum inside the row cannot.

use storage::Term;
use storage::frame::{CHAIN_START, Chain};

use crate::codec::{Decoder, Encoder};

const VERSION: u8 = 1;

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
        frames: CHAIN_START,
        previous: CHAIN_START,
    };

    fn fields(&self) -> Encoder {
        Encoder::default()
            .u8(VERSION)
            .u64(self.version)
            .u32(self.term.0)
            .u128(self.facts)
            .u128(self.logs)
            .bytes(&self.frames)
            .bytes(&self.previous)
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
        let known = fields.u8()? == VERSION;
        let witness = Self {
            version: fields.u64()?,
            term: Term(fields.u32()?),
            facts: fields.u128()?,
            logs: fields.u128()?,
            frames: fields.bytes()?,
            previous: fields.bytes()?,
        };
        fields.end()?;
        known.then_some(witness)
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
        let bytes = witness.encode();
        assert_eq!(Witness::decode(&bytes), Some(witness));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(Witness::decode(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn shares_tell_parts_apart() {
        assert_ne!(share(&[b"ab", b"c"]), share(&[b"a", b"bc"]));
    }
}
