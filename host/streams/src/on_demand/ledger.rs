//! The peaks of on-demand streams as they are stored.
//!
//! The page `host/docs/formats/stream-loads.md` is the reference.

use std::collections::BTreeMap;

use bytes::{BufMut, Bytes};
use domain::StreamId;
use storage::codec::Decoded;
use storage::ledger::{Index, erase, write};
use storage::{Commit, Expect, Fact, Scope};

use super::history::History;
use crate::Error;

/// What keys of peaks start with.
const LOADS: &[u8] = b"l";

/// What is stored of each stream.
#[derive(Debug, Default)]
pub(crate) struct Loads {
    streams: BTreeMap<StreamId, History>,
}

/// Peaks that take the place of others, and streams whose peaks nobody needs any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) kept: Vec<(StreamId, History)>,
    pub(crate) gone: Vec<StreamId>,
}

impl Loads {
    pub(crate) fn of(&self, stream: StreamId) -> History {
        self.streams.get(&stream).cloned().unwrap_or_default()
    }

    /// The streams that something is stored of.
    pub(crate) fn streams(&self) -> impl Iterator<Item = StreamId> {
        self.streams.keys().copied()
    }
}

impl Index for Loads {
    type Change = Change;
    type Error = Error;
    const SCOPE: Scope = Scope("stream-loads", 0);

    fn commit(change: &Change) -> Commit {
        let mut commit = Commit::new(0, Self::SCOPE);
        let kept = change.kept.iter();
        let kept = kept.map(|(id, history)| write(key(*id), history.encode(), Expect::Anything));
        let gone = change.gone.iter().map(|id| erase(key(*id), Expect::Anything));
        commit.facts = kept.chain(gone).collect();
        commit
    }

    fn apply(&mut self, change: Change, _: u64) {
        self.streams.extend(change.kept);
        for id in change.gone {
            self.streams.remove(&id);
        }
    }

    fn load(&mut self, fact: &Fact) -> Decoded<()> {
        let id = fact.key.strip_prefix(LOADS).and_then(|id| id.try_into().ok());
        let id = id.ok_or("key of peaks is damaged")?;
        let history = History::decode(&fact.value)?;
        self.streams.insert(StreamId(u64::from_be_bytes(id)), history);
        Ok(())
    }
}

fn key(stream: StreamId) -> Bytes {
    let mut key = Vec::from(LOADS);
    key.put_u64(stream.0);
    key.into()
}

#[cfg(test)]
mod tests {
    use domain::Millis;

    use super::super::load::Load;
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut history = History::default();
        history.note(Millis(86_400_000), Load(7));
        let change = Change { kept: vec![(StreamId(258), history.clone())], gone: Vec::new() };
        let commit = Loads::commit(&change);
        assert_eq!(&commit.facts[0].key[..], b"l\0\0\0\0\0\0\x01\x02");
        let (key, value) = (commit.facts[0].key.clone(), commit.facts[0].value.clone());
        let mut loads = Loads::default();
        let value = value.unwrap();
        loads.load(&Fact { key, value: value.clone(), version: 1 }).unwrap();
        assert_eq!(loads.of(StreamId(258)), history);
        let key = Bytes::from_static(b"l1");
        assert!(loads.load(&Fact { key, value, version: 1 }).is_err());
        loads.apply(Change { kept: Vec::new(), gone: vec![StreamId(258)] }, 2);
        assert_eq!(loads.streams().count(), 0);
    }
}
