//! The newest commit of each producer, kept as a fact of the store, so that a commit that is sent again
//! after a crash returns its first result.

use bytes::Bytes;
use domain::Millis;
use storage::{Appended, CommitId, Committed, Position, Scope, Term};

use crate::codec::{Decoder, Encoder};

/// The fact's scope; its key is empty.
pub(crate) fn scope(producer: u64) -> Scope {
    Scope("store.producer", producer)
}

/// What the fact says.
pub(crate) fn encode(id: &CommitId, committed: &Committed) -> Bytes {
    let count = u32::try_from(committed.appends.len()).unwrap_or(u32::MAX);
    let head =
        Encoder::default().u32(id.generation).u64(id.ordinal).u64(committed.version).u32(count);
    let all = committed.appends.iter().fold(head, |fields, appended| {
        let Appended { first: Position { term, offset }, arrival } = *appended;
        fields.u32(term.0).u64(offset).u64(arrival.0)
    });
    all.plain().into()
}

/// `None` if the bytes are not what was encoded.
pub(crate) fn decode(producer: u64, bytes: &[u8]) -> Option<(CommitId, Committed)> {
    let mut fields = Decoder::plain(bytes);
    let id = CommitId { producer, generation: fields.u32()?, ordinal: fields.u64()? };
    let version = fields.u64()?;
    let mut appends = Vec::new();
    for _ in 0..fields.u32()? {
        let first = Position { term: Term(fields.u32()?), offset: fields.u64()? };
        appends.push(Appended { first, arrival: Millis(fields.u64()?) });
    }
    fields.end()?;
    Some((id, Committed { version, appends }))
}
