//! How somebody's commits are numbered, so that each happens once although it may be sent twice.

use bytes::Bytes;

use crate::codec::{Decoded, Reader, Writer};
use crate::{Commit, CommitId, Error, Expect, FactWrite, Kind, Result, Scope, Store, Term};

/// The layout of its value.
const VERSION: u8 = 1;

/// Somebody who commits, in this life of the store. There is one of it: a copy would give the same ids once more.
#[derive(Debug)]
pub struct Producer {
    number: u64,
    ordinal: u64,
}

impl Producer {
    /// The key of the fact that [`Producer::noted`] keeps.
    pub const KEY: &[u8] = b"p";

    /// The producer with this number, from [`crate::Meta::new_ids`]. Nobody else may commit under it.
    pub fn new(number: u64) -> Self {
        Self { number, ordinal: 0 }
    }

    /// The producer of `scope`, whose number is drawn once in the life of a store and kept there under [`Producer::KEY`].
    ///
    /// # Errors
    /// If the store cannot be read, does not take the number, or its fact is damaged.
    pub async fn noted(store: &dyn Store, scope: &Scope) -> Result<Self> {
        if let Some(fact) = store.get(scope, Self::KEY).await? {
            let damaged = |what| {
                let text = format!("the producer of {} is damaged: {what}", scope.0);
                Error::new(Kind::Damaged, text)
            };
            return decode(&fact.value).map(Self::new).map_err(damaged);
        }
        let number = store.new_ids(1).await?;
        let mut commit = Commit::new(0, scope.clone());
        let (key, value) = (Bytes::from_static(Self::KEY), Some(encode(number)));
        commit.facts.push(FactWrite { key, value, expect: Expect::Absent });
        store.commit(commit).await?;
        Ok(Self::new(number))
    }

    /// The id of the next commit, in the term that the store is in: each opening of the store is another life of the one
    /// producer.
    pub fn next(&mut self, term: Term) -> CommitId {
        self.ordinal += 1;
        CommitId { producer: self.number, generation: term.0, ordinal: self.ordinal }
    }
}

fn encode(number: u64) -> Bytes {
    let mut value = Writer::new(VERSION);
    value.u64(number);
    value.finish()
}

fn decode(value: &[u8]) -> Decoded<u64> {
    let mut reader = Reader::new(VERSION, value)?;
    let number = reader.u64()?;
    reader.end().map(|()| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_versions_and_lengths_are_refused() {
        let good = encode(7);
        assert_eq!(decode(&good), Ok(7));
        let mut newer = good.to_vec();
        newer[0] = 2;
        for bytes in [&[][..], &newer, &good[..8], &[&good[..], &[0]].concat()] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
