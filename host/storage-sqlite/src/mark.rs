//! The mark: a 64-byte file beside the database that says which group commit was the last.
//!
//! SQLite ends recovery of its write-ahead log at the first damaged page, in silence, which can drop commits
//! that were acknowledged. The mark is overwritten after each sync and before the answer, so after a
//! `kill -9` it is never behind what was acknowledged; it is synced each second, so after a power loss it is
//! behind by at most that. A database whose newest witness is older than its mark has lost data.

use std::io;

use stdx::{DataDir, InPlace};
use storage::Term;
use storage::frame::Chain;

use crate::codec::{Decoder, Encoder};
use crate::connection::MODE;
use crate::witness::Witness;

const NAME: &str = "shardmill.mark";
const MAGIC: [u8; 4] = *b"SMMK";

/// What the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Which database it belongs to.
    pub(crate) database: u64,
    pub(crate) term: Term,
    pub(crate) version: u64,
    pub(crate) chain: Chain,
}

/// What was found when the mark was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Damaged,
    Mark(Mark),
}

/// The file, open for overwriting.
#[derive(Debug)]
pub(crate) struct MarkFile {
    file: InPlace,
}

impl Mark {
    /// The mark of a commit.
    pub(crate) fn of(database: u64, witness: &Witness) -> Self {
        let Witness { term, version, .. } = *witness;
        Self { database, term, version, chain: witness.chain() }
    }

    /// 64 bytes: they lie in one sector, so a power loss leaves the old ones or the new ones.
    fn encode(&self) -> Vec<u8> {
        Encoder::default()
            .bytes(&MAGIC)
            .u64(self.database)
            .u32(self.term.0)
            .u64(self.version)
            .u32(0)
            .bytes(&self.chain)
            .checked()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Decoder::checked(bytes)?;
        let known = fields.bytes()? == MAGIC;
        let (database, term, version) = (fields.u64()?, Term(fields.u32()?), fields.u64()?);
        let plain = fields.u32()? == 0;
        let mark = Self { database, term, version, chain: fields.bytes()? };
        fields.end()?;
        (known && plain).then_some(mark)
    }
}

/// Reads the mark of a data directory.
pub(crate) fn read(dir: &DataDir) -> io::Result<Found> {
    Ok(match dir.read(NAME)? {
        None => Found::Nothing,
        // Opened for the first time and never written; or the power went before the first sync, when the
        // file may have its length already and nothing in it.
        Some(bytes) if bytes.iter().all(|byte| *byte == 0) => Found::Nothing,
        Some(bytes) => Mark::decode(&bytes).map_or(Found::Damaged, Found::Mark),
    })
}

/// Writes the mark of a database that nobody has open.
pub(crate) fn put(dir: &DataDir, mark: &Mark) -> io::Result<()> {
    dir.replace(NAME, &mark.encode(), MODE)
}

impl MarkFile {
    /// Opens the file and makes its name durable.
    pub(crate) fn open(dir: &DataDir) -> io::Result<Self> {
        if !dir.exists(NAME) {
            drop(dir.create(NAME, MODE)?);
        }
        let file = dir.open_in_place(NAME)?;
        dir.sync()?;
        Ok(Self { file })
    }

    /// Overwrites the mark; survives the process at once and a power loss after [`MarkFile::sync`].
    pub(crate) fn write(&self, mark: &Mark) -> io::Result<()> {
        self.file.write_all_at(&mark.encode(), 0)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_64_bytes_round_trips_and_notices_damage() {
        let mark = Mark::of(7, &Witness::NONE);
        let bytes = mark.encode();
        assert_eq!(bytes.len(), 64);
        assert_eq!(Mark::decode(&bytes), Some(mark));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(Mark::decode(&damaged), None, "byte {at}");
        }
    }
}
