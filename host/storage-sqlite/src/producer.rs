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
    let appends = committed.appends.iter().fold(head, |fields, appended| {
        let Appended { first: Position { term, offset }, arrival } = *appended;
        fields.u32(term.0).u64(offset).u64(arrival.0)
    });
    if committed.ended.is_empty() {
        return appends.plain().into();
    }
    let count = u32::try_from(committed.ended.len()).unwrap_or(u32::MAX);
    let end = |fields: Encoder, end: &Position| fields.u32(end.term.0).u64(end.offset);
    committed.ended.iter().fold(appends.u32(count), end).plain().into()
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
    let mut ended = Vec::new();
    // Commits that end no logs are the most, and older ones could not: nothing stands there for none.
    if !fields.is_empty() {
        for _ in 0..fields.u32()? {
            ended.push(Position { term: Term(fields.u32()?), offset: fields.u64()? });
        }
    }
    fields.end()?;
    Some((id, Committed { version, appends, ended }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_with_and_without_ends() {
        let id = CommitId { producer: 4, generation: 2, ordinal: 9 };
        let at = |offset| Position { term: Term(3), offset };
        let appends = vec![Appended { first: at(7), arrival: Millis(5) }];
        for (ended, bytes) in [(Vec::new(), 24 + 20), (vec![at(8), at(0)], 24 + 20 + 4 + 24)] {
            let committed = Committed { version: 6, appends: appends.clone(), ended };
            let value = encode(&id, &committed);
            assert_eq!(value.len(), bytes);
            assert_eq!(decode(4, &value), Some((id, committed)));
            assert_eq!(decode(4, &value[..bytes - 1]), None);
        }
    }
}
